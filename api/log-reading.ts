import type { Position } from '../model/cursor.ts'
import { VainoError } from '../model/errors.ts'
import type { LoggedEntry } from '../storage/state-reader.ts'
import type { LogEntry, LogSource } from './log-source.ts'

export interface LogBatch<E extends LogEntry = LoggedEntry> {
  /** Per partition in the order of their offsets, across partitions by the time at which they were recorded. */
  readonly changes: readonly E[]
  /** The position after them. */
  readonly end: Position
}

/** A read costs as much as half a dozen rows, so one of fewer rows than this is not worth it where there are more. */
const worthReading = 16

/**
 * The next changes of several partitions after a position, each giving an equal share, so that what is read is all handed
 * on. Where the share would be too small, the partitions take turns: none waits for another to end.
 * @param through where to stop
 * @param limit maximum changes of all partitions together
 * @param turn counts the reads of one reader
 * @throws VainoError `cursor_expired` when retention has removed what comes next: a gap is never skipped (I8)
 */
export function readLog<E extends LogEntry>(
  reader: Pick<LogSource<E>, 'changes'>,
  from: Position,
  through: Position,
  limit: number,
  turn: number,
): LogBatch<E> {
  const behind = through.flatMap((offset, partition) => (offset > (from[partition] ?? 0) ? [partition] : []))
  const atOnce = Math.min(behind.length, Math.max(1, Math.floor(limit / worthReading)))
  const first = behind.length === 0 ? 0 : (turn * atOnce) % behind.length
  const chosen = [...behind.slice(first), ...behind.slice(0, first)].slice(0, atOnce)
  const share = Math.floor(limit / Math.max(1, atOnce))
  const end = [...from]
  const read = chosen.map((partition) => {
    const after = from[partition] ?? 0
    const changes = reader.changes(partition, after, through[partition] ?? 0, share)
    // Retention keeps the latest change of what is live, so what is left below its floor has gaps anywhere.
    const last = changes.at(-1)?.offset
    if (last === undefined || last !== after + changes.length) throw expired()
    end[partition] = last
    return changes
  })
  return { changes: mergeByTime(read), end }
}

const expired = () =>
  new VainoError('cursor_expired', 'The changes after this cursor were removed while they were being read', {
    hint: 'Take a new snapshot and follow from its cursor.',
  })

/** Each list keeps its order; the earliest head comes next. Lists are few (partitions) and short. */
function mergeByTime<E extends LogEntry>(lists: readonly (readonly E[])[]): readonly E[] {
  if (lists.length <= 1) return lists[0] ?? []
  const next = lists.map(() => 0)
  const merged: E[] = []
  for (;;) {
    let earliest: E | undefined
    let from = -1
    lists.forEach((list, index) => {
      const head = list[next[index] ?? 0]
      if (head !== undefined && (earliest === undefined || head.recordedAtMs < earliest.recordedAtMs)) {
        earliest = head
        from = index
      }
    })
    if (earliest === undefined) return merged
    merged.push(earliest)
    next[from] = (next[from] ?? 0) + 1
  }
}

/** How many rows to read at once so that they come near a number of bytes; learned from the rows before. */
export interface RowBudget {
  readonly rows: number
  learn(count: number, length: number): void
}

const firstRows = 32
const maxRows = 256

export function rowBudget(targetBytes: number): RowBudget {
  let rows = firstRows
  return {
    get rows() {
      return rows
    },
    learn(count, length) {
      if (length > 0) rows = Math.max(1, Math.min(maxRows, Math.floor((targetBytes * count) / length)))
    },
  }
}
