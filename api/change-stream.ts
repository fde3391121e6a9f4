import { VainoError } from '../model/errors.ts'
import { type ByteSource, nextTurn } from './byte-source.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { Follower } from './follower.ts'
import { chunkBytes } from './limits.ts'
import type { LogEntry } from './log-source.ts'
import { changeFrame, controlFrame, encodeText, heartbeat, retryHint } from './sse.ts'

/** How soon EventSource comes back after a cut, milliseconds. */
const retryMs = 1000

const closingWords = { slow: 'slow_reader', shutdown: 'shutdown', expired: 'token_expired' } as const

export interface ChangeStreamOptions<E extends LogEntry> {
  readonly feed: ChangeFeed<E>
  readonly follower: Follower<E>
  readonly heartbeatMs: number
  /** Maximum changes, then the stream ends; null = unlimited. */
  readonly limit: number | null
  /** False: without `before` and `after`. */
  readonly documents: boolean
}

/**
 * One client's changes as server-sent events. It makes a piece when the last one was taken, always of whole events, so
 * that the last words of a cut say exactly where to resume.
 */
export function changeStream<E extends LogEntry>({
  feed,
  follower,
  heartbeatMs,
  limit,
  documents,
}: ChangeStreamOptions<E>): ByteSource {
  const stop = new AbortController()
  let published = follower.cursor
  let delivered = 0

  const control = (up_to_date: boolean, closing?: string) => {
    published = follower.cursor
    return encodeText(controlFrame({ cursor: published, up_to_date, ...(closing === undefined ? {} : { closing }) }))
  }

  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield encodeText(retryHint(retryMs))
    let owesControl = true
    let lastPieceMs = performance.now()
    while (!stop.signal.aborted) {
      const step = follower.take()
      if (step === null) {
        if (owesControl) {
          owesControl = false
          yield control(true)
        } else if (!(await feed.changed(heartbeatMs, stop.signal)) && !stop.signal.aborted) {
          // The filter may let nothing through for hours; the client's cursor still moves on with the log.
          yield published === follower.cursor ? heartbeat : control(true)
        }
        lastPieceMs = performance.now()
        continue
      }
      if (step.shared && limit === null) {
        delivered += step.followed.length
        published = step.shared.cursor
        owesControl = !step.shared.upToDate
        const wire = documents ? step.shared.wire : step.shared.wireWithoutDocuments()
        if (wire.length > 0) yield wire
        else await nextTurn()
        continue
      }
      let text = ''
      let length = 0
      for (const [index, { change, cursor, rule }] of step.followed.entries()) {
        const frame = changeFrame(cursor, change.toJson(cursor, rule, documents))
        text += frame
        length += frame.length
        delivered++
        owesControl = true
        if (delivered === limit) {
          published = cursor
          const up_to_date = index === step.followed.length - 1 && follower.upToDate
          yield encodeText(text + controlFrame({ cursor, up_to_date, closing: 'limit' }))
          return
        }
        if (text.length >= chunkBytes) {
          const piece = encodeText(text)
          text = ''
          published = cursor
          yield piece
        }
      }
      follower.learn(step.followed.length, length)
      if (text !== '') {
        published = follower.cursor
        yield encodeText(text)
        lastPieceMs = performance.now()
      } else if (performance.now() - lastPieceMs > heartbeatMs) {
        yield control(false)
        lastPieceMs = performance.now()
      } else await nextTurn()
    }
  }

  async function* untilExpired(): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces()
    } catch (error) {
      if (!(error instanceof VainoError) || error.code !== 'cursor_expired') throw error
      // Coming back with this id, the client meets the 410 that says what to do.
      yield encodeText(controlFrame({ cursor: published, up_to_date: false, closing: error.code }))
    }
  }

  const generator = untilExpired()
  return {
    next: async () => (await generator.next()).value ?? null,
    lastWords: (why) => encodeText(controlFrame({ cursor: published, up_to_date: false, closing: closingWords[why] })),
    close: () => stop.abort(),
    get delivered() {
      return delivered
    },
  }
}
