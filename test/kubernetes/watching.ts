import { isDeepStrictEqual } from 'node:util'
import { nameOfKind } from '../../connectors/kubernetes/discovery/kinds.ts'
import { selectKinds } from '../../connectors/kubernetes/discovery/selection.ts'
import { ServerProcess as Vaino } from '../server-process.ts'
import type { KubeObject } from './client.ts'
import type { KubeCluster } from './cluster.ts'
import { listAll, type ServedKind, servedKinds } from './discovery.ts'
import { History } from './history.ts'

interface StateItem {
  readonly key: string
  readonly scope: string
  readonly version: number
  readonly resource: {
    readonly id: string
    readonly type: string
    readonly uid: string
    readonly configuration: Readonly<Record<string, unknown>>
    readonly tags: Readonly<Record<string, string>>
    readonly metadata: Readonly<Record<string, unknown>>
  }
}

export interface ScopeState {
  readonly scope: string
  readonly status: string
  readonly resources: number
  readonly errors: readonly { readonly message: string }[]
  readonly warnings: readonly { readonly message: string }[]
  readonly source: { readonly state: string; readonly failures: number; readonly error: string | null }
  readonly held: unknown
}

/** Those of the kinds that a source without options watches. */
function watchedOf(kinds: readonly ServedKind[]): ServedKind[] {
  const listable = kinds.map((kind) => ({
    ...kind,
    plural: kind.resource,
    isNamespaced: kind.namespaced,
    isWatchable: true,
  }))
  const chosen = new Set(selectKinds(listable, { include: ['*'], exclude: [] }, false).map(nameOfKind))
  return kinds.filter((kind) => chosen.has(nameOfKind(kind)))
}

const pollMs = 100
/** Differences that a message names. */
const namedDifferences = 5

/** What an object is made of that is compared whole: neither its status nor its bookkeeping. */
function ownContent({ apiVersion: _, kind: __, metadata: ___, status: ____, ...own }: KubeObject): object {
  return own
}

/** A vaino, as a process, that watches a cluster; and what it should know, from a full list. */
export class Watching implements AsyncDisposable {
  readonly vaino: Vaino
  readonly #cluster: KubeCluster
  readonly #history = new History()

  /** @param kubeconfig whose context is `test` @param options of the source */
  constructor(cluster: KubeCluster, kubeconfig: string, options: object = {}) {
    this.#cluster = cluster
    const sources = [{ kind: 'kubernetes', where: 'test', ...options }]
    this.vaino = new Vaino({ sources, interval: '1h' }, [], { ...process.env, KUBECONFIG: kubeconfig })
  }

  /** Starts it and resolves when it knows all that is there. */
  async start(limitMs?: number): Promise<void> {
    await this.vaino.start()
    await this.settled(limitMs)
  }

  async get<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.vaino.url}${path}`)
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }

  async state(): Promise<StateItem[]> {
    const answer = await fetch(`${this.vaino.url}/v1/snapshot`)
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
    const lines = (await answer.text()).trimEnd().split('\n')
    const parsed = lines.map((line) => JSON.parse(line) as { op?: string } & StateItem)
    return parsed.filter(({ op }) => op === 'put')
  }

  async scopes(): Promise<ScopeState[]> {
    return (await this.get<{ scopes: ScopeState[] }>('/v1/scopes')).scopes
  }

  /** What a full list and vaino's state don't agree on; empty where they do. */
  async differences(): Promise<string[]> {
    const { admin } = this.#cluster
    const kinds = watchedOf(await servedKinds(admin))
    const listed = new Map((await listAll(admin, kinds)).map(({ kind, object }) => [keyOf(kind, object), object]))
    const state = await this.state()
    const found: string[] = []
    for (const { resource } of state) {
      const key = `${resource.type} ${resource.id}`
      const object = listed.get(key)
      listed.delete(key)
      const why = object === undefined ? 'is gone' : differenceOf(object, resource)
      if (why !== null) found.push(`${key} ${why}`)
    }
    for (const key of listed.keys()) found.push(`${key} is unknown`)
    return found
  }

  /** Resolves when a full list and vaino's state agree. */
  async settled(limitMs = 60_000): Promise<void> {
    const deadline = Date.now() + limitMs
    for (;;) {
      const startedAt = Date.now()
      const found = await this.differences()
      if (found.length === 0) return
      if (Date.now() > deadline) {
        const scopes = (await this.scopes()).filter(({ status }) => status !== 'fresh')
        throw new Error(
          `${found.length} differences after ${limitMs} ms: ${found.slice(0, namedDifferences).join('; ')}\n${JSON.stringify(scopes).slice(0, 3000)}\n${this.vaino.stderr.slice(-3000)}`,
        )
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(pollMs, Date.now() - startedAt)))
    }
  }

  /** What is wrong in the whole history: see {@link History}. */
  async misreported(): Promise<readonly string[]> {
    await this.#history.readOn(this.vaino.url)
    return this.#history.wrong
  }

  /** How many changes were recorded so far. */
  async changeCount(): Promise<number> {
    await this.#history.readOn(this.vaino.url)
    return this.#history.count
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vaino[Symbol.asyncDispose]()
  }
}

const keyOf = (kind: ServedKind, { metadata: { namespace, name } }: KubeObject): string =>
  `${nameOfKind(kind)} ${namespace === undefined ? name : `${namespace}/${name}`}`

function differenceOf(object: KubeObject, resource: StateItem['resource']): string | null {
  if (object.metadata.uid !== resource.uid) return 'is another one'
  if (!isDeepStrictEqual(object.metadata.labels ?? {}, resource.tags)) return 'has other labels'
  // The values of a Secret never come as far as the state.
  if (resource.type === 'Secret') return null
  const { metadata: _, status: __, ...known } = resource.configuration
  return isDeepStrictEqual(known, ownContent(object))
    ? null
    : `has other content: ${JSON.stringify(known).slice(0, 200)}`
}
