import { Worker } from 'node:worker_threads'
import { VainoError } from '../../model/errors.ts'
import type { WorkerReport } from '../telemetry/worker-counters.ts'
import {
  type FromWorker,
  type Hold,
  maxTasksUnderWay,
  type Task,
  type TaskResult,
  type ToWorker,
  type WorkerSettings,
} from './protocol.ts'

export interface SupervisorEvents {
  /** After each commit, before its tasks are acknowledged. */
  committed(partition: number, head: number, holds: readonly Hold[], report: WorkerReport): void
  /** All partitions of a worker are open, so long after it was started. */
  workerReady(worker: number, ms: number): void
  /** A worker ended by itself, or was ended because it hung; a new one is on its way. */
  workerLost(worker: number, reason: 'ended' | 'hung', message: string): void
  /** A partition's file can't be written at present. */
  partitionFailed(partition: number, message: string, canRetry: boolean): void
}

type WithoutSeq<T> = T extends unknown ? Omit<T, 'seq'> : never
export type NewTask = WithoutSeq<Task>

interface UnderWay {
  readonly task: Task
  /** How many workers have died with this task first in line. */
  deaths: number
  readonly resolve: (result: TaskResult) => void
  readonly reject: (error: Error) => void
}

interface PartitionAt {
  open: boolean
  problem: string | null
  nextSeq: number
  /** Sent or to be sent again, in order; at most {@link maxTasksUnderWay}. */
  readonly underWay: UnderWay[]
  /** Waiting for one of those places; bounded by the permits that their senders hold. */
  readonly waiting: (() => void)[]
}

interface WorkerAt {
  readonly index: number
  readonly partitions: readonly number[]
  thread: Worker | null
  startedAt: number
  lastAliveAt: number
  restarts: number
  /** Resolves when its thread has finished what it had, or is gone. */
  ended: PromiseWithResolvers<void>
}

/** A task that was first in line when this many workers died is set aside as a dead letter: it is the likely cause. */
const maxDeaths = 3
const maxRestartDelayMs = 5_000
/** A stop waits so long for what is under way; what is not acknowledged by then was never promised. */
const maxDrainMs = 10_000

/**
 * Keeps every partition owned by a worker that answers. What isn't acknowledged stays here and is sent again to the next
 * owner, which knows from its file what was applied: nothing is lost, nothing is applied twice (invariant I11).
 */
export class Supervisor implements AsyncDisposable {
  readonly #settings: WorkerSettings
  readonly #events: SupervisorEvents
  readonly #hangMs: number
  readonly #partitions: PartitionAt[]
  readonly #workers: WorkerAt[]
  readonly #watch: ReturnType<typeof setInterval>
  #closing = false

