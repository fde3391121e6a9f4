import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Resource } from '../../../model/resource.ts'
import type { Scope } from '../../../model/scope.ts'

/** What lacks an asset for less is taken for late: the inventory is minutes behind, and misses things now and then. */
const confirmedAfterMs = 10 * 60_000
/** Documents that are kept of all scopes, characters of JSON. */
const maxKeptChars = 32 * 2 ** 20

interface Kept {
  readonly updatedAtMs: number
  readonly resource: Resource
}

/** What became of one listing. */
export interface Verdict {
  /** Assets that the listing lacks for the first time, or not long enough: they are still there as far as anybody knows. */
  readonly late: readonly Resource[]
  /** How many of these are not kept any more, so that nothing can be said of them. */
  readonly unknown: number
}

/**
 * What the listings of the inventory showed, so that one that is late or stale neither deletes anything nor takes it back to how it was before. Memory:
 * the ids of each scope, and the documents that were seen last, 32 million characters of JSON in all.
 */
export class KeptAssets {
  readonly #documents = new LRUCache<string, Kept>({
    maxSize: maxKeptChars,
    sizeCalculation: ({ resource }) => JSON.stringify(resource).length,
  })
  readonly #absentSince = new Map<Scope, Map<string, number>>()
  readonly #listed = new Map<Scope, ReadonlySet<string>>()
  /** When each scope was listed first; the beginning of time once a listing of an earlier process was confirmed. */
  readonly #firstAt = new Map<Scope, number>()
  readonly #now: () => number

  /** @param now milliseconds of a clock that only goes forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** The newer of what is listed and what was listed before. @param updatedAt RFC 3339, as the inventory says */
  newest(scope: Scope, resource: Resource, updatedAt: string): Resource {
    const key = `${scope}/${resource.id}`
    const before = this.#documents.get(key)
    const updatedAtMs = Date.parse(updatedAt)
    if (before !== undefined && updatedAtMs < before.updatedAtMs) return before.resource
    this.#documents.set(key, { updatedAtMs, resource })
    return resource
  }

  /** Takes a listing that is whole. What two of them, ten minutes apart, lack is gone. */
  listed(scope: Scope, ids: ReadonlySet<string>): Verdict {
    const before = this.#listed.get(scope) ?? new Set<string>()
    if (!this.#firstAt.has(scope)) this.#firstAt.set(scope, this.#now())
    const absent = new Map<string, number>()
    const earlier = this.#absentSince.get(scope) ?? new Map<string, number>()
    for (const id of new Set([...before, ...earlier.keys()])) {
      if (ids.has(id)) continue
      const since = earlier.get(id) ?? this.#now()
      if (this.#now() - since < confirmedAfterMs) absent.set(id, since)
      else this.#documents.delete(`${scope}/${id}`)
    }
    this.#listed.set(scope, ids)
    this.#absentSince.set(scope, absent)
    const kept = [...absent.keys()].map((id) => this.#documents.get(`${scope}/${id}`)?.resource)
    const late = kept.filter((one) => one !== undefined)
    return { late, unknown: kept.length - late.length }
  }

  /** A listing since the process began was as the last one before, or what they lack was lacking for ten minutes. */
  confirm(scope: Scope): void {
    this.#firstAt.set(scope, Number.NEGATIVE_INFINITY)
  }

  /**
   * Whether what a listing lacks of those of an earlier process is gone. What is lacked since is known by id, what was lacked before only by the first
   * listing of this process: it counts after ten minutes.
   */
  isConfirmed(scope: Scope): boolean {
    return this.#now() - (this.#firstAt.get(scope) ?? Number.POSITIVE_INFINITY) >= confirmedAfterMs
  }
}

/** A short text that is the same for the same ids: it tells after a restart whether the first listing lacks anything. */
export const digestOf = (ids: Iterable<string>): string =>
  createHash('sha256')
    .update([...ids].sort().join('\n'))
    .digest('base64url')
    .slice(0, 22)
