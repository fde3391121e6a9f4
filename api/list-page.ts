import { nextTurn } from './byte-source.ts'
import { sliceMs } from './limits.ts'

export interface ListPageOptions<T> {
  readonly limit: number
  /** Bytes of JSON at which the page ends early; it holds one entry at least. */
  readonly maxBytes: number
  /** Aborted when the client has left. */
  readonly signal: AbortSignal
  textOf(entry: T): string
  /** Milliseconds after which the page ends early, possibly empty, where {@link reached} says how far it has looked; default: unlimited. */
  readonly maxMs?: number
  /** The last place that was looked at; null: none yet. */
  reached?(): string | null
}

export interface ListPage<T> {
  /** The entries as JSON, without brackets. */
  readonly json: string
  readonly last: T | null
  /** The page is full and there is another entry. */
  readonly hasMore: boolean
  /** Where to look on, as its time was over; null where it wasn't. */
  readonly stoppedAt: string | null
}

/**
 * Fills one page of a list: every list of the API has this bound in entries and bytes, and gives others their turn while it is made.
 * @param entries null for one that is passed over
 */
export async function fillPage<T>(entries: Iterable<T | null>, options: ListPageOptions<T>): Promise<ListPage<T>> {
  const { limit, maxBytes, signal, textOf, maxMs = Number.POSITIVE_INFINITY, reached = () => null } = options
  const texts: string[] = []
  let bytes = 0
  let last: T | null = null
  let hasMore = false
  let stoppedAt: string | null = null
  const startedMs = performance.now()
  let untilMs = startedMs + sliceMs
  for (const entry of entries) {
    if (performance.now() > untilMs) {
      await nextTurn()
      if (signal.aborted) break
      untilMs = performance.now() + sliceMs
    }
    if (entry === null) {
      if (untilMs - startedMs <= maxMs) continue
      stoppedAt = reached()
      if (stoppedAt === null) continue
      break
    }
    if (last !== null && (texts.length >= limit || bytes >= maxBytes)) {
      hasMore = true
      break
    }
    const text = textOf(entry)
    texts.push(text)
    bytes += Buffer.byteLength(text)
    last = entry
  }
  return { json: texts.join(','), last, hasMore, stoppedAt }
}

/** Runs a search that pauses with null, giving others their turn. */
export async function inSlices<T>(search: Generator<null, T>): Promise<T> {
  for (;;) {
    const { done, value } = search.next()
    if (done) return value
    await nextTurn()
  }
}
