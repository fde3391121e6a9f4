import type { Position } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import type { LoggedEntry, StateReader } from '../../storage/state-reader.ts'

/** Changes of one partition that are held at a time, with both documents of each. */
const rowsAtOnce = 32

/**
 * Changes of the scopes that begin with one of some texts, of all partitions in one order: by the time at which they were recorded, then by partition and
 * offset. Up to a settled position that order doesn't depend on when each was committed.
 * @param through a settled position
 * @throws VainoError `cursor_expired` when retention has removed what comes next
 */
export class InOrder {
  readonly #lists: Generator<LoggedEntry>[]
  readonly #heads: IteratorResult<LoggedEntry>[]

  constructor(
    reader: Pick<StateReader, 'changesOf' | 'floor'>,
    scopes: readonly string[],
    from: Position,
    through: Position,
  ) {
    this.#lists = through.map((end, partition) => changesOf(reader, scopes, partition, from[partition] ?? 0, end))
    this.#heads = this.#lists.map((list) => list.next())
  }

  /** The next one, which stays the next one; null at the end. */
  peek(): LoggedEntry | null {
    const at = this.#earliest()
    const head = this.#heads[at]
    return head === undefined || head.done ? null : head.value
  }

  /** Goes on to the one behind the next. */
  take(): void {
    const at = this.#earliest()
    const list = this.#lists[at]
    if (list !== undefined) this.#heads[at] = list.next()
  }

  #earliest(): number {
    let earliest = -1
    let first: LoggedEntry | null = null
    for (const [list, head] of this.#heads.entries()) {
      if (head.done || (first !== null && !isBefore(head.value, first))) continue
      earliest = list
      first = head.value
    }
    return earliest
  }
}

const isBefore = (a: LoggedEntry, b: LoggedEntry): boolean =>
  a.recordedAtMs - b.recordedAtMs < 0 ||
  (a.recordedAtMs === b.recordedAtMs && a.partition === b.partition && a.offset < b.offset)

function* changesOf(
  reader: Pick<StateReader, 'changesOf' | 'floor'>,
  scopes: readonly string[],
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
