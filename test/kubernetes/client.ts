import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'

/** An object as the API server gives it. */
export interface KubeObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly [member: string]: unknown
  }
  readonly [member: string]: unknown
}

export interface KubeList {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
  readonly items: readonly KubeObject[]
}

/** The API server refused a request. */
export class KubeRefusal extends Error {
  readonly status: number

  constructor(status: number, method: string, path: string, body: string) {
    super(`${method} ${path}: ${status} ${body.slice(0, 500)}`)
    this.status = status
  }
}

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

export interface RequestOptions {
  readonly body?: unknown
  readonly type?: string
  /** Act as this user; the client's own user must be an administrator. */
  readonly as?: string
}

const pageItems = 500
/** A test works on so many requests at once at most. */
const sockets = 32

function withQuery(path: string, query: Readonly<Record<string, string | boolean | number | undefined>>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
  return parameters.size === 0 ? path : `${path}?${parameters}`
}

/** Requests to an API server by one user. Paths are the server's: `/api/v1/namespaces/default/configmaps/one`. */
export class KubeClient implements Disposable {
  readonly #url: string
  readonly #token: string
  readonly #agent: Agent

  constructor(url: string, ca: string, token: string) {
    this.#url = url
    this.#token = token
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: sockets })
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }

  /** The answer's status and text, whatever it is; rejects where nobody answers. */
  async send(method: string, path: string, options: RequestOptions = {}): Promise<{ status: number; text: string }> {
    const body = options.body === undefined ? undefined : JSON.stringify(options.body)
    const headers = {
      authorization: `Bearer ${this.#token}`,
      accept: 'application/json',
      ...(body !== undefined && {
        'content-type': options.type ?? 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
      ...(options.as !== undefined && { 'impersonate-user': options.as }),
    }
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const asked = request(`${this.#url}${path}`, { method, headers, agent: this.#agent }, resolve)
    asked.once('error', reject)
    asked.end(body)
    const answer = await promise
    let text = ''
    for await (const chunk of answer.setEncoding('utf8')) text += chunk
    return { status: answer.statusCode ?? 0, text }
  }

  /** The answer's JSON. @throws {KubeRefusal} for every status from 400 on */
  async ask<T = KubeObject>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const { status, text } = await this.send(method, path, options)
    if (status >= 400) throw new KubeRefusal(status, method, path, text)
    return JSON.parse(text) as T
  }

  get = <T = KubeObject>(path: string): Promise<T> => this.ask<T>('GET', path)

  /** All pages of a list. */
  async list(path: string, limit = pageItems): Promise<KubeObject[]> {
    const items: KubeObject[] = []
    let next: string | undefined
    do {
      const page: KubeList = await this.get(withQuery(path, { limit, continue: next }))
      items.push(...page.items)
      next = page.metadata.continue || undefined
    } while (next !== undefined)
    return items
  }

  /** @param path the collection's @param manager the field manager that the object will name */
  create = (path: string, object: object, manager?: string): Promise<KubeObject> =>
    this.ask('POST', withQuery(path, { fieldManager: manager }), { body: object })

  replace = (path: string, object: object, manager?: string): Promise<KubeObject> =>
    this.ask('PUT', withQuery(path, { fieldManager: manager }), { body: object })

  patch = (
    path: string,
    patch: object,
    { manager, type = 'merge' }: { manager?: string; type?: 'merge' | 'json' | 'strategic' } = {},
  ): Promise<KubeObject> =>
    this.ask('PATCH', withQuery(path, { fieldManager: manager }), { body: patch, type: patchTypes[type] })

  /** Server-side apply. */
  apply = (
    path: string,
    object: object,
    { manager = 'tests', force = true, dryRun = false }: { manager?: string; force?: boolean; dryRun?: boolean } = {},
  ): Promise<KubeObject> =>
    this.ask('PATCH', withQuery(path, { fieldManager: manager, force, dryRun: dryRun ? 'All' : undefined }), {
      body: object,
      type: patchTypes.apply,
    })

  /** An object, or a whole collection. */
  delete = (path: string, propagation?: 'Foreground' | 'Background' | 'Orphan'): Promise<unknown> =>
    this.ask('DELETE', withQuery(path, { propagationPolicy: propagation }))
}
