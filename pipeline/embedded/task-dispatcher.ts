import type { ComparisonTable } from '../../model/comparison-tables.ts'
import { VainoError } from '../../model/errors.ts'
import { carried } from '../../runtime/carried.ts'
import type { TaskResult } from '../partition/task.ts'
import type { WorkerDeath } from '../threads/progress.ts'
import type { Commit, WorkerFault } from '../threads/protocol.ts'
import { WorkerLost } from '../threads/worker-lost.ts'
import { WorkerPool } from '../threads/worker-pool.ts'
import type { WorkerSettings } from '../threads/worker-settings.ts'
import type { EmbeddedAnswers, EmbeddedRequest } from './requests.ts'
import { type NewTask, TaskQueue } from './task-queue.ts'

export interface DispatcherEvents {
  /** After each commit, before its tasks are acknowledged. */
  committed(commit: Commit): void
  /** All partitions of a worker are open, `ms` after the worker was started. */
  workerReady(worker: number, ms: number): void
  /** A worker ended by itself, or was ended because it hung; a new one is started. */
  workerLost(worker: number, reason: 'ended' | 'hung', message: string): void
  /** A partition is open; `head` is its last change. */
  partitionOpened(partition: number, head: number): void
  /** A partition's file can't be used from now on; it is opened again every second where a retry can help. */
  partitionFailed(partition: number, error: VainoError): void
}

/** How often a file that could not be used is opened again, and the hint to senders. */
const retrySeconds = 1
/** Starts in a row that may fail before the opening of an engine is given up. */
const maxFailedStarts = 3

/**
 * Sends each partition's tasks to the worker that owns it. A task stays here until it is acknowledged, and is sent again to
 * the worker that replaces a lost one, whose file says what was applied: nothing is lost, nothing is applied twice
 * (invariant I11).
 */
export class TaskDispatcher implements AsyncDisposable {
  readonly #events: DispatcherEvents
  readonly #queues: readonly TaskQueue[]
  readonly #workers: WorkerPool<EmbeddedRequest, EmbeddedAnswers>
  /** By partition: timers that open a file again. */
  readonly #retries = new Map<number, ReturnType<typeof setTimeout>>()
  #whenChanged = Promise.withResolvers<void>()

  /** @param hangMs a worker silent for this long is ended and replaced */
  constructor(settings: WorkerSettings, workers: number, hangMs: number, events: DispatcherEvents) {
    const { partitions } = settings
    this.#events = events
    this.#queues = Array.from({ length: partitions }, () => new TaskQueue())
    const entry = carried?.workers.embedded ?? new URL('./worker.ts', import.meta.url)
    this.#workers = new WorkerPool(
      { entry, settings, workers, partitions, hangMs, bounded: new Set(['apply']) },
      {
        started: (worker) => {
          for (const partition of this.#partitionsOf(worker)) this.#open(partition)
        },
        committed: events.committed,
        failed: (partition, error) => this.#failed(partition, error),
        lost: (worker, reason, message, death) => this.#lost(worker, reason, message, death),
      },
    )
    this.#workers.start()
  }

  get size(): number {
    return this.#workers.size
  }

  /** Workers whose partitions are all open. */
  get ready(): number {
    return this.#workers.threads.filter(({ index }) => this.#isReady(index)).length
  }

