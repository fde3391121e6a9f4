import { setTimeout as pause } from 'node:timers/promises'
import { isObject, type JsonObject } from '../../../model/json.ts'
import { ApiError } from '../api/api-error.ts'
import type { ApiServer } from '../api/api-server.ts'
import { nameOfKind, type ServedKind } from './kinds.ts'
import { type ListTypes, listTypesOf } from './list-types.ts'

/** The server's index of documents is read again after this long. */
const indexMs = 60_000
/** A kind is served a moment before its document is: the index is read again so often, with this pause, when a kind is met first. */
const firstReads = 8
const pauseMs = 500
/** Bytes of the OpenAPI document of one version of a group: that of the core kinds, the largest, has 3 MB. */
const maxDocumentBytes = 64 * 1024 * 1024

/** Groups of Kubernetes itself, whose lists the shipped tables know. */
const ownGroups = new Set([
  ...['', 'apps', 'batch', 'autoscaling', 'policy', 'extensions'],
  ...[
    'admissionregistration',
    'apiextensions',
    'apiregistration',
    'authentication',
    'authorization',
    'certificates',
  ].map(ofKubernetes),
  ...['coordination', 'discovery', 'events', 'flowcontrol.apiserver', 'internal.apiserver', 'networking', 'node'].map(
    ofKubernetes,
  ),
  ...['rbac.authorization', 'resource', 'scheduling', 'storage', 'storagemigration'].map(ofKubernetes),
])

function ofKubernetes(name: string): string {
  return `${name}.k8s.io`
}

/** What the cluster's own OpenAPI says of the lists of custom kinds, read when it is asked for and when it has changed. */
export class Schemas {
  readonly #server: ApiServer
  /** Of each `apis/GROUP/VERSION` the address of its document, which changes with it. */
  #index: Promise<ReadonlyMap<string, string>> | null = null
  #indexedAt = Number.NEGATIVE_INFINITY
  /** By address and kind. At most one for each kind that is watched: those of the document before are dropped. */
  readonly #lists = new Map<string, { readonly address: string; readonly lists: ListTypes }>()

  /** Kinds that were looked for: as many as are watched. */
  readonly #met = new Set<string>()

  constructor(server: ApiServer) {
    this.#server = server
  }

  /**
   * @returns null for a kind of Kubernetes itself, and where the server has no document of it
   * @throws ApiError, VainoError `source_failed` where the document can't be read
   */
  async listsOf(kind: ServedKind, signal: AbortSignal): Promise<ListTypes | null> {
    if (ownGroups.has(kind.group)) return null
    const name = nameOfKind(kind)
    const address = await this.#addressOf(name, `apis/${kind.group}/${kind.version}`, signal)
    if (address === undefined) return null
    const known = this.#lists.get(name)
    if (known?.address === address) return known.lists
    const document = await this.#server.get(address, { maxBytes: maxDocumentBytes }, signal)
    const lists = listTypesOf(document?.body ?? {}, kind)
    this.#lists.set(name, { address, lists })
    return lists
  }

  async #addressOf(name: string, path: string, signal: AbortSignal): Promise<string | undefined> {
    const isMet = this.#met.has(name)
    for (let reads = 1; ; reads++) {
      const index = await this.#addresses(signal)
      const address = index.get(path)
      // A server without any documents never has one.
      if (address !== undefined || isMet || index.size === 0 || reads === firstReads) {
        this.#met.add(name)
        return address
      }
      await pause(pauseMs, undefined, { signal })
      this.#index = null
    }
  }

  #addresses(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const now = performance.now()
    if (this.#index !== null && now - this.#indexedAt < indexMs) return this.#index
    this.#indexedAt = now
    const index = this.#readIndex(signal)
    this.#index = index
    // A failure is not kept.
    index.catch(() => {
      if (this.#index === index) this.#index = null
    })
    return index
  }

  async #readIndex(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    let body: JsonObject
    try {
      body = (await this.#server.get('/openapi/v3', { maxBytes: maxDocumentBytes }, signal))?.body ?? {}
    } catch (error) {
      // Before Kubernetes 1.24 there is none.
      if (error instanceof ApiError && error.answered === 404) return new Map()
      throw error
    }
    const { paths = null } = body
    return new Map(
      Object.entries(isObject(paths) ? paths : {}).flatMap(([path, entry]) =>
        isObject(entry) && typeof entry.serverRelativeURL === 'string' ? [[path, entry.serverRelativeURL]] : [],
      ),
    )
  }
}
