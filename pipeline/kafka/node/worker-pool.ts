import { VainoError } from '../../../model/errors.ts'
import type { Fault } from '../../embedded/protocol.ts'
import type { Answers, KafkaWorkerSettings, Request, WorkerFault } from './protocol.ts'
import { WorkerPlace } from './worker-place.ts'

export interface WorkerPoolOptions {
  readonly workers: number
  /** A worker that is silent for this long is ended and replaced. */
  readonly hangMs: number
  /** Is told when a worker ended by itself, or was ended because it hung. */
  lost(worker: number, reason: 'ended' | 'hung', message: string): void
}

/**
 * The worker threads of a Kafka node; partition `p` is worker `p mod n`'s. A worker that ends fails what it was asked, with
 * an error after which the partition is to be taken again, and is replaced.
 */
export class WorkerPool implements AsyncDisposable {
  readonly #places: readonly WorkerPlace[]

  constructor(settings: KafkaWorkerSettings, { workers, hangMs, lost }: WorkerPoolOptions) {
    this.#places = Array.from(
      { length: Math.min(workers, settings.partitions) },
      (_, index) => new WorkerPlace(index, settings, hangMs, (reason, message) => lost(index, reason, message)),
    )
  }

  get size(): number {
    return this.#places.length
  }

  /** Workers with which nothing is wrong. */
  get ready(): number {
    return this.#places.filter(({ problems }) => problems.length === 0).length
  }

  /** What is wrong with the workers, one line each. */
  get problems(): string[] {
    return this.#places.flatMap(({ problems }) => problems)
  }

  /**
   * Asks the worker of a partition. Requests of one partition are answered in their order.
   * @throws VainoError what the request failed with; {@link WorkerLost} when the worker ended before it answered
   */
  ask<R extends Request>(partition: number, request: R): Promise<Answers[R['kind']]> {
    const place = this.#places[partition % this.#places.length]
    if (place === undefined) throw new VainoError('internal', `partition ${partition} has no worker`)
    return place.ask(partition, request)
  }

  /** For tests of recovery: a worker fails at once, or it and all that take its place at records that hold a text. */
  injectFault(worker: number, fault: Fault, at: string | null = null, where: WorkerFault['where'] = 'input'): void {
    this.#places[worker]?.injectFault({ kind: 'fault', fault, at, where })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#places.map((place) => place[Symbol.asyncDispose]()))
  }
}
