import { type Cursor, decodeCursor, encodeCursor, type Position } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import { type Filter, isWithin } from '../../model/filter.ts'
import type { Scope } from '../../model/scope.ts'
import type { NewestLogRow } from '../../storage/drift/drift-rows.ts'
import type { DriftStore } from '../../storage/drift/drift-store.ts'
import type { AsOf } from '../../storage/state-reader.ts'
import { type DriftItem, iso } from './drift-item.ts'
import type { After } from './drift-list.ts'
import { seenFrom } from './seen-from.ts'

/** One entry of the drift log, as a stream carries it but for its cursor. */
export interface DriftEntry {
  readonly id: string
  readonly event: 'open' | 'changed' | 'resolved'
  readonly at: string
  /** How long it was open; null unless it is resolved. */
  readonly duration_seconds: number | null
  readonly drift: DriftItem
}

/** An entry in the log's place for a change. */
export interface LoggedDrift {
  readonly partition: number
  readonly offset: number
  readonly recordedAtMs: number
  readonly entry: DriftEntry
  toJson(cursor: Cursor): string
}

/** While no state is read live there is no log, and a cursor into none begins at the first entry of the one to come. */
const noLog = '0'.repeat(16)

/** The drift log as the routes for changes read one: a log of one partition. */
export class DriftLog {
  readonly partitions = 1
  readonly #store: () => DriftStore | null
  readonly #settledMs: () => number | null

  /** @param settledMs the time up to which everything is in the log, Unix milliseconds; null: not known yet */
  constructor(store: () => DriftStore | null, settledMs: () => number | null) {
    this.#store = store
    this.#settledMs = settledMs
  }

  head(): Position {
    return [this.#store()?.head ?? 0]
  }
  floor(): Position {
    return [this.#store()?.floor ?? 0]
  }
  encode(position: Position): Cursor {
    return encodeCursor(this.#store()?.logId ?? noLog, position)
  }

  /** @throws VainoError `bad_cursor`, `foreign_cursor`, `cursor_expired`, `cursor_ahead` */
  decode(cursor: string): Position {
    const logId = this.#store()?.logId ?? noLog
    if (cursor === encodeCursor(noLog, [0])) return [0]
    const [offset = 0] = decodeCursor(cursor, logId, this.partitions)
    const [floor = 0] = this.floor()
    const [head = 0] = this.head()
    const hint = 'Take the list of GET /v1/drift anew and follow from its cursor.'
    if (offset < floor)
      throw new VainoError('cursor_expired', 'The drift log before this cursor is no longer kept', { hint })
    if (offset > head) throw new VainoError('cursor_ahead', 'The cursor is ahead of the drift log', { hint })
    return [offset]
  }

  /**
   * The position as of a time; of one that is not settled yet, as of the settled time.
   * @throws VainoError `cursor_expired` for a time that the log does not reach back to; `not_ready`
   */
  asOf(timeMs: number): AsOf {
    const store = this.#store()
    const settledMs = this.#settledMs()
    if (settledMs === null)
      throw new VainoError('not_ready', 'The drift view is being made', { hint: 'Ask again in a moment.' })
    const asOfMs = Math.min(timeMs, settledMs)
    if (store === null) return { position: [0], asOfMs }
    if (asOfMs >= store.floorMs) return { position: [store.offsetAt(asOfMs)], asOfMs }
    throw new VainoError('cursor_expired', `The drift log is kept from ${iso(store.floorMs)} on`, {
      hint: 'Take a later time; retention.age keeps more.',
    })
  }

  /**
   * What was open at a position, as the log knew it then, by state and address; null where others may run.
   * @param looked is given each place that was reached, in their order
   * @param within as in a filter: nothing is said of other states, not even as a place
   */
  *openAt(
    [offset = 0]: Position,
    start: After | null,
    looked: (place: After) => void = () => {},
    within?: Filter['within'],
  ): Generator<DriftItem | null> {
    for (const page of this.#newestPages(offset, start, within)) {
      for (const row of page) {
        looked(row)
        if (row.isOpen) yield (JSON.parse(row.entry) as DriftEntry).drift
      }
      yield null
    }
  }

  /** The newest entry up to an offset of each item that the log knows. */
  *newest(offset: number): Generator<DriftEntry> {
    for (const page of this.#newestPages(offset, null)) for (const { entry } of page) yield JSON.parse(entry)
  }

  /** The entries of one item up to an offset, in order; at most the newest thousand. */
  ofItem(state: Scope, address: string, offset: number): DriftEntry[] {
    return (this.#store()?.entriesOf(state, address, offset) ?? []).map((entry) => JSON.parse(entry))
  }

  *#newestPages(offset: number, start: After | null, within?: Filter['within']): Generator<readonly NewestLogRow[]> {
    const store = this.#store()
    if (store === null) return
    for (let after = start ?? { state: '', address: '' }; ; ) {
      const page = store.newest(offset, after.state, after.address)
      const last = page.at(-1)
      if (last === undefined) return
      yield page.filter(({ state }) => isWithin(within, state))
      const reached = seenFrom(within, last)
      if (reached === null) return
      after = reached
    }
  }

  changes(_partition: number, after: number, through: number, limit: number): readonly LoggedDrift[] {
    const rows = this.#store()?.log(after, through, limit) ?? []
    return rows.map(({ offset, atMs, entry }) => ({
      partition: 0,
      offset,
      recordedAtMs: atMs,
      entry: JSON.parse(entry) as DriftEntry,
      toJson: (cursor) => `${entry.slice(0, -1)},"cursor":"${cursor}"}`,
    }))
  }
}