  /** @param hangMs a worker silent for this long is ended and replaced */
  constructor(settings: WorkerSettings, workers: number, hangMs: number, events: SupervisorEvents) {
    this.#settings = settings
    this.#events = events
    this.#hangMs = hangMs
    this.#partitions = Array.from({ length: settings.partitions }, () => ({
      open: false,
      problem: null,
      nextSeq: 1,
      underWay: [],
      waiting: [],
    }))
    const n = Math.min(workers, settings.partitions)
    this.#workers = Array.from({ length: n }, (_, index) => ({
      index,
      partitions: this.#partitions.map((_, p) => p).filter((p) => p % n === index),
      thread: null,
      startedAt: 0,
      lastAliveAt: 0,
      restarts: 0,
      ended: Promise.withResolvers<void>(),
    }))
    for (const worker of this.#workers) this.#start(worker)
    this.#watch = setInterval(() => this.#endHung(), Math.max(50, hangMs / 4))
  }

  get workerCount(): number {
    return this.#workers.length
  }

  /** Workers that own all of their partitions. */
  get ready(): number {
    return this.#workers.filter(({ partitions }) => partitions.every((p) => this.#at(p).open)).length
  }

  /** What keeps it from being ready, one line each. */
  get problems(): string[] {
    return this.#partitions.flatMap((at, p) => {
      if (at.problem !== null) return [`partition ${p}: ${at.problem}`]
      return at.open ? [] : [`partition ${p} has no worker yet`]
    })
  }

  /** Tasks that are sent and not acknowledged, and those that wait to be sent. */
  get depth(): { underWay: number; waiting: number } {
    const sum = { underWay: 0, waiting: 0 }
    for (const at of this.#partitions) {
      sum.underWay += at.underWay.length
      sum.waiting += at.waiting.length
    }
    return sum
  }

  /**
   * Hands a task to its partition's owner. Resolves when the task has its place in line, with what settles when its
   * effects are committed and fsynced: who awaits the place before the next call keeps the order.
   */
  async submit(partition: number, task: NewTask): Promise<{ readonly settled: Promise<TaskResult> }> {
    const at = this.#at(partition)
    while (at.underWay.length >= maxTasksUnderWay) await new Promise<void>((resolve) => at.waiting.push(resolve))
    if (this.#closing) throw new VainoError('busy', 'vaino is stopping')
    const { promise: settled, resolve, reject } = Promise.withResolvers<TaskResult>()
    const numbered = { ...task, seq: at.nextSeq++ } as Task
    at.underWay.push({ task: numbered, deaths: 0, resolve, reject })
    if (at.open) this.#send(this.#ownerOf(partition), { kind: 'task', partition, task: numbered })
    return { settled }
  }

  /** Makes a worker fail on purpose; for tests of recovery. */
  injectFault(worker: number, fault: 'throw' | 'exit' | 'hang'): void {
    const at = this.#workers[worker]
    if (at) this.#send(at, { kind: 'fault', fault })
  }

  /** Resolves once every partition is open. */
  async whenOpen(): Promise<void> {
    while (!this.#partitions.every(({ open, problem }) => open || problem !== null)) {
      await new Promise<void>((resolve) => this.#opened.push(resolve))
    }
  }
  #opened: (() => void)[] = []

  /** Finishes what is under way, closes the files and ends the workers. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    clearInterval(this.#watch)
    const threads = this.#workers.flatMap(({ thread }) => (thread ? [thread] : []))
    for (const worker of this.#workers) this.#send(worker, { kind: 'drain' })
    const drained = Promise.all(this.#workers.map((worker) => worker.thread && worker.ended.promise))
    let deadline: ReturnType<typeof setTimeout> | undefined
    await Promise.race([
      drained,
      new Promise<void>((resolve) => (deadline = setTimeout(resolve, Math.min(this.#hangMs, maxDrainMs)))),
    ])
    clearTimeout(deadline)
    await Promise.all(threads.map((thread) => thread.terminate()))
    for (const at of this.#partitions) {
      for (const { reject } of at.underWay.splice(0)) reject(new VainoError('busy', 'vaino stopped before the commit'))
      for (const resume of at.waiting.splice(0)) resume()
    }
  }

  #at(partition: number): PartitionAt {
    const at = this.#partitions[partition]
    if (at) return at
    throw new VainoError('internal', `there is no partition ${partition}`)
  }

  #ownerOf(partition: number): WorkerAt {
    const worker = this.#workers[partition % this.#workers.length]
    if (worker) return worker
    throw new VainoError('internal', `partition ${partition} has no worker`)
  }

  #send(worker: WorkerAt, message: ToWorker): void {
    worker.thread?.postMessage(message)
  }

  #start(worker: WorkerAt): void {
    const thread = new Worker(new URL('./worker.ts', import.meta.url), { workerData: this.#settings })
    worker.thread = thread
    worker.ended = Promise.withResolvers()
    worker.startedAt = performance.now()
    worker.lastAliveAt = Date.now()
    let message = 'exited'
    thread.on('message', (received: FromWorker) => {
      if (worker.thread === thread) this.#receive(worker, received)
    })
    thread.on('error', (error) => {
      message = error instanceof Error ? error.message : String(error)
    })
    thread.on('exit', () => {
      if (worker.thread === thread) this.#lost(worker, 'ended', message)
    })
    for (const partition of worker.partitions) this.#send(worker, { kind: 'open', partition })
  }

  #receive(worker: WorkerAt, message: FromWorker): void {
    worker.lastAliveAt = Date.now()
    switch (message.kind) {
      case 'alive':
        return
      case 'opened':
        this.#onOpened(worker, message)
        return
      case 'committed': {
        worker.restarts = 0
        const at = this.#at(message.partition)
        at.problem = null
        this.#events.committed(message.partition, message.head, message.holds, message.report)
        this.#acknowledge(at, message.results)
        return
      }
      case 'failed': {
        const at = this.#at(message.partition)
        at.open = false
        at.problem = message.message
        this.#events.partitionFailed(message.partition, message.message, message.canRetry)
        if (!message.canRetry) {
          for (const { reject } of at.underWay.splice(0)) reject(new VainoError(message.code, message.message))
        }
        this.#wake(this.#opened)
        return
      }
      case 'drained':
        worker.ended.resolve()
    }
  }

  #onOpened(worker: WorkerAt, { partition, applied, results }: FromWorker & { kind: 'opened' }): void {
    const at = this.#at(partition)
    at.open = true
    at.problem = null
    this.#acknowledge(
      at,
      results.filter(({ seq }) => seq <= applied),
    )
    const first = at.underWay[0]
    if (first && first.deaths >= maxDeaths && first.task.kind === 'records') {
      const { seq, source, bytes } = first.task
      const preview = Buffer.from(bytes.subarray(0, 800)).toString('utf8')
      const detail = `${bytes.byteLength} bytes at which ${first.deaths} workers in a row ended`
      const task = { kind: 'dead_letter', seq, reason: 'crashed_worker', detail, source, preview } as const
      at.underWay[0] = { ...first, task }
    }
    for (const { task } of at.underWay) this.#send(worker, { kind: 'task', partition, task })
    if (worker.partitions.every((p) => this.#at(p).open)) {
      this.#events.workerReady(worker.index, performance.now() - worker.startedAt)
    }
    this.#wake(this.#opened)
  }

  #acknowledge(at: PartitionAt, results: readonly TaskResult[]): void {
    for (const result of results) {
      if (at.underWay[0]?.task.seq !== result.seq) continue
      at.underWay.shift()?.resolve(result)
      at.waiting.shift()?.()
    }
  }

  #wake(waiting: (() => void)[]): void {
    for (const resolve of waiting.splice(0)) resolve()
  }

  #lost(worker: WorkerAt, reason: 'ended' | 'hung', message: string): void {
    worker.thread = null
    for (const partition of worker.partitions) {
      const at = this.#at(partition)
      at.open = false
      const first = at.underWay[0]
      if (first) first.deaths++
    }
    worker.ended.resolve()
    if (this.#closing) return
    this.#events.workerLost(worker.index, reason, message)
    const delay = Math.min(maxRestartDelayMs, 50 * 2 ** worker.restarts++)
    setTimeout(() => !this.#closing && this.#start(worker), delay)
  }

  #endHung(): void {
    const now = Date.now()
    for (const worker of this.#workers) {
      if (worker.thread === null || now - worker.lastAliveAt < this.#hangMs) continue
      const { thread } = worker
      worker.thread = null
      thread.terminate().then(() => this.#lost(worker, 'hung', `silent for ${this.#hangMs} ms`))
    }
  }
}
