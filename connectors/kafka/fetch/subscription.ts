import type { VainoError } from '../../../model/errors.ts'
import type { FetchedPartition } from '../wire/fetch-request.ts'
import { type LogChunk, offsetBehind } from '../wire/record-batch.ts'

/** What one fetch brought of one partition. */
export interface Fetched extends LogChunk {
  readonly nextOffset: number
  readonly endOffset: number
}

/**
 * One reader of one partition: what was fetched for it and not taken yet. Fetching stops at the high mark and begins again
 * at the low one, so that a slow taker causes a few large fetches and not many small ones.
 */
export class Subscription {
  readonly topic: string
  readonly partition: number
  #position: number
  /** Not to be fetched before this moment of `performance.now()`, after a failure of this partition. */
  notBeforeMs = 0
  failures = 0
  servedAtMs = 0
  /** A broker is being asked for it: another, which has become its leader, must wait. */
  isAsked = false
  readonly #marks: { readonly high: number; readonly low: number }
  readonly #queue: Fetched[] = []
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
  offer({ bytes, aborted, lastStableOffset }: Pick<FetchedPartition, 'bytes' | 'aborted' | 'lastStableOffset'>): void {
    const from = this.#position
    const nextOffset = offsetBehind(bytes, from)
    const isCaughtUp = nextOffset >= lastStableOffset
    const isNews = nextOffset > this.#position || isCaughtUp !== this.#wasCaughtUp
    this.#position = nextOffset
    this.#wasCaughtUp = isCaughtUp
    this.failures = 0
    if (!isNews || this.#isClosed) return
    this.#queue.push({ bytes, from, aborted, nextOffset, endOffset: lastStableOffset })
    this.#queuedBytes += bytes.length
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
  async next(): Promise<Fetched | null> {
    for (;;) {
      if (this.#isClosed) return null
      const fetched = this.#queue.shift()
      if (fetched !== undefined) {
        this.#queuedBytes -= fetched.bytes.length
        if (this.#queuedBytes <= this.#marks.low) this.#isFull = false
        return fetched
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
