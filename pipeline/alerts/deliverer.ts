import { messageOf } from '../../model/errors.ts'
import type { OutboxRow } from '../../storage/alerts/alert-rows.ts'
import type { AlertStore } from '../../storage/alerts/alert-store.ts'
import { type BackoffLimits, backoffMs } from '../sources/backoff.ts'
import type { AlertMessage } from './message.ts'
import type { OpenSink } from './sinks/open-sinks.ts'
import { SinkFailure } from './sinks/sink.ts'

export interface DelivererParts {
  readonly store: AlertStore
  readonly sink: OpenSink
  /** A message older than this is given up. */
  readonly giveUpAfterMs: number
  readonly backoff?: BackoffLimits
  readonly nowMs?: () => number
  delivered(message: AlertMessage, attempts: number): void
  /** It is tried again at a time. */
  failed(error: string, attempts: number, inMs: number): void
  givenUp(title: string, error: string, reason: 'refused' | 'too_old'): void
  /** The outbox can't be read or written; it is tried again. */
  broken(error: unknown): void
}

const defaultBackoff: BackoffLimits = { baseMs: 1_000, maxMs: 300_000 }
/** A message is tried so often at least: a clock that jumps makes one old at once, and so does an outage of vaino's own. */
const leastAttempts = 5
const maxErrorLength = 300

/**
 * Sends the messages of one sink, one at a time: each until it is delivered, refused or too old. It is off the outbox only when the sink has taken it, so a
 * crash in between sends it again, with the same id. A sink that is slow or down holds up no other sink.
 */
export class Deliverer implements AsyncDisposable {
  readonly #parts: DelivererParts
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #wake: () => void = () => undefined
  #isWanted = true
  #isStopping = false
  /** Failures in a row that speak of the sink and not of a message. */
  #failures = 0

  constructor(parts: DelivererParts) {
    this.#parts = parts
    this.#running = this.#run()
  }

  /** Something new may wait. */
  wake(): void {
    this.#isWanted = true
    this.#wake()
  }

  /** What is being sent may come to its end: cut off, it would be sent again at the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true
    this.#wake()
    const timer = setTimeout(() => this.#stop.abort(), stopWithinMs)
    await this.#running
    clearTimeout(timer)
  }

  async #run(): Promise<void> {
    const { store, sink } = this.#parts
    while (!this.#isStopping) {
      this.#isWanted = false
      try {
        const row = store.next(sink.name, this.#nowMs())
        if (row === null) await this.#sleep(this.#idleMs())
        else await this.#send(row)
      } catch (error) {
        this.#parts.broken(error)
        await this.#sleep(afterBrokenMs, false)
      }
    }
  }

  async #send(row: OutboxRow): Promise<void> {
    const { store, sink, delivered } = this.#parts
    const message = JSON.parse(row.message) as AlertMessage
    try {
      await sink.sink.send(message, this.#stop.signal)
    } catch (error) {
      // What was cut off by the end of vaino is sent again after it.
      if (this.#stop.signal.aborted) return
      await this.#failed(row, message, error)
      return
    }
    this.#failures = 0
    store.transaction(() => store.delivered(row.seq))
    delivered(message, row.attempts + 1)
  }

  async #failed(row: OutboxRow, { title }: AlertMessage, error: unknown): Promise<void> {
    const { store, sink, giveUpAfterMs, givenUp, failed } = this.#parts
    const { isFinal, retryAfterMs } = error instanceof SinkFailure ? error : new SinkFailure('')
    const text = sink.redact(messageOf(error)).slice(0, maxErrorLength)
    const nowMs = this.#nowMs()
    const attempts = row.attempts + 1
    const isTooOld = nowMs - row.createdAtMs > giveUpAfterMs && attempts >= leastAttempts
    if (isFinal || isTooOld) {
      const reason = isFinal ? 'refused' : 'too_old'
      store.transaction(() => store.bury(row.seq, nowMs, reason, text))
      givenUp(title, text, reason)
      return
    }
    const limits = this.#parts.backoff ?? defaultBackoff
    const waitMs = Math.max(backoffMs(attempts, limits, Math.random()), retryAfterMs ?? 0)
    store.transaction(() => store.failed(row.seq, text, nowMs + waitMs, waitMs))
    failed(text, attempts, waitMs)
    this.#failures++
    // The sink itself may be what fails: the other messages wait too, though less long, for it may be this message.
    const pauseMs = Math.max(Math.min(backoffMs(this.#failures, limits, Math.random()), maxPauseMs), retryAfterMs ?? 0)
    await this.#sleep(pauseMs, false)
  }

  /** Until the first of what waits is due. A look now and then notices a clock that was set. */
  #idleMs(): number {
    const nextAtMs = this.#parts.store.nextAtMs(this.#parts.sink.name)
    return nextAtMs === null ? longestIdleMs : Math.min(Math.max(nextAtMs - this.#nowMs(), leastIdleMs), longestIdleMs)
  }

  /** @param isWakeable whether something new ends it */
  #sleep(ms: number, isWakeable = true): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#wake = () => undefined
        resolve()
      }
      const timer = setTimeout(done, ms)
      timer.unref()
      this.#wake = () => {
        if (isWakeable || this.#isStopping) done()
      }
      if (this.#isStopping || (isWakeable && this.#isWanted)) done()
    })
  }

  #nowMs(): number {
    return this.#parts.nowMs?.() ?? Date.now()
  }
}

const maxPauseMs = 30_000
const longestIdleMs = 15_000
const leastIdleMs = 20
const stopWithinMs = 3_000
/** The disk may be full. */
const afterBrokenMs = 5_000
