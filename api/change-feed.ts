import { type Cursor, isAtLeast, type Position } from '../model/cursor.ts'
import type { LoggedEntry } from '../storage/state-reader.ts'
import { chunkBytes } from './limits.ts'
import { readLog, rowBudget } from './log-reading.ts'
import type { LogEntry, LogSource } from './log-source.ts'
import { changeFrame, controlFrame, encodeText } from './sse.ts'
import type { RuleOf } from './wanted.ts'

/** A change, the position after it, and the rule that ignored it when it was read. */
export interface FeedEntry<E extends LogEntry = LoggedEntry> {
  readonly change: E
  readonly cursor: Cursor
  readonly rule: string | null
}

/** A few changes in their order, read and encoded once for all followers. */
export interface FeedBatch<E extends LogEntry = LoggedEntry> {
  readonly entries: readonly FeedEntry<E>[]
  /** Those that no rule ignores. */
  readonly shown: readonly FeedEntry<E>[]
  /** The position after them. */
  readonly end: Position
  readonly cursor: Cursor
  /** What is shown as server-sent events, closed by a control event where {@link upToDate}. */
  readonly wire: Uint8Array
  /** The same without `before` and `after`; made when it is first asked for. */
  wireWithoutDocuments(): Uint8Array
  /** What it takes of the memory that batches may take. */
  readonly bytes: number
  /** Nothing more was known when it was made. */
  readonly upToDate: boolean
}

/** A log, and who says that it has grown: an engine, the drift view. */
export interface FedLog<E extends LogEntry> {
  readonly reader: LogSource<E>
  onCommit(listener: (partition: number, offset: number) => void): () => void
}

/** The wire, that without documents, and what the parsed rows beside them hold: their JSON once more, in 8 or 16 bits a character. */
const bytesPerWireByte = 4

/**
 * The end of the change log, for all live clients together. It moves along one path through the positions; a client that
 * stands on the path takes the batches that are kept, at most `feedBytes` of them, and does not touch the storage. Nothing is
 * read before somebody asks for it, so clients that don't read cost nothing, and a client that falls behind what is kept
 * reads for itself until it is back on the path.
 */
export class ChangeFeed<E extends LogEntry = LoggedEntry> implements Disposable {
  readonly #reader: LogSource<E>
  readonly #ruleOf: RuleOf<E>
  readonly #maxBytes: number
  readonly #stopListening: () => void
  readonly #waiting = new Set<() => void>()
  /** The last change of each partition that is known to be committed. */
  readonly #known: number[]
  #position: Position
  #kept: FeedBatch<E>[] = []
  #keptBytes = 0
  /** The number of `#kept[0]`. */
  #first = 0
  readonly #rows = rowBudget(256 * 1024)
  #reads = 0

  constructor(engine: FedLog<E>, maxBytes: number, ruleOf: RuleOf<E>) {
    this.#reader = engine.reader
    this.#ruleOf = ruleOf
    this.#maxBytes = maxBytes
    this.#known = Array.from({ length: engine.reader.partitions }, () => 0)
    // Listen first: a commit between the two would otherwise be heard of only with the next one.
    this.#stopListening = engine.onCommit((partition, offset) => {
      this.#hear(partition, offset)
      for (const wake of [...this.#waiting]) wake()
    })
    for (const [partition, offset] of engine.reader.head().entries()) this.#hear(partition, offset)
    this.#position = [...this.#known]
  }

  /** The end of the log as far as commits were heard of. */
  get known(): Position {
    return this.#known
  }

  /**
   * Where a client at `position` gets on: it reads for itself up to `at` and then asks for batch number `next`.
   */
  join(position: Position): { readonly at: Position; readonly next: number } {
    // The path lags behind while nobody walks it. A follower ahead of it moves it to the end of the log.
    if (!isAtLeast(this.#position, position)) this.#jump(position)
    return { at: this.#position, next: this.#next }
  }

  /**
   * @returns the batch with this number; `wait` when there is nothing new; `lost` when it is no longer kept
   * @throws VainoError `cursor_expired` when retention was faster than everybody
   */
  read(number: number): FeedBatch<E> | 'wait' | 'lost' {
    if (number < this.#first) return 'lost'
    if (number >= this.#next) {
      if (isAtLeast(this.#position, this.#known)) return 'wait'
      this.#readOn()
    }
    return this.#kept[number - this.#first] ?? 'lost'
  }

  /** Resolves true at the next commit, false after a time or when the signal is aborted. */
  changed(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (changed: boolean) => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', stop)
        resolve(changed)
      }
      const wake = () => settle(true)
      const stop = () => settle(false)
      const timer = setTimeout(stop, timeoutMs)
      this.#waiting.add(wake)
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop)
    })
  }

  #hear(partition: number, offset: number): void {
    this.#known[partition] = Math.max(this.#known[partition] ?? 0, offset)
  }

  get #next(): number {
    return this.#first + this.#kept.length
  }

  /** Leaves the path behind: its batches are dropped, and a follower that was on them reads the log itself. */
  #jump(seen: Position): void {
    this.#first = this.#next + 1
    this.#kept = []
    this.#keptBytes = 0
    this.#position = this.#known.map((offset, partition) => Math.max(offset, seen[partition] ?? 0))
  }

  #readOn(): void {
    const { changes } = readLog(this.#reader, this.#position, this.#known, this.#rows.rows, this.#reads++)
    const position = [...this.#position]
    let entries: FeedEntry<E>[] = []
    let text = ''
    let length = 0
    let readLength = 0
    const keep = (end: Position, cursor: Cursor) => {
      const upToDate = isAtLeast(end, this.#known)
      const control = upToDate ? controlFrame({ cursor, up_to_date: true }) : ''
      const wire = encodeText(text + control)
      const shown = entries.every(({ rule }) => rule === null) ? entries : entries.filter(({ rule }) => rule === null)
      const bytes = Math.max(length, wire.length) * bytesPerWireByte
      let lean: Uint8Array | null = null
      const wireWithoutDocuments = () => {
        lean ??= encodeText(
          shown.map((one) => changeFrame(one.cursor, one.change.toJson(one.cursor, null, false))).join('') + control,
        )
        return lean
      }
      this.#kept.push({ entries, shown, end, cursor, wire, wireWithoutDocuments, bytes, upToDate })
      this.#keptBytes += bytes
      this.#position = end
      entries = []
      text = ''
      length = 0
    }
    changes.forEach((change, index) => {
      position[change.partition] = change.offset
      const cursor = this.#reader.encode(position)
      const rule = this.#ruleOf(change)
      const frame = changeFrame(cursor, change.toJson(cursor))
      readLength += frame.length
      length += frame.length
      entries.push({ change, cursor, rule })
      if (rule === null) text += frame
      if (length >= chunkBytes || index === changes.length - 1) keep([...position], cursor)
    })
    this.#rows.learn(changes.length, readLength)
    this.#forget()
  }

  /** Lets go of the oldest beyond the bound. What was just read always stays: somebody is about to take it. */
  #forget(): void {
    let gone = 0
    while (this.#keptBytes > this.#maxBytes && gone < this.#kept.length - 1) {
      this.#keptBytes -= this.#kept[gone]?.bytes ?? 0
      gone++
    }
    this.#kept.splice(0, gone)
    this.#first += gone
  }

  [Symbol.dispose](): void {
    this.#stopListening()
    for (const wake of [...this.#waiting]) wake()
  }
}
