import { setTimeout as sleep } from 'node:timers/promises'
import type { AttributionEntry, Change } from '../../model/change.ts'
import { VainoError } from '../../model/errors.ts'
import { parseJson } from '../../model/json.ts'
import type { Server } from '../server.ts'
import { readEvents } from './server-events.ts'

/** A change as the server sent it, and what it says. */
export interface FollowedChange {
  readonly text: string
  parse(): Change | AttributionEntry
}

export interface FollowOptions {
  readonly server: Server
  /** Filters, and `offset`: where to begin. */
  readonly query: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Told when the connection is lost and when it is back, for people. */
  readonly tell: (text: string) => void
  /** Milliseconds; shorter ones for tests. */
  readonly firstWaitMs?: number
}

/** The server's heartbeat comes every 15 s; a connection that is silent for four of them is dead. */
const silenceMs = 60_000
const longestWaitMs = 15_000

/**
 * Changes as they happen, over a connection that is made again, from the last cursor, whenever it ends; waits grow from
 * a quarter of a second to 15 s. Each change comes once: the cursor of one that was handed out is where the next
 * connection begins.
 * @throws VainoError when the first connection fails, or when the server refuses for good (an expired cursor, a filter)
 */
export async function* follow(options: FollowOptions): AsyncGenerator<FollowedChange> {
  const { server, signal, tell } = options
  let cursor = options.query.offset
  let hasConnected = false
  let failures = 0
  while (!signal.aborted) {
    try {
      const query = { ...options.query, offset: cursor, live: 'sse' }
      for await (const event of connection(server, query, signal)) {
        if (event.isOpening) {
          if (hasConnected && failures > 0) tell('connected again')
          hasConnected = true
          failures = 0
        }
        if (event.change !== null) yield event.change
        cursor = event.cursor ?? cursor
      }
      if (!signal.aborted) tell('the server ended the stream; connecting again')
    } catch (error) {
      if (signal.aborted) return
      const isRefusal = error instanceof VainoError && !error.canRetry
      if (!hasConnected || isRefusal) throw error
      if (failures === 0) tell('the connection was lost; connecting again')
    }
    const wait = Math.min(longestWaitMs, (options.firstWaitMs ?? 250) * 2 ** Math.min(failures++, 10))
    await sleep(wait * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined)
  }
}

interface Step {
  readonly isOpening: boolean
  readonly change: FollowedChange | null
  readonly cursor: string | null
}

const step = (change: FollowedChange | null, cursor: string | null): Step => ({ isOpening: false, change, cursor })

async function* connection(
  server: Server,
  query: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): AsyncGenerator<Step> {
  const silence = new AbortController()
  const quiet = setTimeout(() => silence.abort(new Error('the server is silent')), silenceMs)
  try {
    const response = await server.request('/v1/changes', { query, signal: AbortSignal.any([signal, silence.signal]) })
    // What `now` was: a connection that breaks before the first event would otherwise begin at a later now.
    const begun = query.offset === 'now' ? response.headers.get('stream-next-offset') : null
    yield { isOpening: true, change: null, cursor: begun }
    if (response.body === null) return
    for await (const event of readEvents(textOf(response.body))) {
      quiet.refresh()
      if (event === 'heartbeat') continue
      if (event.event === 'change') {
        yield step(
          { text: event.data, parse: () => parseJson(event.data) as unknown as Change | AttributionEntry },
          event.id,
        )
      } else if (event.event === 'control') {
        yield step(null, (JSON.parse(event.data) as { cursor?: string }).cursor ?? null)
      }
    }
  } finally {
    clearTimeout(quiet)
  }
}

/** Not through a TextDecoderStream: what a pipe holds when the connection breaks is thrown away. */
async function* textOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const bytes of body) yield decoder.decode(bytes, { stream: true })
}
