import type { Cursor } from '../model/cursor.ts'
import { nextTurn } from './byte-source.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { ChangePage } from './change-page.ts'
import type { Follower } from './follower.ts'
import type { LogEntry } from './log-source.ts'
import type { OpenStreams } from './open-streams.ts'

export interface LongPollOptions<E extends LogEntry> {
  readonly feed: ChangeFeed<E>
  readonly follower: Follower<E>
  readonly waitMs: number
  readonly limit: number
  readonly maxBytes: number
  readonly documents: boolean
}

/** Waits until something comes that the follower asked for, or until the time is over: then the page is empty. */
export async function longPoll<E extends LogEntry>(
  streams: OpenStreams,
  { feed, follower, waitMs, limit, maxBytes, documents }: LongPollOptions<E>,
  signal: AbortSignal,
): Promise<ChangePage> {
  const release = streams.take('long_poll')
  const stop = AbortSignal.any([signal, streams.stopping])
  const untilMs = performance.now() + waitMs
  const texts: string[] = []
  try {
    let length = 0
    while (!stop.aborted) {
      const step = follower.take()
      if (step === null) {
        const restMs = untilMs - performance.now()
        if (texts.length > 0 || restMs <= 0) break
        await feed.changed(restMs, stop)
        continue
      }
      for (const [index, { change, cursor, rule }] of step.followed.entries()) {
        const text = change.toJson(cursor, rule, documents)
        texts.push(text)
        length += text.length
        const rest = step.followed.length - index - 1
        if (texts.length >= limit || length >= maxBytes)
          return { texts, cursor, upToDate: rest === 0 && follower.upToDate }
      }
      if (performance.now() > untilMs) break
      await nextTurn()
    }
    const cursor: Cursor = follower.cursor
    return { texts, cursor, upToDate: follower.upToDate }
  } finally {
    release(signal.aborted ? 'client' : 'done', texts.length)
  }
}
