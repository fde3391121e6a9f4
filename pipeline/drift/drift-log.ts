import { type Cursor, decodeCursor, encodeCursor, type Position } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import type { DriftStore } from '../../storage/drift/drift-store.ts'
import type { DriftItem } from './drift-item.ts'

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

  constructor(store: () => DriftStore | null) {
    this.#store = store
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
