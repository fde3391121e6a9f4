import { encodeCursor, type Position } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import type { HistoryEntry } from '../state-reader.ts'
import { loggedChange } from './logged-change.ts'
import type { PartitionReader } from './partition-reader.ts'

/**
 * The changes of one resource, newest first, read one at a time.
 * @param readers all partitions, for the positions
 * @param resource its id in the partition of `reader`
 * @param last where to begin
 */
export function* historyOf(
  logId: string,
  readers: readonly PartitionReader[],
  reader: PartitionReader,
  resource: number,
  last: number,
): Generator<HistoryEntry> {
  // Each change is earlier than the one before it, so its position is not after that one's.
  let position: Position = readers.map((each) => each.head())
  for (let offset = last; offset > 0; ) {
    const change = reader.change(offset)
    if (change === null || change.resource !== resource) return
    position = readers.map((other, p) =>
      other === reader ? change.offset : other.offsetAt(change.recordedAtMs, position[p]),
    )
    const page = change.prev > 0 && reader.holds(change.prev) ? String(change.prev) : null
    yield { change: loggedChange(change), cursor: encodeCursor(logId, position), page }
    offset = change.prev
  }
}

/** @throws VainoError `bad_request` */
export function offsetOfPage(page: string): number {
  if (/^[1-9]\d{0,15}$/.test(page)) return Number(page)
  throw new VainoError('bad_request', `"${page.slice(0, 40)}" is not a page of a history`, {
    hint: 'Take "page" as it stands in the answer before.',
  })
}
