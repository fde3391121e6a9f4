import { isTruncated, type LogReader, type LogRecord } from '../../../connectors/kafka/kafka.ts'
import type { Letter } from './letter.ts'

export interface TailParts {
  readonly log: Pick<LogReader, 'read'>
  readonly topic: string
  readonly letterOf: (record: LogRecord) => Letter
  readonly signal: AbortSignal
}

/** Offsets that are looked at for a letter: the marker of its transaction takes one too. */
const offsetsALetter = 2

interface Found extends Letter {
  readonly orderMs: number
}

/**
 * Reads one partition backwards, from the letter before an offset. Logs are read forwards, so it looks at a window before
 * what it has, and at one twice as large where that held nothing.
 */
export class PartitionTail {
  readonly partition: number
  readonly #parts: TailParts
  /** In the order of the log; the last one is the next to be returned. */
  #found: Found[] = []
  /** All from here on was looked at. */
  #before: number
  /** Nothing is kept before. */
  #earliest = 0
  #wanted: number

  /**
   * @param before letters with smaller offsets
   * @param wanted letters kept of the first window; the next window keeps twice as many
   */
  constructor(partition: number, before: number, wanted: number, parts: TailParts) {
    this.partition = partition
    this.#before = before
    this.#wanted = wanted
    this.#parts = parts
  }

  /** Whether {@link newestMs} says what comes next; else {@link look} first. */
  get isKnown(): boolean {
    return this.#found.length > 0 || this.#before <= this.#earliest
  }

  /**
   * When the next one was written, as far as the order goes: clocks differ, and an old time must not hide what lies before
   * it. Null where nothing is left.
   */
  get newestMs(): number | null {
    return this.#found.at(-1)?.orderMs ?? null
  }

  /** Where another reading goes on; 0 where nothing is left. */
  get position(): number {
    const next = this.#found.at(-1)
    if (next !== undefined) return next.offset + 1
    return this.isKnown ? 0 : this.#before
  }

  take(): Letter | null {
    return this.#found.pop() ?? null
  }

  /** Finds out what comes next. @throws VainoError as the log's `read` */
  async look(): Promise<void> {
    for (let span = this.#wanted * offsetsALetter; !this.isKnown; span *= 2) {
      await this.#readWindow(Math.max(this.#earliest, this.#before - span))
    }
    this.#wanted *= 2
  }

  async #readWindow(from: number): Promise<void> {
    const { log, topic, letterOf, signal } = this.#parts
    const request = { topic, partition: this.partition, from, toEnd: true, signal }
    let found: Letter[] = []
    let start = from
    try {
      for await (const { records, nextOffset } of log.read(request)) {
        const earlier = records.filter(({ offset }) => offset < this.#before)
        // One more than is wanted shows that there are more.
        found.push(...earlier.slice(-this.#wanted - 1).map(letterOf))
        if (found.length > this.#wanted) {
          found = found.slice(-this.#wanted)
          start = found[0]?.offset ?? start
        }
        if (nextOffset >= this.#before) break
      }
    } catch (error) {
      if (!isTruncated(error)) throw error
      this.#earliest = Math.max(this.#earliest, Number(error.details.earliest))
      this.#before = Math.min(this.#before, Number(error.details.latest))
      return
    }
    signal.throwIfAborted()
    this.#before = start
    this.#found = inOrder(found)
  }
}

function inOrder(letters: readonly Letter[]): Found[] {
  const nowMs = Date.now()
  let orderMs = 0
  return letters.map((letter) => {
    orderMs = Math.max(orderMs, Math.min(letter.atMs, nowMs))
    return { ...letter, orderMs }
  })
}
