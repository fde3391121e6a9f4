import { blockAfter } from '../class-moves.ts'
import type { Meta } from './meta.ts'
import { offsetAt } from './offset-at.ts'
import type { Statements } from './statements.ts'

/** Changes looked at in one step, so that a step stays in the milliseconds. */
const changesPerStep = 2_000

/** What is pinned may take this many times the bytes that history may take: a full disk would stop everything. */
const pinnedFactor = 4

/** Not `history_bytes`, under which an earlier vaino kept a count in other units, which drifted. */
const countName = 'history_octets'

/** Bytes that a change counts for, in UTF-8, as the file holds them. */
export const historyBytes = (fields: string, before: string | null, after: string | null): number =>
  Buffer.byteLength(fields) + Buffer.byteLength(before ?? '') + Buffer.byteLength(after ?? '')

/** Of an entry that says who made a change: it has no documents, and an empty list of fields. */
export const attributionBytes = historyBytes('[]', null, null)

/**
 * How much history one partition keeps. Everything above the floor is kept; at or below it only what a live resource
 * looks like now.
 */
export class Retention {
  readonly #meta: Meta
  readonly #sql: Statements
  #floor: number
  /** Documents and fields of the changes above the floor. */
  #bytes: number
  /** Null where the file has no count yet. */
  #storedBytes: number | null

  constructor(meta: Meta, sql: Statements) {
    this.#meta = meta
    this.#sql = sql
    this.#floor = meta.number('floor', 0)
    const stored = meta.get(countName)
    // A file without the count is counted once: the next transaction stores it.
    this.#bytes = stored === null ? this.#bytesAboveFloor() : Number(stored)
    this.#storedBytes = stored === null ? null : this.#bytes
  }

  get floor(): number {
    return this.#floor
  }

  /** Notes a recorded change: its size as {@link historyBytes}, and the offset of its resource's earlier change (0: none). */
  recorded(bytes: number, previous: number): void {
    this.#bytes += bytes
    // Below the floor only latest values are kept, and that one isn't the latest any more.
    if (previous > 0 && previous <= this.#floor) this.#sql.dropChange.run(previous)
  }

  /**
   * One step: moves the floor up past changes that are too old, or while there are too many bytes, and drops them.
   * @param pinned the offset after which everything stays, given the floor
   * @returns whether another step would drop more
   */
  step(head: number, notAfterMs: number, maxBytes: number, pinned: (floor: number) => number): boolean {
    const last = this.#bytes > pinnedFactor * maxBytes ? head : Math.min(head, pinned(this.#floor))
    const byAge = Math.min(
      last,
      offsetAt((offset) => this.#recordedAt(offset), this.#floor, head, notAfterMs),
    )
    const wanted = this.#bytes > maxBytes ? last : byAge
    const through = Math.min(wanted, this.#floor + changesPerStep)
    if (through <= this.#floor) return false
    const history = this.#sql.history.get(this.#floor, through)
    this.#bytes -= Number(history?.bytes)
    this.#sql.dropHistory.run(this.#floor, through)
    this.#sql.dropMoves.run(blockAfter(through))
    this.#sql.dropFormerLabels.run(through)
    this.#floor = through
    this.#meta.set('floor', through)
    // A time before the floor's has no position any more, and the change that says which it is may be gone.
    this.#meta.set('floor_at', Number(history?.newest))
    // The newest change may just have been dropped (a delete): its offset must never be given again.
    this.#meta.set('head', head)
    return through < byAge || (through < wanted && this.#bytes > maxBytes)
  }

  /** Begins anew with a floor, everything below it gone. @param floorAtMs no position is known of times before */
  reset(floor: number, floorAtMs: number): void {
    this.#floor = floor
    this.#bytes = 0
    this.#storedBytes = 0
    this.#meta.set('floor', floor)
    this.#meta.set('floor_at', floorAtMs)
    this.#meta.set(countName, 0)
  }

  flush(): void {
    if (this.#bytes === this.#storedBytes) return
    this.#meta.set(countName, this.#bytes)
    this.#storedBytes = this.#bytes
  }

  #bytesAboveFloor(): number {
    return Number(this.#sql.history.get(this.#floor, Number.MAX_SAFE_INTEGER)?.bytes)
  }

  #recordedAt(offset: number): number | null {
    const row = this.#sql.recordedAt.get(offset)
    return row === undefined ? null : Number(row.recorded_at)
  }
}
