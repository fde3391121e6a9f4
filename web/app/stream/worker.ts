// Owns the stream of changes, its cursor and its reconnects, and posts what came every 250 ms: parsing costs the page nothing, and a
// page that isn't in sight gets as much as one that is.
import { Refusal, Unreachable } from '../client/client.ts'
import { readStream } from '../client/stream.ts'
import type { Change } from '../client/types.ts'
import { actorText } from '../parts/actor.ts'
import { type Connection, type FromWorker, maxRows, type Row, type ToWorker, type Trouble } from './messages.ts'
import { rowOf } from './row.ts'

const postEveryMs = 250
const longestWaitMs = 15_000
/** Where a stream without a cursor begins: a few changes back in each partition, so that the list isn't empty. */
const beginning = 'live=sse&offset=now-20&documents=false'

const troubleOf = (error: unknown): Trouble => ({
  happened: error instanceof Error ? error.message : String(error),
  tried: error instanceof Unreachable ? error.tried : null,
  advice: error instanceof Unreachable ? error.advice : error instanceof Refusal ? error.hint : null,
})

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** One stream, from the moment it is asked for until another takes its place. */
class Stream {
  readonly stop = new AbortController()
  readonly #asked: ToWorker
  #cursor: string | null = null
  /** Newest last. */
  #waiting: Row[] = []
  #actors: [string, string][] = []
  readonly #counts = { r: 0, c: 0, u: 0, d: 0 }
  #connection: Connection = { state: 'connecting', trouble: null }
  /** The past has come; from here on each change is one that happens. */
  #hasBegun = false
  #isNew = true
  #isChanged = true

  constructor(asked: ToWorker) {
    this.#asked = asked
  }

  #say(state: Connection['state'], error: unknown = null): void {
    this.#connection = { state, trouble: error === null ? null : troubleOf(error) }
    this.#isChanged = true
  }

  #take(event: string, data: string): void {
    this.#isChanged = true
    if (event === 'change') {
      const change: Change & { readonly of?: string } = JSON.parse(data)
      if (change.of !== undefined) {
        this.#actors.push([change.of, actorText(change.actor) ?? ''])
        if (this.#actors.length > maxRows) this.#actors.shift()
        return
      }
      const row = rowOf(change)
      if (this.#hasBegun) this.#counts[row.op]++
      this.#waiting.push(row)
      if (this.#waiting.length > maxRows) this.#waiting.shift()
    } else if (!this.#hasBegun) {
      // The past of several partitions came one after another; the clock puts it in order.
      this.#waiting.sort((a, b) => (a.at < b.at ? -1 : 1))
      this.#hasBegun = true
      // Somebody waits for the first rows.
      this.post()
    }
  }

  post(): void {
    if (!this.#isChanged) return
    const rows = this.#hasBegun ? this.#waiting.splice(0).reverse() : []
    const actors = this.#hasBegun ? this.#actors.splice(0) : []
    const message: FromWorker = {
      ...{ stream: this.#asked.stream, rows, actors, isNew: this.#isNew },
      ...{ counts: { ...this.#counts }, connection: this.#connection },
    }
    self.postMessage(message)
    this.#isNew = false
    this.#isChanged = false
  }

  /** Begins where a stream without a cursor does. */
  #beginAnew(): void {
    this.#cursor = null
    this.#waiting = []
    this.#actors = []
    this.#hasBegun = false
    this.#isNew = true
  }

  async follow(): Promise<void> {
    const { query, token } = this.#asked
    const path = `v1/changes?${beginning}${query === '' ? '' : `&${query}`}`
    const { signal } = this.stop
    for (let failures = 0; !signal.aborted; failures++) {
      let failed: unknown = null
      try {
        await readStream(path, {
          ...{ token, lastEventId: this.#cursor, signal },
          onOpen: () => {
            failures = 0
            this.#say('live')
          },
          onEvent: ({ event, data, id }) => {
            this.#cursor = id ?? this.#cursor
            this.#take(event, data)
          },
        })
      } catch (error) {
        if (signal.aborted) return
        failed = error
      }
      if (failed instanceof Refusal && [401, 403].includes(failed.status)) return this.#say('refused', failed)
      // The cursor is no longer good: retention dropped its history, or another data directory answers.
      if (failed instanceof Refusal && [400, 410].includes(failed.status)) this.#beginAnew()
      // A stream that is cut once comes back by itself.
      this.#say('lost', failures > 0 || !this.#hasBegun ? failed : null)
      await sleep(Math.min(longestWaitMs, 500 * 2 ** Math.min(failures, 6)) * (0.5 + Math.random() / 2))
    }
  }
}

let current: Stream | null = null
self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  current?.stop.abort()
  current = new Stream(data)
  void current.follow()
})
setInterval(() => current?.post(), postEveryMs)
