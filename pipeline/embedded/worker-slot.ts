import { Worker } from 'node:worker_threads'
import { Progress } from '../threads/progress.ts'
import type { FromWorker, ToWorker, WorkerSettings, WorkerStart } from './protocol.ts'

export interface WorkerSlotEvents {
  received(message: Exclude<FromWorker, { kind: 'alive' | 'drained' }>): void
  /**
   * The thread ended by itself, or was ended because it hung. A new one is on its way.
   * @param at the task and the record that it was at; null where it was at none
   */
  lost(reason: 'ended' | 'hung', message: string, at: ReturnType<Progress['read']>): void
}

const firstRestartMs = 50
const maxRestartMs = 5_000
/** A thread that loads its modules or opens a large file says nothing meanwhile, on a busy machine for seconds. */
const minStartMs = 30_000

/** One worker's place: sees to it that a thread is in it that answers, and asks each to open the same partitions. */
export class WorkerSlot implements AsyncDisposable {
  readonly index: number
  readonly partitions: readonly number[]
  /** Starts in a row that ended before all partitions were open, and how the last one did. */
  failedStarts = 0
  lastFailure = ''
  readonly #settings: WorkerSettings
  readonly #hangMs: number
  readonly #events: WorkerSlotEvents
  readonly #watch: ReturnType<typeof setInterval>
  #thread: Worker | null = null
  #progress = new Progress()
  #fault: (ToWorker & { kind: 'fault' }) | null = null
  #hasStarted = false
  #startedAt = 0
  #lastAliveAt = 0
  #beats = 0
  #restarts = 0
  #restart: ReturnType<typeof setTimeout> | undefined
  #closing = false
  /** Resolves when the thread has finished what it had, or is gone. */
  #ended = Promise.withResolvers<void>()

  /** @param hangMs a thread that has started and is silent for this long is ended and replaced */
  constructor(
    index: number,
    partitions: readonly number[],
    settings: WorkerSettings,
    hangMs: number,
    events: WorkerSlotEvents,
  ) {
    this.index = index
    this.partitions = partitions
    this.#settings = settings
    this.#hangMs = hangMs
    this.#events = events
    this.#start()
    this.#watch = setInterval(() => this.#endIfHung(), Math.max(50, hangMs / 4))
  }

  /** What is wrong with it, one line each. */
  get problems(): string[] {
    const { index, failedStarts } = this
    const silentMs = performance.now() - this.#lastAliveAt
    const isSilent = this.#thread !== null && silentMs > this.#silenceMs / 2
    return [
      ...(isSilent ? [`worker ${index} has been silent for ${Math.round(silentMs)} ms`] : []),
      ...(failedStarts > 0 ? [`worker ${index} ${this.howItFails}`] : []),
    ]
  }

  get howItFails(): string {
    const times = this.failedStarts === 1 ? 'once' : `${this.failedStarts} times`
    return `ended ${times} before its partitions were open: ${this.lastFailure}`
  }

  /** Lost where no thread is: whoever takes over is told by the partitions' opening what to send again. */
  send(message: ToWorker): void {
    this.#thread?.postMessage(message)
  }

  /** A fault for this thread and for all that take its place. */
  injectLastingFault(fault: ToWorker & { kind: 'fault' }): void {
    this.#fault = fault
    this.send(fault)
  }

  /** All of its partitions are open. @returns milliseconds since the thread was started */
  started(): number {
    this.#hasStarted = true
    this.failedStarts = 0
    return performance.now() - this.#startedAt
  }

  /** Lets the thread finish what it has. Resolves when it has, or is gone. */
  async drain(): Promise<void> {
    this.#closing = true
    clearInterval(this.#watch)
    clearTimeout(this.#restart)
    if (this.#thread === null) return
    this.send({ kind: 'drain' })
    await this.#ended.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    clearInterval(this.#watch)
    clearTimeout(this.#restart)
    await this.#thread?.terminate()
  }

  /** After such a silence the thread is ended. */
  get #silenceMs(): number {
    return this.#hasStarted ? this.#hangMs : Math.max(this.#hangMs, minStartMs)
  }

  #start(): void {
    this.#progress = new Progress()
    const workerData: WorkerStart = { settings: this.#settings, progress: this.#progress.buffer }
    const thread = new Worker(new URL('./worker.ts', import.meta.url), { workerData })
    this.#thread = thread
    this.#ended = Promise.withResolvers()
    this.#hasStarted = false
    this.#startedAt = performance.now()
    this.#lastAliveAt = performance.now()
    let error: string | null = null
    thread.on('message', (message: FromWorker) => {
      if (this.#thread === thread) this.#receive(message)
    })
    thread.on('error', (thrown) => {
      error = thrown instanceof Error ? thrown.message : String(thrown)
    })
    thread.on('exit', (code) => {
      if (this.#thread === thread) this.#lost('ended', error ?? `exited with code ${code}`)
    })
    if (this.#fault) this.send(this.#fault)
    for (const partition of this.partitions) this.send({ kind: 'open', partition })
  }

  #receive(message: FromWorker): void {
    this.#lastAliveAt = performance.now()
    if (message.kind === 'committed') this.#restarts = 0
    if (message.kind === 'drained') this.#ended.resolve()
    else if (message.kind !== 'alive') this.#events.received(message)
  }

  #lost(reason: 'ended' | 'hung', message: string): void {
    this.#thread = null
    this.#ended.resolve()
    if (!this.#hasStarted) {
      this.failedStarts++
      this.lastFailure = message
    }
    if (!this.#closing) {
      const delayMs = Math.min(maxRestartMs, firstRestartMs * 2 ** this.#restarts++)
      this.#restart = setTimeout(() => this.#start(), delayMs)
    }
    this.#events.lost(reason, message, this.#progress.read())
  }

  #endIfHung(): void {
    const thread = this.#thread
    const silenceMs = this.#silenceMs
    if (this.#progress.beats !== this.#beats) {
      this.#beats = this.#progress.beats
      this.#lastAliveAt = performance.now()
    }
    if (thread === null || performance.now() - this.#lastAliveAt < silenceMs) return
    this.#thread = null
    thread.terminate().then(() => this.#lost('hung', `silent for ${silenceMs} ms`))
  }
}
