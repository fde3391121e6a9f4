import { Worker } from 'node:worker_threads'
import { pause } from '../../../connectors/kafka/pause.ts'
import { VainoError } from '../../../model/errors.ts'
import { Progress } from '../../threads/progress.ts'
import { lineOf, type PoisonRecord } from '../input/poison-tracker.ts'
import type {
  Answered,
  Answers,
  Asked,
  KafkaWorkerSettings,
  KafkaWorkerStart,
  Request,
  WorkerFault,
} from './protocol.ts'

/** What a worker was at when it died: input of a partition; the record, where it took one at a time. */
interface Death {
  readonly partition: number
  /** Where what it was given begins. */
  readonly from: number
  readonly record: PoisonRecord | null
}

/** What was asked of a worker that ended before it answered. */
export class WorkerLost extends VainoError {
  /** Null where it was at no input. */
  readonly death: Death | null

  constructor(message: string, death: Death | null) {
    super('not_ready', message, {
      hint: 'A new one takes its place. Where a module is missing, install anew (npm ci). Else report this with the lines logged before it.',
    })
    this.death = death
  }
}

interface Pending {
  readonly kind: Request['kind']
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

interface Thread {
  readonly worker: Worker
  readonly progress: Progress
  /** In the order in which it answers them. */
  readonly pending: Map<number, Pending>
  readonly startedAtMs: number
  hasAnswered: boolean
  beats: number
  lastSignMs: number
}

const firstRestartMs = 50
const maxRestartMs = 5_000
/** After so long it was well: its end is a first one again. */
const isWellAfterMs = 30_000
/** A thread that loads its modules says nothing meanwhile, on a busy machine for seconds. */
const minStartMs = 30_000
/** These take so much at most; anything else may be one long statement on a large file. */
const watchedClosely: ReadonlySet<Request['kind']> = new Set(['prepare', 'remember', 'replicate'])
const patience = 10

/** One worker's place: sees to it that a thread is in it that answers, later and later where threads end again and again. */
export class WorkerPlace implements AsyncDisposable {
  readonly #index: number
  readonly #settings: KafkaWorkerSettings
  readonly #hangMs: number
  readonly #lost: (reason: 'ended' | 'hung', message: string) => void
  readonly #closing = new AbortController()
  readonly #watch: ReturnType<typeof setInterval>
  #thread: Thread | null = null
  /** Until a thread may be started again; null where it may. */
  #restart: Promise<void> | null = null
  #restarts = 0
  /** Threads in a row that ended before they answered anything. */
  #failedStarts = 0
  #lastFailure = ''
  #fault: WorkerFault | null = null
  #nextId = 1

  /**
   * @param hangMs a thread that is silent for this long is ended and replaced
   * @param lost is told when a thread ended by itself, or was ended because it hung
   */
  constructor(
    index: number,
    settings: KafkaWorkerSettings,
    hangMs: number,
    lost: (reason: 'ended' | 'hung', message: string) => void,
  ) {
    this.#index = index
    this.#settings = settings
    this.#hangMs = hangMs
    this.#lost = lost
    this.#watch = setInterval(() => this.#endIfHung(), Math.max(50, hangMs / 4))
  }

