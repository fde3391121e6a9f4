import { isChange } from '../../model/change.ts'
import type { Position } from '../../model/cursor.ts'
import type { LoggedChange, StateReader } from '../../storage/state-reader.ts'

const rowsAtOnce = 256

/** The changes, without who made them, after one position up to another, partition by partition; at most 256 are held. */
export function* changesBetween(reader: StateReader, from: Position, to: Position): Generator<LoggedChange> {
  for (const [partition, through] of to.entries()) {
    let after = from[partition] ?? 0
    while (after < through) {
      const rows = reader.changes(partition, after, through, rowsAtOnce)
      const last = rows.at(-1)
      if (last === undefined) break
      yield* rows.filter(isChange)
      after = last.offset
    }
  }
}
