import type { Cursor, Position } from '../model/cursor.ts'
import type { LoggedEntry } from '../storage/state-reader.ts'

/** An entry of a log that clients follow. */
export interface LogEntry {
  readonly partition: number
  readonly offset: number
  readonly recordedAtMs: number
  /**
   * @param rule that ignores it, where it is shown all the same
   * @param documents false: without them, where it has any
   */
  toJson(cursor: Cursor, rule?: string | null, documents?: boolean): string
}

/** A log as what follows one reads it: that of changes, or that of drift. */
export interface LogSource<E extends LogEntry = LoggedEntry> {
  readonly partitions: number
  head(): Position
  floor(): Position
  encode(position: Position): Cursor
  decode(cursor: string): Position
  changes(partition: number, after: number, through: number, limit: number): readonly E[]
}
