import type { VainoError } from '../../../model/errors.ts'
import type { FetchedPartition } from '../wire/fetch-request.ts'
import { type LogChunk, offsetBehind } from '../wire/record-batch.ts'

/** The part of one fetch for one partition. */
export interface Fetched extends LogChunk {
  readonly nextOffset: number
  readonly endOffset: number
}

type Offered = Pick<FetchedPartition, 'bytes' | 'aborted' | 'lastStableOffset' | 'highWatermark'>

/**
 * One read of one partition, with the chunks that were fetched and not taken yet. Fetching stops at the high watermark and
 * resumes at half of it, so that a slow consumer causes few large fetches instead of many small ones.
 */
export class Subscription {
  readonly topic: string
  readonly partition: number
  #position: number
  /** After a failure of this partition: the next fetch begins after this time of `performance.now()`. */
  notBeforeMs = 0
  failures = 0
  servedAtMs = 0
  /** A fetch is in flight. If the leader changes meanwhile, the new one is asked after that. */
  isAsked = false
  readonly #atEnd: (agoMs: number) => void
  readonly #marks: { readonly high: number; readonly low: number }
  readonly #queue: Fetched[] = []
  #queuedBytes = 0
  #isFull = false
  #wasCaughtUp: boolean | null = null
  #failure: VainoError | null = null
  #isClosed = false
  #waiting: (() => void) | null = null

  /** @param atEnd as in `ReadRequest` */
  constructor(
    topic: string,
    partition: number,
    position: number,
    highBytes: number,
    atEnd: (agoMs: number) => void = () => undefined,
  ) {
    this.#atEnd = atEnd
    this.topic = topic
    this.partition = partition
    this.#position = position
    this.#marks = { high: highBytes, low: highBytes / 2 }
  }

  /** The offset to fetch next. */
  get offset(): number {
    return this.#position
  }

  /** Whether a fetch may begin. */
  get wantsData(): boolean {
    return !this.isAsked && !this.#isFull && !this.#isClosed && this.#failure === null
  }

  /**
   * Queues a fetched chunk, unless it holds no record and the read stays as caught up as it was.
   * @param agoMs milliseconds since the fetch was sent
   */
  offer({ bytes, aborted, lastStableOffset, highWatermark }: Offered, agoMs: number): void {
    const from = this.#position
    const nextOffset = offsetBehind(bytes, from)
    const isCaughtUp = nextOffset >= lastStableOffset
    const isNews = nextOffset > this.#position || isCaughtUp !== this.#wasCaughtUp
    this.#position = nextOffset
    this.#wasCaughtUp = isCaughtUp
    this.failures = 0
    // Who waits has worked on all that came before.
    if (!isNews && isCaughtUp && highWatermark === lastStableOffset && this.#waiting !== null) this.#atEnd(agoMs)
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

  /** The next chunk; null after {@link close}. @throws VainoError the failure, after all chunks before it */
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
