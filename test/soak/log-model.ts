import type { Change } from '../../model/change.ts'

/** What the log says about a resource: its version, and a digest of its document where it is live. */
interface Known {
  version: number
  content: string | null
  /** `configuration.n` of the last document that had one. */
  n: number
}

/** Resources whose `n` goes up by one with each change that is sent, so that a missing one shows. */
export const isCounted = (scope: string): boolean => scope.startsWith('push/')

/**
 * The change log as a client sees it, folded into a state, and each promise that a client can check on the way:
 * offsets and versions without gap or repetition (I3, I8), `before` equal to the `after` of the change before (I3), no change
 * that changes nothing (I4), every value that was sent (I1, I2, I11), no delete that nobody asked for (I5, I6), and a snapshot equal to the fold (I7).
 * Memory: a digest a key, and {@link maxProblems} problems.
 */
export class LogModel {
  readonly #keys = new Map<string, Known>()
  readonly #offsets = new Map<number, number>()
  /** Announced deletes of a key less those in the log: an announcement and its change come by two ways, in either order. */
  readonly #leaving = new Map<string, number>()
  readonly problems: string[] = []
  changes = 0

  /** The source will say that this resource is gone, so that its next delete is no surprise. */
  leaving(key: string): void {
    this.#count(key, 1)
  }

  take(change: Change): void {
    this.changes++
    const { id, op, key, version, scope, before, after } = change
    const [partition = 0, offset = 0] = id.split('-').map(Number)
    const lastOffset = this.#offsets.get(partition) ?? 0
    if (offset !== lastOffset + 1) this.#fail(`I8: ${id} follows ${partition}-${lastOffset}`)
    this.#offsets.set(partition, offset)
    const known = this.#keys.get(key) ?? { version: 0, content: null, n: 0 }
    if (version !== known.version + 1) this.#fail(`I3: ${key} has version ${version} after ${known.version} (${id})`)
    const [was, is] = [contentOf(before), contentOf(after)]
    if (was !== known.content) this.#fail(`I3: before of ${id} (${key}) is not the after of the change before it`)
    if (was === is) this.#fail(`I4: ${id} (${key}) changes nothing`)
    if ((op === 'd') !== (is === null))
      this.#fail(`I3: ${id} (${key}) has op ${op}, after is ${is === null ? 'null' : 'a document'}`)
    if (op === 'd') this.#count(key, -1)
    const n = is === null ? known.n : (numberOf(after) ?? known.n)
    const isOutOfTurn = isCounted(scope) ? n !== known.n + (is === null ? 0 : 1) : n < known.n
    if (isOutOfTurn) this.#fail(`I1: ${key} has n ${n} after ${known.n} (${id})`)
    this.#keys.set(key, { version, content: is, n })
  }

  /** @returns what the log lacks of what was acknowledged, the last `n` of a key and its deletes, and the deletes that nobody announced */
  differences(acknowledged: ReadonlyMap<string, number>): string[] {
    const missing = [...acknowledged].flatMap(([key, n]) => {
      const found = this.#keys.get(key)?.n ?? 0
      return found < n ? [`I1: ${key} was acknowledged at n ${n}, the log has ${found}`] : []
    })
    const deletes = [...this.#leaving].map(([key, times]) =>
      times > 0
        ? `I1: ${key} is gone, and the log lacks the delete`
        : `I5: ${key} was deleted, and nobody said it is gone`,
    )
    return [...missing, ...deletes]
  }

  /** Compares a snapshot at the position that the log was followed to with the fold. */
  compare(snapshot: Iterable<{ readonly key: string; readonly version: number; readonly resource: object }>): void {
    const seen = new Set<string>()
    for (const { key, version, resource } of snapshot) {
      seen.add(key)
      const known = this.#keys.get(key)
      if (known?.version !== version || known.content !== contentOf(resource))
        this.#fail(`I7: the snapshot has ${key} at version ${version}, the log at ${known?.version ?? 'none'}`)
    }
    for (const [key, { content }] of this.#keys)
      if (content !== null && !seen.has(key)) this.#fail(`I7: the snapshot lacks ${key}, which the log has as live`)
  }

  get live(): number {
    return [...this.#keys.values()].filter(({ content }) => content !== null).length
  }

  #count(key: string, more: 1 | -1): void {
    const times = (this.#leaving.get(key) ?? 0) + more
    if (times === 0) this.#leaving.delete(key)
    else this.#leaving.set(key, times)
  }

  #fail(text: string): void {
    if (this.problems.length < maxProblems) this.problems.push(text)
  }
}

const maxProblems = 100

const numberOf = (resource: unknown): number | null => {
  const n = (resource as { configuration?: { n?: unknown } } | null)?.configuration?.n
  return n === undefined || n === null ? null : Number(n)
}

/** A digest of a document without `metadata`, which is not compared; null where there is none. */
function contentOf(resource: object | null): string | null {
  if (resource === null) return null
  return Bun.hash(JSON.stringify({ ...resource, metadata: undefined }, sorted)).toString(36)
}

/** Members in the order of their names: another order is the same content. */
const sorted = (_name: string, value: unknown): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value
