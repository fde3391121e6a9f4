import type { Backlog } from '../source.ts'

export interface FeedMessage {
  /** When it was sent, Unix milliseconds; null: not said. */
  readonly sentAtMs: number | null
  readonly body: string
  readonly receipt: string
}

/** A queue that holds events. */
export interface FeedQueue {
  /** Waits for messages, some seconds at most; none is an answer too. */
  receive(signal: AbortSignal): Promise<readonly FeedMessage[]>
  remove(receipts: readonly string[], signal: AbortSignal): Promise<void>
  /** Keeps messages from being given again for this long from now on. */
  hold(receipts: readonly string[], seconds: number, signal: AbortSignal): Promise<void>
  /** Receipts that one call of these two takes. */
  readonly mostAtOnce: number
  /** How many messages wait in it and among its dead letters; null: not known, and no failure of the feed. */
  depth(signal: AbortSignal): Promise<Pick<Backlog, 'messages' | 'deadLetters'>>
}
