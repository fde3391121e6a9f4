import { Worker } from 'node:worker_threads'
import { configuredComparison } from '../../model/array-identity.ts'
import { messageOf, VainoError } from '../../model/errors.ts'
import { unpackReport } from '../telemetry/worker-counters.ts'
import { Progress } from './progress.ts'
import type { Answered, Failure, FromWorker, Request, ToWorker, WorkerFault, WorkerStart } from './protocol.ts'
import type { Thread } from './running-thread.ts'
import { WorkerLost } from './worker-lost.ts'
import type { WorkerThreadEvents, WorkerThreadOptions } from './worker-thread-options.ts'

const firstRestartMs = 50
const maxRestartMs = 5_000
/** A thread that has run for this long was well: its end is the first in a row. */
const isWellAfterMs = 30_000
/** A thread that loads its modules, or opens a large file for the first time, is silent for seconds on a busy machine. */
const minStartMs = 30_000
/** A request that may run one long SQL statement is a hang after this many times `hangMs`. */
const unboundedFactor = 10
/** A stop waits at most this long for what is under way; what isn't answered by then was never acknowledged. */
const maxDrainMs = 10_000

/**
 * One worker thread, replaced by a new one when it ends or hangs; the pause before that doubles from 50 ms to 5 s while
 * threads end one after another.
 */
export class WorkerThread<R extends Request, A extends Record<R['kind'], unknown>> implements AsyncDisposable {
  readonly index: number
  /** Threads in a row that ended before they were ready, and how the last one did. */
  failedStarts = 0
  lastFailure = ''
  readonly #options: WorkerThreadOptions
  readonly #events: WorkerThreadEvents
  readonly #watch: ReturnType<typeof setInterval>
  #thread: Thread | null = null
  /** Resolves when a thread is there, or when no other will be started. */
  #whenRunning = Promise.withResolvers<void>()
  /** Resolves when the last thread that was lost does nothing any more. */
  #gone: Promise<unknown> = Promise.resolve()
  #restartTimer: ReturnType<typeof setTimeout> | undefined
  #restarts = 0
  #lastingFault: WorkerFault | null = null
  #nextId = 1
  #isClosing = false

  constructor(options: WorkerThreadOptions, events: WorkerThreadEvents) {
    this.index = options.index
    this.#options = options
    this.#events = events
    this.#watch = setInterval(() => this.#endIfHung(), Math.max(50, options.hangMs / 4))
  }

  /** What is wrong with it, one line each. */
  get problems(): string[] {
    if (this.failedStarts > 0) return [this.#failedToStart]
    if (this.#thread === null && !this.#isClosing) {
      return this.#restarts === 0 ? [] : [`worker ${this.index} ended, and a new one is started: ${this.lastFailure}`]
    }
    const silentMs = this.#silentMs
    return silentMs > this.#maxSilenceMs / 2
      ? [`worker ${this.index} has been silent for ${Math.round(silentMs)} ms`]
      : []
  }

  /** @returns milliseconds since the thread was created; 0 where there is none */
  get ageMs(): number {
    return this.#thread === null ? 0 : performance.now() - this.#thread.startedAtMs
  }

  /** Creates the first thread. */
  start(): void {
    const { entry, settings, hangMs, index } = this.#options
    const progress = new Progress()
    const workerData: WorkerStart<unknown> = {
      settings,
      progress: progress.buffer,
      heartbeatMs: Math.max(20, Math.min(1_000, hangMs / 4)),
      comparison: configuredComparison(),
    }
    const worker = new Worker(entry, { workerData })
    const now = performance.now()
    const thread: Thread = {
      ...{ worker, progress, pending: new Map(), startedAtMs: now, lastSignMs: now, answersToReady: 1, beats: 0 },
      drained: Promise.withResolvers(),
    }
    this.#thread = thread
    let reason: string | null = null
    worker.on('message', (message: FromWorker) => {
      if (this.#thread === thread) this.#receive(thread, message)
    })
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error)
    })
    worker.on('exit', (code) => this.#lose(thread, 'ended', reason ?? `it exited with code ${code}`, Promise.resolve()))
    if (this.#lastingFault !== null) this.post(this.#lastingFault)
    this.#events.started(index)
    thread.answersToReady = Math.max(1, thread.pending.size)
    this.#whenRunning.resolve()
  }

  /**
   * Asks the thread, or the next one where it has just ended. Requests of one partition are answered in the order of asking.
   * @throws VainoError the request's failure; {@link WorkerLost} when the thread ended before it answered; `busy` when stopping
   */
  async ask<Q extends R>(partition: number, request: Q): Promise<A[Q['kind'] & keyof A]> {
    while (this.#thread === null && !this.#isClosing) await this.#whenRunning.promise
    const thread = this.#thread
    if (thread === null || this.#isClosing) throw new VainoError('busy', 'vaino is stopping')
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      thread.pending.set(id, { kind: request.kind, resolve, reject })
      this.post({ kind: 'request', id, partition, request })
    })
  }

  /** Makes the thread fail on purpose: at once, or it and all that replace it at records that hold a text. */
  injectFault(fault: WorkerFault): void {
    if (fault.at !== null) this.#lastingFault = fault
    this.post(fault)
  }

  /** Waits until the thread has answered its requests and closed its files, at most `hangMs` or 10 s, whichever is less. Then ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    clearInterval(this.#watch)
    clearTimeout(this.#restartTimer)
    this.#whenRunning.resolve()
    const thread = this.#thread
    if (thread !== null) {
      this.post({ kind: 'drain' })
      const deadline = setTimeout(thread.drained.resolve, Math.min(this.#options.hangMs, maxDrainMs))
      await thread.drained.promise
      clearTimeout(deadline)
      // What it has not answered by now is not acknowledged.
      this.#lose(thread, 'ended', 'vaino is stopping', thread.worker.terminate())
    }
    await this.#gone
  }

  get #failedToStart(): string {
    const times = this.failedStarts === 1 ? 'once' : `${this.failedStarts} times`
    return `worker ${this.index} ended ${times} before it was ready: ${this.lastFailure}`
  }

  /** Sends a message to the thread that runs now, if one does; what it must outlive stands in its start. */
  post(message: ToWorker<R>): void {
    this.#thread?.worker.postMessage(message)
  }

  #receive(thread: Thread, message: FromWorker): void {
    thread.lastSignMs = performance.now()
    switch (message.kind) {
      case 'answered':
        if (message.commit !== null) {
          this.#restarts = 0
          this.#events.committed({ ...message.commit, report: unpackReport(message.commit.report) })
        }
        for (const answered of message.answers) this.#settle(thread, answered)
        return
      case 'failed':
        this.#events.failed(message.partition, errorOf(message.failure))
        return
      case 'drained':
        thread.drained.resolve()
    }
  }

