import { VainoError } from '../../model/errors.ts'
import type { WorkerReport } from '../telemetry/worker-counters.ts'
import type { Progress } from '../threads/progress.ts'
import type { Fault, FromWorker, Hold, TaskResult, WorkerSettings } from './protocol.ts'
import { type NewTask, TaskQueue } from './task-queue.ts'
import { WorkerSlot } from './worker-slot.ts'

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

/** A hint for who is told of a failure; the worker tries to open the file as often. */
const retrySeconds = 1
/** Starts in a row that may fail before an opening is given up. */
const maxFailedStarts = 3
/** A stop waits so long for what is under way; what is not acknowledged by then was never promised. */
const maxDrainMs = 10_000

/**
 * Keeps every partition owned by a worker that answers. What isn't acknowledged stays here and is sent again to the next
 * owner, which knows from its file what was applied: nothing is lost, nothing is applied twice (invariant I11).
 */
export class Supervisor implements AsyncDisposable {
  readonly #events: SupervisorEvents
  readonly #hangMs: number
  readonly #queues: readonly TaskQueue[]
  readonly #slots: readonly WorkerSlot[]
  #closing = false

  /** @param hangMs a worker silent for this long is ended and replaced */
  constructor(settings: WorkerSettings, workers: number, hangMs: number, events: SupervisorEvents) {
    this.#events = events
    this.#hangMs = hangMs
    this.#queues = Array.from({ length: settings.partitions }, () => new TaskQueue())
    const n = Math.min(workers, settings.partitions)
    this.#slots = Array.from({ length: n }, (_, index) => {
      const partitions = this.#queues.map((_, p) => p).filter((p) => p % n === index)
      const slot: WorkerSlot = new WorkerSlot(index, partitions, settings, hangMs, {
        received: (message) => this.#receive(slot, message),
        lost: (reason, message, at) => this.#lost(slot, reason, message, at),
      })
      return slot
    })
  }

  get workerCount(): number {
    return this.#slots.length
  }

  /** Workers that own all of their partitions. */
  get ready(): number {
    return this.#slots.filter(({ partitions }) => partitions.every((p) => this.#queueOf(p).isOpen)).length
  }

  /** What keeps it from being ready, one line each. */
  get problems(): string[] {
    const closed = this.#queues.flatMap(({ isOpen, failure }, p) => {
      if (failure !== null) return [`partition ${p}: ${failure.message}`]
      return isOpen ? [] : [`partition ${p} has no worker yet`]
    })
    return [...this.#slots.flatMap(({ problems }) => problems), ...closed]
  }

  /**
   * Hands a task to its partition's owner. Resolves when the task has its place in line, with what settles when its
   * effects are committed and fsynced: who awaits the place before the next call keeps the order.
   * @throws VainoError why the partition's file can't be written at present; what was sent and not committed is rejected so too
   */
  async submit(partition: number, newTask: NewTask): Promise<{ readonly settled: Promise<TaskResult> }> {
    const queue = this.#queueOf(partition)
    const { task, settled } = await queue.add(newTask)
    if (queue.isOpen) this.#ownerOf(partition).send({ kind: 'task', partition, task })
    return { settled }
  }

  /** Makes a worker fail on purpose: at once, or it and all that take its place at records that hold a text. For tests of recovery. */
  injectFault(worker: number, fault: Fault, atText: string | null = null): void {
    const message = { kind: 'fault', fault, at: atText } as const
    if (atText === null) this.#slots[worker]?.send(message)
    else this.#slots[worker]?.injectLastingFault(message)
  }

  /**
   * Resolves once every partition is open.
   * @throws VainoError why a partition's file can't be written, or that a worker doesn't start; both go on being tried
   */
  async whenOpen(): Promise<void> {
    while (!this.#queues.every(({ isOpen, failure }) => isOpen || failure !== null)) {
      const stuck = this.#slots.find(({ failedStarts }) => failedStarts >= maxFailedStarts)
      if (stuck) throw doesNotStart(stuck)
      await new Promise<void>((resolve) => this.#opened.push(resolve))
    }
    const failed = this.#queues.find(({ failure }) => failure !== null)
    if (failed?.failure) throw failed.failure
  }
  #opened: (() => void)[] = []

  /** Finishes what is under way, closes the files and ends the workers. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    for (const queue of this.#queues) queue.close()
    const drained = Promise.all(this.#slots.map((slot) => slot.drain()))
    let deadline: ReturnType<typeof setTimeout> | undefined
    await Promise.race([
      drained,
      new Promise<void>((resolve) => (deadline = setTimeout(resolve, Math.min(this.#hangMs, maxDrainMs)))),
    ])
    clearTimeout(deadline)
    await Promise.all(this.#slots.map((slot) => slot[Symbol.asyncDispose]()))
    for (const queue of this.#queues) queue.abandon()
  }

  #queueOf(partition: number): TaskQueue {
    const queue = this.#queues[partition]
    if (queue) return queue
    throw new VainoError('internal', `there is no partition ${partition}`)
  }

  #ownerOf(partition: number): WorkerSlot {
    const slot = this.#slots[partition % this.#slots.length]
    if (slot) return slot
    throw new VainoError('internal', `partition ${partition} has no worker`)
  }

  #receive(slot: WorkerSlot, message: Exclude<FromWorker, { kind: 'alive' | 'drained' }>): void {
    switch (message.kind) {
      case 'opened':
        this.#onOpened(slot, message)
        return
      case 'committed':
        this.#events.committed(message.partition, message.head, message.holds, message.report)
        this.#queueOf(message.partition).acknowledge(message.results)
        return
      case 'failed':
        this.#onFailed(message)
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

  #onOpened(slot: WorkerSlot, { partition, applied, results, head }: FromWorker & { kind: 'opened' }): void {
    const queue = this.#queueOf(partition)
    this.#events.partitionOpened(partition, head)
    queue.reopen(applied, results)
    for (const task of queue.tasks) slot.send({ kind: 'task', partition, task })
    if (slot.partitions.every((p) => this.#queueOf(p).isOpen)) {
      this.#events.workerReady(slot.index, slot.started())
    }
    this.#tellWaiting()
  }

  #tellWaiting(): void {
    for (const resolve of this.#opened.splice(0)) resolve()
  }

  #lost(slot: WorkerSlot, reason: 'ended' | 'hung', message: string, at: ReturnType<Progress['read']>): void {
    for (const partition of slot.partitions) this.#queueOf(partition).isOpen = false
    if (at !== null) this.#queueOf(at.partition).blame(at.seq, at.record)
    if (this.#closing) return
    this.#events.workerLost(slot.index, reason, message)
    this.#tellWaiting()
  }
}

const doesNotStart = ({ index, howItFails }: WorkerSlot): VainoError =>
  new VainoError('internal', `worker ${index} ${howItFails}`, {
    hint: 'Where a module is missing, install anew (npm ci). Else report this with the lines logged before it.',
  })
