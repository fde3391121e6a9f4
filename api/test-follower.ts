import type { Change } from '../model/change.ts'
import { createEventParser, type ServerEvent } from '../web/event-stream.ts'

/** A change as a client sees it: keys and scopes are plain text. */
export type SeenChange = Omit<Change, 'key' | 'scope'> & { readonly key: string; readonly scope: string }

export interface StreamEvent {
  readonly event: string
  readonly id: string
  readonly data: Record<string, unknown>
}

/** One client's event stream, for tests: what has come so far, and waiting for what comes. */
export interface TestFollower extends AsyncDisposable {
  readonly status: number
  readonly headers: Headers
  readonly events: readonly StreamEvent[]
  readonly changes: readonly SeenChange[]
  /** Comments, which are heartbeats. */
  readonly comments: number
  readonly ended: boolean
  readonly lastId: string
  /** Waits until `count` changes have come in total. */
  untilChanges(count: number): Promise<void>
  until(what: string, holds: () => boolean): Promise<void>
}

/** Follows a stream by hand, so that a test sees exactly what was sent. */
export async function openFollower(url: string, headers: Record<string, string> = {}): Promise<TestFollower> {
  const stop = new AbortController()
  const answer = await fetch(url, { headers, signal: stop.signal })
  const events: StreamEvent[] = []
  const changes: SeenChange[] = []
  const waiting = new Set<() => void>()
  let comments = 0
  let ended = false

  const onEvent = ({ event, data, id }: ServerEvent) => {
    const parsed = JSON.parse(data)
    events.push({ event, id: id ?? '', data: parsed })
    if (event === 'change') changes.push(parsed)
  }
  const take = createEventParser(onEvent, () => comments++)
  const read = async () => {
    const decoder = new TextDecoder()
    try {
      for await (const piece of answer.body ?? []) {
        take(decoder.decode(piece, { stream: true }))
        for (const wake of [...waiting]) wake()
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error
    } finally {
      ended = true
      for (const wake of [...waiting]) wake()
    }
  }
  const reading = read()

  const until = (what: string, holds: () => boolean) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(check)
        reject(
          new Error(`waited in vain until ${what}; ${changes.length} changes, last: ${JSON.stringify(events.at(-1))}`),
        )
      }, 10_000)
      const check = () => {
        if (!holds()) return
        clearTimeout(timer)
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    })

  return {
    status: answer.status,
    headers: answer.headers,
    events,
    changes,
    get comments() {
      return comments
    },
    get ended() {
      return ended
    },
    get lastId() {
      return events.at(-1)?.id ?? ''
    },
    untilChanges: (count) => until(`${count} changes have come`, () => changes.length >= count),
    until,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await reading
    },
  }
}
