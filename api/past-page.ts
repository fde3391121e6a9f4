import type { Position } from '../model/cursor.ts'
import { type Filter, isEmptyFilter } from '../model/filter.ts'
import type { EntryHead, StateReader } from '../storage/state-reader.ts'
import { nextTurn } from './byte-source.ts'
import { sliceMs } from './limits.ts'
import { type ChangeQuery, isWanted, opsOf, type RuleOf, type Wanted, wantedHeads } from './wanted.ts'

/** Rows of a partition read at once: the first few answer most who ask. */
const [firstRows, maxRows] = [64, 1_024]

export interface PastPageOptions {
  readonly filter: Filter
  readonly query: ChangeQuery
  readonly wanted: Wanted
  readonly ruleOf: RuleOf
  readonly limit: number
  /** Bytes at which the page ends early. */
  readonly maxBytes: number
  /** Milliseconds after which the page ends early, possibly empty: a filter may let little through. */
  readonly maxMs: number
  readonly documents: boolean
  /** Aborted when the client has left. */
  readonly signal: AbortSignal
}

export interface PastPage {
  readonly texts: readonly string[]
  /** Where the next page begins; null where nothing older is asked for. */
  readonly rest: Position | null
}

/** Goes back through one partition's log, a few rows at a time. */
class PartitionPast {
  readonly #reader: StateReader
  readonly #partition: number
  readonly #floor: number
  readonly #skip: (through: number) => number
  #through: number
  #rows: readonly EntryHead[] = []
  #next = 0
  #size = firstRows

  constructor(
    reader: StateReader,
    partition: number,
    floor: number,
    through: number,
    skip: (through: number) => number,
  ) {
    this.#reader = reader
    this.#partition = partition
    this.#floor = floor
    this.#through = through
    this.#skip = skip
  }

  /** The last entry that wasn't taken; at most the floor where there is none. */
  get through(): number {
    return this.#through
  }

  /** The newest that wasn't taken; null at the end. */
  peek(): EntryHead | null {
    if (this.#next >= this.#rows.length && this.#through > this.#floor) {
      this.#through = Math.max(this.#floor, this.#skip(this.#through))
      this.#rows = this.#reader.entryHeads(this.#partition, this.#floor, this.#through, this.#size)
      this.#next = 0
      this.#size = Math.min(maxRows, this.#size * 2)
      // Below what is kept of the log, only what is live has a change, and nothing is promised.
      if (this.#rows.length === 0) this.#through = this.#floor
    }
    return this.#rows[this.#next] ?? null
  }

  take(): void {
    this.#through = (this.#rows[this.#next]?.offset ?? this.#through) - 1
    this.#next++
  }
}

/**
 * Reads backward from a position, the newest first by the time of recording, until a page is full or `from` is reached. What an entry's header, op,
 * scan or maker rules out is not read further. Each change has the cursor from which on a follower with the same
 * filters gets what came after it.
 */
export async function readPastPage(
  reader: StateReader,
  from: Position,
  to: Position,
  options: PastPageOptions,
): Promise<PastPage> {
  const { filter, query, wanted, ruleOf, limit, maxBytes, maxMs, documents, signal } = options
  const ops = opsOf(query.op)
  const mayPass = wantedHeads(query)
  const isFiltered = !isEmptyFilter(filter)
  const pasts = to.map((through, partition) => {
    const skip = (offset: number) => reader.skipBack(partition, offset, ops === null ? null : [...ops], filter.provider)
    return new PartitionPast(reader, partition, from[partition] ?? 0, through, skip)
  })
  const position = () => pasts.map((past) => past.through)
  const texts: string[] = []
  const startedMs = performance.now()
  let sliceStartedMs = startedMs
  let length = 0
  let looked = 0
  for (;;) {
    const newest = newestOf(pasts)
    if (newest === null) return { texts, rest: null }
    if (texts.length >= limit || length >= maxBytes) break
    const nowMs = performance.now()
    // One entry at least, so that a slow machine gets on too.
    if ((looked > 0 && nowMs - startedMs > maxMs) || signal.aborted) break
    if (nowMs - sliceStartedMs > sliceMs) {
      await nextTurn()
      sliceStartedMs = performance.now()
    }
    const { past, head } = newest
    const cursor = position()
    past.take()
    looked++
    if ((mayPass !== null && !mayPass(head)) || (isFiltered && !head.mayMatch(filter))) continue
    const entry = reader.entry(head.partition, head.offset)
    if (entry === null) continue
    const rule = ruleOf(entry)
    if (!isWanted(wanted, entry, rule)) continue
    const text = entry.toJson(reader.encode(cursor), rule, documents)
    texts.push(text)
    length += Buffer.byteLength(text)
  }
  return { texts, rest: position() }
}

function newestOf(pasts: readonly PartitionPast[]): { past: PartitionPast; head: EntryHead } | null {
  let newest: { past: PartitionPast; head: EntryHead } | null = null
  for (const past of pasts) {
    const head = past.peek()
    // Of one time, a lower partition's comes first in the forward order.
    if (head !== null && (newest === null || head.recordedAtMs >= newest.head.recordedAtMs)) newest = { past, head }
  }
  return newest
}