  /** What keeps it from being ready, one line each. */
  get problems(): string[] {
    const closed = this.#queues.flatMap(({ isOpen, failure }, p) => {
      if (failure !== null) return [`partition ${p}: ${failure.message}`]
      return isOpen ? [] : [`partition ${p} has no worker yet`]
    })
    return [...this.#workers.problems, ...closed]
  }

  /**
   * Sends a task to its partition. Resolves when the task has its number, with what settles when its effects are committed
   * and fsynced: a sender that awaits this before its next call keeps the order.
   * @throws VainoError why the partition's file can't be written at present; what was sent and not committed is rejected so too
   */
  async submit(partition: number, newTask: NewTask): Promise<{ readonly settled: Promise<TaskResult> }> {
    const queue = this.#queueOf(partition)
    const { task, settled } = await queue.add(newTask)
    if (queue.isOpen) this.#send(partition, queue, task)
    return { settled }
  }

  /** @see WorkerPool.compareBy */
  compareBy(tables: readonly ComparisonTable[]): void {
    this.#workers.compareBy(tables)
  }

  /** For tests of recovery. */
  injectFault(worker: number, fault: Omit<WorkerFault, 'kind'>): void {
    this.#workers.injectFault(worker, fault)
  }

  /**
   * Resolves when every partition is open.
   * @throws VainoError why a partition's file can't be written, or that a worker doesn't start
   */
  async whenOpen(): Promise<void> {
    while (!this.#queues.every(({ isOpen, failure }) => isOpen || failure !== null)) {
      const stuck = this.#workers.threads.find(({ failedStarts }) => failedStarts >= maxFailedStarts)
      if (stuck !== undefined) throw doesNotStart(stuck.problems)
      await this.#whenChanged.promise
    }
    const failed = this.#queues.find(({ failure }) => failure !== null)
    if (failed?.failure) throw failed.failure
  }

  /** Finishes what is under way, closes the files and ends the workers. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#retries.values()) clearTimeout(timer)
    for (const queue of this.#queues) queue.close()
    await this.#workers[Symbol.asyncDispose]()
    for (const queue of this.#queues) queue.abandon()
  }

  #queueOf(partition: number): TaskQueue {
    const queue = this.#queues[partition]
    if (queue) return queue
    throw new VainoError('internal', `there is no partition ${partition}`)
  }

  #partitionsOf(worker: number): number[] {
    return this.#queues.map((_, p) => p).filter((p) => p % this.#workers.size === worker)
  }

  #isReady(worker: number): boolean {
    return this.#partitionsOf(worker).every((p) => this.#queueOf(p).isOpen)
  }

  #send(partition: number, queue: TaskQueue, task: TaskQueue['tasks'][number]): void {
    this.#workers.ask(partition, { kind: 'apply', task }).then(
      (result) => queue.acknowledge(result),
      (error: unknown) => this.#unanswered(partition, error),
    )
  }

  /** What a lost worker did not answer is sent again when the next one has the partition open. */
  #unanswered(partition: number, error: unknown): void {
    if (!(error instanceof VainoError)) throw error
    if (!(error instanceof WorkerLost) && error.code !== 'busy') this.#failed(partition, error)
  }

  #failed(partition: number, error: VainoError): void {
    // One failure closes the file, and all that was sent to it fails with it.
    if (this.#queueOf(partition).isOpen) this.#close(partition, error)
  }

  #open(partition: number): void {
    this.#workers.ask(partition, { kind: 'open' }).then(
      (opened) => this.#opened(partition, opened),
      (error: unknown) => {
        if (!(error instanceof VainoError)) throw error
        if (!(error instanceof WorkerLost) && error.code !== 'busy') this.#close(partition, error)
      },
    )
  }

  #close(partition: number, { code, message, hint, canRetry }: VainoError): void {
    const queue = this.#queueOf(partition)
    const isNew = queue.failure === null
    const failure = new VainoError(code, message, { retryAfterSeconds: retrySeconds, ...(hint && { hint }) })
    if (isNew) this.#events.partitionFailed(partition, failure)
    queue.fail(failure)
    if (canRetry)
      this.#retries.set(
        partition,
        setTimeout(() => this.#open(partition), retrySeconds * 1000),
      )
    this.#changed()
  }

  #opened(partition: number, { applied, results, head }: EmbeddedAnswers['open']): void {
    const queue = this.#queueOf(partition)
    this.#events.partitionOpened(partition, head)
    queue.reopen(applied, results)
    for (const task of queue.tasks) this.#send(partition, queue, task)
    const worker = partition % this.#workers.size
    if (this.#isReady(worker)) this.#events.workerReady(worker, this.#workers.threads[worker]?.ageMs ?? 0)
    this.#changed()
  }

  #lost(worker: number, reason: 'ended' | 'hung', message: string, death: WorkerDeath | null): void {
    for (const partition of this.#partitionsOf(worker)) {
      this.#queueOf(partition).isOpen = false
      clearTimeout(this.#retries.get(partition))
    }
    if (death !== null) this.#queueOf(death.partition).blame(death.offset, death.record)
    this.#events.workerLost(worker, reason, message)
    this.#changed()
  }

  #changed(): void {
    this.#whenChanged.resolve()
    this.#whenChanged = Promise.withResolvers()
  }
}

const doesNotStart = (problems: readonly string[]): VainoError =>
  new VainoError('internal', problems.join('; '), {
    hint: 'Where a module is missing, install anew (npm ci). Else report this with the lines logged before it.',
  })
