import type { VainoError } from '../../model/errors.ts'
import type { UnreadableSpan } from './record-batch.ts'
import type { LogRecord } from './settings.ts'

/** What one fetch brought of one partition. */
export interface LogBatch {
  readonly topic: string
  readonly partition: number
  /** In offset order; may be empty, where the log holds only markers, or where it tells that the end is reached. */
  readonly records: readonly LogRecord[]
  /** Records that can't be decoded, by anybody who has the codecs that Kafka has. They are skipped, the rest goes on. */
  readonly unreadable: readonly UnreadableSpan[]
  /** Where to read on: the position to commit once this batch is dealt with. */
  readonly nextOffset: number
  /** The end of the partition for `read_committed` readers, when this was read. */
  readonly endOffset: number
  /** `nextOffset` has reached `endOffset`: nothing more is there now. */
  readonly isCaughtUp: boolean
  /** As it came over the network. */
  readonly bytes: number
}

/**
 * One reader of one partition: what was fetched for it and not taken yet. Fetching stops at the high mark and begins again
 * at the low one, so that a slow taker causes a few large fetches and not many small ones.
 */
export class Subscription {
  readonly topic: string
  readonly partition: number
  #position: number
  /** Not to be fetched before this moment, after a failure of this partition. */
  notBeforeMs = 0
  failures = 0
  servedAtMs = 0
  /** A broker is being asked for it: another, which has become its leader, must wait. */
  isAsked = false
  readonly #marks: { readonly high: number; readonly low: number }
  readonly #queue: LogBatch[] = []
  #queuedBytes = 0
  #isFull = false
  #wasCaughtUp: boolean | null = null
  #failure: VainoError | null = null
  #isClosed = false
  #waiting: (() => void) | null = null

  constructor(topic: string, partition: number, position: number, highBytes: number) {
    this.topic = topic
    this.partition = partition
    this.#position = position
    this.#marks = { high: highBytes, low: highBytes / 2 }
  }

  /** The offset to fetch next. */
  get offset(): number {
    return this.#position
  }

  /** Whether there is room for more. */
  get isHungry(): boolean {
    return !this.isAsked && !this.#isFull && !this.#isClosed && this.#failure === null
  }

  /** Notes what a fetch brought. What brings no news is not passed on. */
  offer(batch: LogBatch): void {
    this.#position = batch.nextOffset
    this.failures = 0
    const isNews = batch.bytes > 0 || batch.isCaughtUp !== this.#wasCaughtUp
    this.#wasCaughtUp = batch.isCaughtUp
    if (!isNews || this.#isClosed) return
    this.#queue.push(batch)
    this.#queuedBytes += batch.bytes
    if (this.#queuedBytes >= this.#marks.high) this.#isFull = true
    this.#wake()
  }

  fail(failure: VainoError): void {
    this.#failure = failure
    this.#wake()
  }

  close(): void {
    this.#isClosed = true
    this.#queue.length = 0
    this.#wake()
  }

  /** @returns null when it was closed. @throws VainoError what it failed with, after what came before */
  async next(): Promise<LogBatch | null> {
    for (;;) {
      if (this.#isClosed) return null
      const batch = this.#queue.shift()
      if (batch !== undefined) {
        this.#queuedBytes -= batch.bytes
        if (this.#queuedBytes <= this.#marks.low) this.#isFull = false
        return batch
      }
      if (this.#failure !== null) throw this.#failure
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
    }
  }

  #wake(): void {
    this.#waiting?.()
    this.#waiting = null
  }
}
