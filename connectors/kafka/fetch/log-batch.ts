import type { LogRecord } from '../settings.ts'
import type { LogChunk, UnreadableSpan } from '../wire/record-batch.ts'

export interface ReadRequest {
  readonly topic: string
  readonly partition: number
  readonly from: number | 'earliest' | 'latest'
  /**
   * True: the read ends at the offset that was the end when it began, and excludes later records. That end is never inside a
   * transaction. False: the read follows the partition until the signal is aborted.
   */
  readonly toEnd?: boolean
  /**
   * Called while the read waits at the end of the partition and no transaction is open there.
   * @param agoMs milliseconds since that was asked of the broker
   */
  readonly atEnd?: (agoMs: number) => void
  /** Ends the read without an error. */
  readonly signal?: AbortSignal
}

/** The bytes of one fetch, undecoded. {@link decodePiece} decodes them, in any thread. */
export interface FetchedChunk extends LogChunk {
  readonly topic: string
  readonly partition: number
  /** The first offset of the next chunk. */
  readonly nextOffset: number
  /** The end of the partition for `read_committed` readers at the time of the fetch. */
  readonly endOffset: number
}

/** Consecutive records of a partition. */
export interface LogBatch {
  readonly topic: string
  readonly partition: number
  /** In offset order. Empty if the log holds only transaction markers here, or to report that the end is reached. */
  readonly records: readonly LogRecord[]
  /** Records that no codec of Kafka decodes, or that would be too large. They are skipped. */
  readonly unreadable: readonly UnreadableSpan[]
  /** The next offset to read: the position to commit after this batch is processed. */
  readonly nextOffset: number
  /** The end of the partition for `read_committed` readers at the time of the fetch. */
  readonly endOffset: number
  /** `nextOffset` has reached `endOffset`. */
  readonly isCaughtUp: boolean
  /** Bytes of memory that the batch keeps alive. */
  readonly bytes: number
}
