import { Worker } from 'node:worker_threads'
import { VainoError } from '../../model/errors.ts'
import type { Answered, Answers, Asked, KafkaWorkerSettings, Request } from './protocol.ts'

interface Pending {
  readonly partition: number
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

interface Thread {
  readonly worker: Worker
  readonly pending: Map<number, Pending>
}

/**
 * The worker threads of a Kafka node; partition `p` is worker `p mod n`'s. A worker that ends fails what it was asked, with
 * an error after which the partition is to be taken again, and is replaced when it is next asked.
 */
export class WorkerPool implements AsyncDisposable {
  readonly #settings: KafkaWorkerSettings
  readonly #threads: (Thread | null)[]
  readonly #lost: (worker: number, message: string) => void
  #nextId = 1
  #closing = false

  /** @param lost is told when a worker ended by itself */
  constructor(settings: KafkaWorkerSettings, workers: number, lost: (worker: number, message: string) => void) {
    this.#settings = settings
    this.#threads = new Array(Math.min(workers, settings.partitions)).fill(null)
    this.#lost = lost
  }

  get size(): number {
    return this.#threads.length
  }

  /** Asks the worker of a partition. Requests of one partition are answered in their order. @throws VainoError */
  async ask<R extends Request>(partition: number, request: R): Promise<Answers[R['kind']]> {
    if (this.#closing) throw new VainoError('busy', 'vaino is stopping')
    const thread = this.#threadOf(partition)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      thread.pending.set(id, { partition, resolve, reject })
      thread.worker.postMessage({ id, partition, request } satisfies Asked)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    await Promise.all(this.#threads.map((thread) => thread?.worker.terminate()))
  }

  #threadOf(partition: number): Thread {
    const index = partition % this.#threads.length
    const found = this.#threads[index]
    if (found) return found
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: this.#settings })
    const thread: Thread = { worker, pending: new Map() }
    this.#threads[index] = thread
    let reason = 'exited'
    worker.on('message', (answered: Answered) => this.#settle(thread, answered))
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error)
    })
    worker.on('exit', () => {
      this.#threads[index] = null
      for (const { reject } of thread.pending.values()) {
        reject(new VainoError('not_ready', `worker ${index} ended: ${reason}`))
      }
      thread.pending.clear()
      if (!this.#closing) this.#lost(index, reason)
    })
    return thread
  }

  #settle(thread: Thread, answered: Answered): void {
    const pending = thread.pending.get(answered.id)
    if (!pending) return
    thread.pending.delete(answered.id)
    if ('value' in answered) pending.resolve(answered.value as never)
    else pending.reject(new VainoError(answered.failure.code, answered.failure.message))
  }
}
