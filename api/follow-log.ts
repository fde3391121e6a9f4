import type { Context } from 'hono'
import type { Cursor, Position } from '../model/cursor.ts'
import type { ApiContext } from './api-context.ts'
import type { ChangeFeed } from './change-feed.ts'
import { readChangePage } from './change-page.ts'
import { changeStream } from './change-stream.ts'
import { Follower } from './follower.ts'
import type { LogEntry, LogSource } from './log-source.ts'
import { longPoll } from './long-poll.ts'
import { readOffset } from './position.ts'
import { preferredMs } from './prefer.ts'
import { type ApiEnv, connectionOf, jsonText } from './route.ts'
import type { RuleOf, Wanted } from './wanted.ts'

/** Entries of a page where no limit is given. */
export const logPageLimit = 100

/** A log that clients follow, and who follows it with them. */
export interface FollowedLog<E extends LogEntry> {
  readonly source: LogSource<E>
  readonly feed: ChangeFeed<E>
  readonly ruleOf: RuleOf<E>
}

/** What a client asks for. */
export interface FollowRequest<E extends LogEntry> {
  /** As {@link readOffset} takes it, or a position. */
  readonly begin: string | Position
  readonly live: 'sse' | 'long-poll' | undefined
  readonly limit: number | undefined
  readonly wanted: Wanted<E>
  /** False: without `before` and `after`. */
  readonly documents?: boolean
  /** Where a page ends, in place of the log's end. */
  readonly through?: Position
}

const positionHeaders = (cursor: Cursor, upToDate: boolean) => ({
  'stream-next-offset': cursor,
  'stream-up-to-date': String(upToDate),
  'cache-control': 'no-store',
})

const asPage = (texts: readonly string[], cursor: Cursor, upToDate: boolean) =>
  jsonText(
    `{"changes":[${texts.join(',')}],"cursor":"${cursor}","up_to_date":${upToDate}}`,
    positionHeaders(cursor, upToDate),
  )

/** Where a client begins: an EventSource comes back with the URL it began with; how far it has got, it says in a header. */
export const beginOf = (
  live: string | undefined,
  offset: string | undefined,
  lastEventId: string | undefined,
): string => (live === 'sse' ? lastEventId : undefined) || (offset ?? (live ? 'now' : '-1'))

/** Answers with a page of a log, a stream of it, or what comes next. */
export async function followLog<E extends LogEntry>(
  c: Context<ApiEnv>,
  { limits, streams }: Pick<ApiContext, 'limits' | 'streams'>,
  { source, feed, ruleOf }: FollowedLog<E>,
  asked: FollowRequest<E>,
): Promise<Response> {
  const { begin, live, wanted, limit = logPageLimit, documents = true, through = source.head() } = asked
  const from = typeof begin === 'string' ? readOffset(source, begin) : begin
  if (live === undefined) {
    const options = { limit, maxBytes: limits.pageBytes, maxMs: limits.pageMs, documents, through }
    const page = await readChangePage(source, from, wanted, ruleOf, options)
    return asPage(page.texts, page.cursor, page.upToDate)
  }
  const follower = new Follower(source, feed, from, wanted, ruleOf)
  if (live === 'sse') {
    const { cursor, upToDate } = follower
    const stream = changeStream({
      feed,
      follower,
      heartbeatMs: limits.heartbeatMs,
      limit: asked.limit ?? null,
      documents,
    })
    return new Response(streams.body('sse', stream, connectionOf(c)), {
      headers: {
        ...positionHeaders(cursor, upToDate),
        'content-type': 'text/event-stream',
        // nginx would collect events until a buffer is full.
        'x-accel-buffering': 'no',
      },
    })
  }
  const waitMs = Math.min(limits.longPollMs, preferredMs(c.req.raw))
  const options = { feed, follower, waitMs, limit, maxBytes: limits.pageBytes, documents }
  const page = await longPoll(streams, options, c.req.raw.signal)
  if (page.texts.length > 0) return asPage(page.texts, page.cursor, page.upToDate)
  return new Response(null, { status: 204, headers: positionHeaders(page.cursor, page.upToDate) })
}
