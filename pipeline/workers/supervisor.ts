import { Worker } from 'node:worker_threads'
import { VainoError } from '../../model/errors.ts'
import type { WorkerReport } from '../telemetry/worker-counters.ts'
import { Progress } from './progress.ts'
import type { Fault, FromWorker, Hold, TaskResult, ToWorker, WorkerSettings, WorkerStart } from './protocol.ts'
import { type NewTask, TaskQueue } from './task-queue.ts'

export interface SupervisorEvents {
  /** After each commit, before its tasks are acknowledged. */
  committed(partition: number, head: number, holds: readonly Hold[], report: WorkerReport): void
  /** All partitions of a worker are open, so long after it was started. */
  workerReady(worker: number, ms: number): void
  /** A worker ended by itself, or was ended because it hung; a new one is on its way. */
  workerLost(worker: number, reason: 'ended' | 'hung', message: string): void
  /** A partition has an owner, and this many changes. */
  partitionOpened(partition: number, head: number): void
  /** A partition's file can't be written, from now on; where a retry can help, it is tried again and again. */
  partitionFailed(partition: number, error: VainoError): void
}

interface WorkerAt {
  readonly index: number
  readonly partitions: readonly number[]
  thread: Worker | null
  progress: Progress
  fault: (ToWorker & { kind: 'fault' }) | null
  startedAt: number
  lastAliveAt: number
  restarts: number
  /** Resolves when its thread has finished what it had, or is gone. */
  ended: PromiseWithResolvers<void>
}

/** A hint for who is told of a failure; the worker tries to open the file as often. */
const retrySeconds = 1
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
  readonly #queues: readonly TaskQueue[]
  readonly #workers: WorkerAt[]
  readonly #watch: ReturnType<typeof setInterval>
  #closing = false

  /** @param hangMs a worker silent for this long is ended and replaced */
  constructor(settings: WorkerSettings, workers: number, hangMs: number, events: SupervisorEvents) {
    this.#settings = settings
    this.#events = events
    this.#hangMs = hangMs
    this.#queues = Array.from({ length: settings.partitions }, () => new TaskQueue())
    const n = Math.min(workers, settings.partitions)
    this.#workers = Array.from({ length: n }, (_, index) => ({
      index,
      partitions: this.#queues.map((_, p) => p).filter((p) => p % n === index),
      thread: null,
      progress: new Progress(),
      fault: null,
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
    return this.#workers.filter(({ partitions }) => partitions.every((p) => this.#queueOf(p).isOpen)).length
  }

  /** What keeps it from being ready, one line each. */
  get problems(): string[] {
    const silentSince = Date.now() - this.#hangMs / 2
    const silent = this.#workers
      .filter(({ thread, lastAliveAt }) => thread !== null && lastAliveAt < silentSince)
      .map(({ index, lastAliveAt }) => `worker ${index} has been silent for ${Date.now() - lastAliveAt} ms`)
    const closed = this.#queues.flatMap(({ isOpen, failure }, p) => {
      if (failure !== null) return [`partition ${p}: ${failure.message}`]
      return isOpen ? [] : [`partition ${p} has no worker yet`]
    })
    return [...silent, ...closed]
  }

  /** Why a partition can't be written; null where all can. */
  get failure(): VainoError | null {
    return this.#queues.find(({ failure }) => failure !== null)?.failure ?? null
  }

  /**
   * Hands a task to its partition's owner. Resolves when the task has its place in line, with what settles when its
   * effects are committed and fsynced: who awaits the place before the next call keeps the order.
   * @throws VainoError why the partition's file can't be written at present; what was sent and not committed is rejected so too
   */
  async submit(partition: number, newTask: NewTask): Promise<{ readonly settled: Promise<TaskResult> }> {
    const queue = this.#queueOf(partition)
    const { task, settled } = await queue.add(newTask)
    if (queue.isOpen) this.#send(this.#ownerOf(partition), { kind: 'task', partition, task })
    return { settled }
  }

  /** Makes a worker fail on purpose: at once, or it and all that take its place at records that hold a text. For tests of recovery. */
  injectFault(worker: number, fault: Fault, atText: string | null = null): void {
    const at = this.#workers[worker]
    if (!at) return
    const message = { kind: 'fault', fault, at: atText } as const
    if (atText !== null) at.fault = message
    this.#send(at, message)
  }

  /** Resolves once every partition is open. */
  async whenOpen(): Promise<void> {
    while (!this.#queues.every(({ isOpen, failure }) => isOpen || failure !== null)) {
      await new Promise<void>((resolve) => this.#opened.push(resolve))
    }
  }
  #opened: (() => void)[] = []

  /** Finishes what is under way, closes the files and ends the workers. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    for (const queue of this.#queues) queue.close()
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
    for (const queue of this.#queues) queue.abandon()
  }

  #queueOf(partition: number): TaskQueue {
    const queue = this.#queues[partition]
    if (queue) return queue
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
    worker.progress = new Progress()
    const workerData: WorkerStart = { settings: this.#settings, progress: worker.progress.buffer }
    const thread = new Worker(new URL('./worker.ts', import.meta.url), { workerData })
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
    if (worker.fault) this.#send(worker, worker.fault)
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
      case 'committed':
        worker.restarts = 0
        this.#events.committed(message.partition, message.head, message.holds, message.report)
        this.#queueOf(message.partition).acknowledge(message.results)
        return
      case 'failed':
        this.#onFailed(message)
        return
      case 'drained':
        worker.ended.resolve()
    }
  }

  #onFailed({ partition, code, message, hint }: FromWorker & { kind: 'failed' }): void {
    const queue = this.#queueOf(partition)
    const isNew = queue.failure === null
    const failure = new VainoError(code, message, { retryAfterSeconds: retrySeconds, ...(hint && { hint }) })
    if (isNew) this.#events.partitionFailed(partition, failure)
    queue.fail(failure)
    this.#tellWaiting()
  }

  #onOpened(worker: WorkerAt, { partition, applied, results, head }: FromWorker & { kind: 'opened' }): void {
    const queue = this.#queueOf(partition)
    this.#events.partitionOpened(partition, head)
    queue.reopen(applied, results)
    for (const task of queue.tasks) this.#send(worker, { kind: 'task', partition, task })
    if (worker.partitions.every((p) => this.#queueOf(p).isOpen)) {
      this.#events.workerReady(worker.index, performance.now() - worker.startedAt)
    }
    this.#tellWaiting()
  }

  #tellWaiting(): void {
    for (const resolve of this.#opened.splice(0)) resolve()
  }

  #lost(worker: WorkerAt, reason: 'ended' | 'hung', message: string): void {
    worker.thread = null
    for (const partition of worker.partitions) this.#queueOf(partition).isOpen = false
    const died = worker.progress.read()
    if (died !== null) this.#queueOf(died.partition).blame(died.seq, died.record)
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
