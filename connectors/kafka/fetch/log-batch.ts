import type { LogRecord } from '../settings.ts'
import type { LogChunk, UnreadableSpan } from '../wire/record-batch.ts'

export interface ReadRequest {
  readonly topic: string
  readonly partition: number
  readonly from: number | 'earliest' | 'latest'
  /**
   * Ends at what was the end when the reading began, and has nothing of what came behind it: the end is never in the midst of a
   * transaction. Else it goes on for ever.
   */
  readonly toEnd?: boolean
  /** Ends the reading, without an error. */
  readonly signal?: AbortSignal
}

/** What one fetch brought, as the broker keeps it; {@link decodePiece} reads it, in any thread. */
export interface FetchedChunk extends LogChunk {
  readonly topic: string
  readonly partition: number
  /** Where the next chunk begins. */
  readonly nextOffset: number
  /** The end of the partition for `read_committed` readers, when this was fetched. */
  readonly endOffset: number
}

/** Some of a partition's log. */
export interface LogBatch {
  readonly topic: string
  readonly partition: number
  /** In offset order; may be empty, where the log holds only markers, or where it tells that the end is reached. */
  readonly records: readonly LogRecord[]
  /** Records that can't be decoded with the codecs that Kafka has, or would be too large. They are skipped, the rest goes on. */
  readonly unreadable: readonly UnreadableSpan[]
  /** Where to read on: the position to commit once this batch is dealt with. */
  readonly nextOffset: number
  /** The end of the partition for `read_committed` readers, when this was fetched. */
  readonly endOffset: number
  /** `nextOffset` has reached `endOffset`: nothing more was there. */
  readonly isCaughtUp: boolean
  /** What it keeps in memory. */
  readonly bytes: number
}
