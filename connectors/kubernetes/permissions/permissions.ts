import { isObject } from '../../../model/json.ts'
import { ApiError } from '../api/api-error.ts'
import type { ApiServer } from '../api/api-server.ts'
import type { ServedKind } from '../discovery/kinds.ts'
import { type Rules, rulesOf, type Verb } from './rules.ts'

/** Rules are asked for again after this long: one request for all kinds. */
const keptMs = 10_000
/** A failure is shared for this long: where the server hangs, the scans of a hundred kinds don't wait for it one after the other. */
const failureKeptMs = 5000
/** Rules are asked of a namespace. In one that nobody makes, those of the whole cluster hold and no others. */
const nowhere = 'vaino-asks-for-all-namespaces'
/** A server without reviews, or one that keeps them from this user. */
const withoutReviews: ReadonlySet<number> = new Set([403, 404, 405])

interface Kept {
  /** By a monotonic clock; not before its answer has come. */
  until: number
  readonly rules: Promise<Rules | null>
}

/** What the client's user may list and watch, asked of the server before it is tried. At most one entry a namespace that is configured. */
export class Permissions implements Disposable {
  readonly #server: ApiServer
  /** An answer is for all that wait for it, so it ends with none of them. */
  readonly #stop = new AbortController()
  readonly #kept = new Map<string, Kept>()

  constructor(server: ApiServer) {
    this.#server = server
  }

  /**
   * @param namespace null: all of them
   * @returns null where the server says nothing of it
   * @throws ApiError, VainoError `source_failed` where it can't be asked
   */
  rulesIn(namespace: string | null): Promise<Rules | null> {
    const name = namespace ?? nowhere
    const kept = this.#kept.get(name)
    if (kept !== undefined && performance.now() < kept.until) return kept.rules
    const rules = this.#asked(async () =>
      rulesOf(await this.#server.review('SelfSubjectRulesReview', { namespace: name }, this.#stop.signal)),
    )
    const asked: Kept = { until: Number.POSITIVE_INFINITY, rules }
    this.#kept.set(name, asked)
    const keep = (ms: number) => (): void => {
      asked.until = performance.now() + ms
    }
    rules.then(keep(keptMs), keep(failureKeptMs))
    return rules
  }

  /** Asks of one kind, for an authorizer that can't list its rules. @returns null where the server says nothing of it */
  may(
    verb: Verb,
    { group, plural }: ServedKind,
    namespace: string | null,
    signal: AbortSignal,
  ): Promise<boolean | null> {
    const resourceAttributes = { verb, group, resource: plural, ...(namespace === null ? {} : { namespace }) }
    return this.#asked(async () => {
      const status = await this.#server.review('SelfSubjectAccessReview', { resourceAttributes }, signal)
      return isObject(status) && typeof status.allowed === 'boolean' ? status.allowed : null
    })
  }

  /** The user's name; null where the server says none (before Kubernetes 1.28). */
  who(signal: AbortSignal): Promise<string | null> {
    return this.#asked(async () => {
      const status = await this.#server.review('SelfSubjectReview', {}, signal)
      const user = isObject(status) ? (status.userInfo ?? null) : null
      return isObject(user) && typeof user.username === 'string' ? user.username : null
    })
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new Error('stopped'))
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask()
    } catch (error) {
      if (error instanceof ApiError && withoutReviews.has(error.answered)) return null
      throw error
    }
  }
}