  /** What is wrong with it, one line each. */
  get problems(): string[] {
    const name = `worker ${this.#index}`
    if (this.#failedStarts > 0) {
      const times = this.#failedStarts === 1 ? 'once' : `${this.#failedStarts} times`
      return [`${name} ended ${times} before it answered: ${this.#lastFailure}`]
    }
    if (this.#restart !== null) return [`${name} ended, and another takes its place: ${this.#lastFailure}`]
    const silentMs = this.#silentMs
    return silentMs > this.#silenceMs / 2 ? [`${name} has been silent for ${Math.round(silentMs)} ms`] : []
  }

  /** @throws VainoError what the request failed with; {@link WorkerLost} when the thread ended before it answered */
  async ask<R extends Request>(partition: number, request: R): Promise<Answers[R['kind']]> {
    while (this.#restart !== null) await this.#restart
    if (this.#closing.signal.aborted) throw new VainoError('busy', 'vaino is stopping')
    const thread = this.#thread ?? this.#start()
    if (thread.pending.size === 0) thread.lastSignMs = performance.now()
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      thread.pending.set(id, { kind: request.kind, resolve, reject })
      thread.worker.postMessage({ id, partition, request } satisfies Asked)
    })
  }

  /** Makes the thread fail on purpose: at once, or it and all that take its place at records that hold a text. */
  injectFault(fault: WorkerFault): void {
    if (fault.at !== null) this.#fault = fault
    this.#thread?.worker.postMessage(fault)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    clearInterval(this.#watch)
    await this.#thread?.worker.terminate()
    await this.#restart
  }

  #start(): Thread {
    const progress = new Progress()
    const workerData: KafkaWorkerStart = { settings: this.#settings, progress: progress.buffer }
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData })
    const now = performance.now()
    const times = { startedAtMs: now, lastSignMs: now }
    const thread: Thread = { worker, progress, pending: new Map(), hasAnswered: false, beats: 0, ...times }
    this.#thread = thread
    let reason = 'it exited'
    worker.on('message', (answered: Answered) => this.#settle(thread, answered))
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error)
    })
    worker.on('exit', () => this.#lose(thread, 'ended', reason, Promise.resolve()))
    if (this.#fault !== null) worker.postMessage(this.#fault)
    return thread
  }

  #settle(thread: Thread, answered: Answered): void {
    thread.hasAnswered = true
    thread.lastSignMs = performance.now()
    this.#failedStarts = 0
    const pending = thread.pending.get(answered.id)
    if (!pending) return
    thread.pending.delete(answered.id)
    // Then it does what it is there for.
    if (pending.kind === 'commit') this.#restarts = 0
    if ('value' in answered) pending.resolve(answered.value as never)
    else pending.reject(new VainoError(answered.failure.code, answered.failure.message))
  }

  /** @param gone resolves when the thread does nothing any more */
  #lose(thread: Thread, reason: 'ended' | 'hung', message: string, gone: Promise<unknown>): void {
    if (this.#thread !== thread) return
    this.#thread = null
    this.#lastFailure = message
    if (!thread.hasAnswered) this.#failedStarts++
    if (performance.now() - thread.startedAtMs > isWellAfterMs) this.#restarts = 0
    const pauseMs = Math.min(maxRestartMs, firstRestartMs * 2 ** this.#restarts++)
    this.#restart = gone
      .then(() => pause(pauseMs, this.#closing.signal))
      .finally(() => {
        this.#restart = null
      })
    const lost = new WorkerLost(`worker ${this.#index} ${reason}: ${message}`, deathOf(thread.progress))
    for (const { reject } of thread.pending.values()) reject(lost)
    if (!this.#closing.signal.aborted) this.#lost(reason, message)
  }

  /** How long nothing was heard of a thread that has something to do. */
  get #silentMs(): number {
    const thread = this.#thread
    if (thread === null || thread.pending.size === 0) return 0
    if (thread.progress.beats !== thread.beats) {
      thread.beats = thread.progress.beats
      thread.lastSignMs = performance.now()
    }
    return performance.now() - thread.lastSignMs
  }

  /** After such a silence the thread is ended. */
  get #silenceMs(): number {
    if (this.#thread?.hasAnswered !== true) return Math.max(this.#hangMs, minStartMs)
    const [first] = this.#thread.pending.values()
    return first !== undefined && watchedClosely.has(first.kind) ? this.#hangMs : this.#hangMs * patience
  }

  #endIfHung(): void {
    const thread = this.#thread
    const silenceMs = this.#silenceMs
    if (thread === null || this.#silentMs < silenceMs) return
    this.#lose(thread, 'hung', `silent for ${silenceMs} ms`, thread.worker.terminate())
  }
}

function deathOf(progress: Progress): Death | null {
  const at = progress.read()
  if (at === null) return null
  const { partition, seq: offset, record: step } = at
  return { partition, from: offset, record: step === 0 ? null : { offset, line: lineOf(step) } }
}
