import { extendComparison } from '../../model/array-identity.ts'
import type { ComparisonTable } from '../../model/comparison-tables.ts'
import { VainoError } from '../../model/errors.ts'
import type { Request, WorkerFault } from './protocol.ts'
import { WorkerThread } from './worker-thread.ts'
import type { WorkerThreadEvents, WorkerThreadOptions } from './worker-thread-options.ts'

export interface WorkerPoolOptions extends Omit<WorkerThreadOptions, 'index'> {
  readonly workers: number
  readonly partitions: number
}

/** The worker threads of an engine; partition `p` belongs to worker `p mod n`. */
export class WorkerPool<R extends Request, A extends Record<R['kind'], unknown>> implements AsyncDisposable {
  readonly threads: readonly WorkerThread<R, A>[]

  constructor({ workers, partitions, ...options }: WorkerPoolOptions, events: WorkerThreadEvents) {
    this.threads = Array.from(
      { length: Math.min(workers, partitions) },
      (_, index) => new WorkerThread<R, A>({ ...options, index }, events),
    )
  }

  start(): void {
    for (const thread of this.threads) thread.start()
  }

  get size(): number {
    return this.threads.length
  }

  /** Workers without a problem. */
  get ready(): number {
    return this.threads.filter(({ problems }) => problems.length === 0).length
  }

  /** What is wrong with the workers, one line each. */
  get problems(): string[] {
    return this.threads.flatMap(({ problems }) => problems)
  }

  /** @see WorkerThread.ask */
  ask<Q extends R>(partition: number, request: Q): Promise<A[Q['kind'] & keyof A]> {
    return this.#ownerOf(partition).ask(partition, request)
  }

  /** Compares by these tables too, in this thread and in all workers, those that are started later included. */
  compareBy(tables: readonly ComparisonTable[]): void {
    extendComparison(tables)
    for (const thread of this.threads) thread.post({ kind: 'compare', tables })
  }

  /** For tests of recovery. */
  injectFault(worker: number, fault: Omit<WorkerFault, 'kind'>): void {
    this.threads[worker]?.injectFault({ kind: 'fault', ...fault })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread[Symbol.asyncDispose]()))
  }

  #ownerOf(partition: number): WorkerThread<R, A> {
    const thread = this.threads[partition % this.threads.length]
    if (thread === undefined) throw new VainoError('internal', `partition ${partition} has no worker`)
    return thread
  }
}
