import type { Position } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import type { LoggedEntry, StateReader } from '../../storage/state-reader.ts'

/** Changes of one partition that are held at a time, with both documents of each. */
const rowsAtOnce = 32

/**
 * Changes of the scopes that begin so, of all partitions in one order: by the time at which they were recorded, then by partition and
 * offset. Up to a settled position that order doesn't depend on when each was committed.
 * @param through a settled position
 * @throws VainoError `cursor_expired` when retention has removed what comes next
 */
export function* inOrder(
  reader: Pick<StateReader, 'changesOf' | 'floor'>,
  scopes: string,
  from: Position,
  through: Position,
): Generator<LoggedEntry> {
  const lists = through.map((end, partition) => changesOf(reader, scopes, partition, from[partition] ?? 0, end))
  const heads = lists.map((list) => list.next())
  for (;;) {
    let earliest = -1
    let earliestMs = Number.POSITIVE_INFINITY
    for (const [partition, head] of heads.entries()) {
      if (head.done || head.value.recordedAtMs >= earliestMs) continue
      earliest = partition
      earliestMs = head.value.recordedAtMs
    }
    const head = heads[earliest]
    if (head === undefined || head.done) return
    yield head.value
    const list = lists[earliest]
    if (list !== undefined) heads[earliest] = list.next()
  }
}

function* changesOf(
  reader: Pick<StateReader, 'changesOf' | 'floor'>,
  scopes: string,
  partition: number,
  from: number,
  through: number,
): Generator<LoggedEntry> {
  for (let after = from; after < through; ) {
    const page = reader.changesOf(scopes, partition, after, through, rowsAtOnce)
    // Looked at behind the page: what it lacks may have been removed while it was read.
    if ((reader.floor()[partition] ?? 0) > after) throw expired()
    yield* page
    const last = page.at(-1)
    if (last === undefined) return
    after = last.offset
  }
}

const expired = (): VainoError =>
  new VainoError('cursor_expired', 'The changes that the drift view has not seen yet were removed', {
    hint: 'Nothing is to be done: it is rebuilt from the state. retention.age and retention.size keep more.',
  })