  #settle(thread: Thread, answered: Answered): void {
    if (--thread.answersToReady === 0) this.failedStarts = 0
    const pending = thread.pending.get(answered.id)
    if (pending === undefined) return
    thread.pending.delete(answered.id)
    if ('value' in answered) pending.resolve(answered.value as never)
    else pending.reject(errorOf(answered.failure))
  }

  /** @param gone resolves when the thread does nothing any more */
  #lose(thread: Thread, reason: 'ended' | 'hung', message: string, gone: Promise<unknown>): void {
    if (this.#thread !== thread) return
    this.#thread = null
    this.#gone = gone
    thread.drained.resolve()
    const death = thread.progress.read()
    const lost = new WorkerLost(`worker ${this.index} ${reason}: ${message}`, death)
    const unanswered = [...thread.pending.values()]
    thread.pending.clear()
    if (!this.#isClosing) {
      this.lastFailure = message
      if (thread.answersToReady > 0) this.failedStarts++
      if (performance.now() - thread.startedAtMs > isWellAfterMs) this.#restarts = 0
      this.#startAgain(gone)
      this.#events.lost(this.index, reason, message, death)
    }
    for (const { reject } of unanswered) reject(lost)
  }

  #startAgain(gone: Promise<unknown>): void {
    this.#whenRunning = Promise.withResolvers()
    this.#startLater(gone)
  }

  #startLater(gone: Promise<unknown>): void {
    const pauseMs = Math.min(maxRestartMs, firstRestartMs * 2 ** this.#restarts++)
    this.#gone = gone.then(() => {
      if (!this.#isClosing) this.#restartTimer = setTimeout(() => this.#restart(), pauseMs)
    })
  }

  /** What a timer throws ends the process, and a system without threads or file descriptors to give may have some later. */
  #restart(): void {
    try {
      this.start()
    } catch (error) {
      if (this.#thread !== null) throw error
      this.failedStarts++
      this.lastFailure = messageOf(error)
      this.#startLater(Promise.resolve())
    }
  }

  /** Milliseconds since the thread last gave a sign of life. */
  get #silentMs(): number {
    const thread = this.#thread
    if (thread === null) return 0
    if (thread.progress.beats !== thread.beats) {
      thread.beats = thread.progress.beats
      thread.lastSignMs = performance.now()
    }
    return performance.now() - thread.lastSignMs
  }

  /** Beyond this silence the thread is ended. */
  get #maxSilenceMs(): number {
    const { hangMs, bounded } = this.#options
    const thread = this.#thread
    if (thread === null || thread.answersToReady > 0) return Math.max(hangMs, minStartMs)
    const [first] = thread.pending.values()
    return first === undefined || bounded.has(first.kind) ? hangMs : hangMs * unboundedFactor
  }

  #endIfHung(): void {
    const thread = this.#thread
    const maxSilenceMs = this.#maxSilenceMs
    if (thread === null || this.#silentMs < maxSilenceMs) return
    this.#lose(thread, 'hung', `silent for ${maxSilenceMs} ms`, thread.worker.terminate())
  }
}

const errorOf = ({ code, message, hint }: Failure): VainoError =>
  new VainoError(code, message, hint === undefined ? {} : { hint })
