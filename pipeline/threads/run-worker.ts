import { parentPort, workerData } from 'node:worker_threads'
import { extendComparison } from '../../model/array-identity.ts'
import type { VainoError } from '../../model/errors.ts'
import { endThread } from '../../runtime/runtime.ts'
import { watchHeap } from '../telemetry/heap-watch.ts'
import { packReport, type WorkerCounters } from '../telemetry/worker-counters.ts'
import { fault, trapAt } from './faults.ts'
import { Progress } from './progress.ts'
import type {
  Answered,
  Asked,
  Commit,
  Failure,
  FromWorker,
  Request,
  ToWorker,
  WorkerFault,
  WorkerStart,
} from './protocol.ts'

/** What a worker thread does for its engine: the partitions whose files it has open. */
export interface WorkerPartitions<R extends Request> {
  /** Does what is asked, and answers through the {@link WorkerSide} at once or later. A defect is thrown and ends the worker. */
  take(asked: Asked<R>): void
  /** One step of retention in each file. @returns whether another step would drop more */
  expire(): boolean
  /** For tests of recovery: calls `look` with each record before it is processed. */
  trap(look: (bytes: Uint8Array) => void, where: WorkerFault['where']): void
  /** Finishes what is queued, answers it and closes the files. */
  finish(): void
}

/** How a worker's partitions reach the main thread. */
export interface WorkerSide {
  readonly progress: Progress
  /**
   * @param commit the transaction that the answers stand for, if they stand for one
   * @param transfer memory that moves with the answers, because nothing here uses it any more
   */
  answer(answers: readonly Answered[], commit?: CommitHere, transfer?: ArrayBuffer[]): void
  /** Reports that a partition's file can't be used, while no request for it is open. */
  failed(partition: number, error: VainoError): void
}

/** {@link Commit} with the counters as this thread has them. */
export interface CommitHere extends Omit<Commit, 'report'> {
  readonly report: WorkerCounters
}

const expireEveryMs = 5_000

export const failureOf = ({ code, message, hint }: VainoError): Failure => ({ code, message, hint })

/** Runs a worker thread: takes requests as messages until the `drain` message. */
export function runWorker<Settings, R extends Request>(
  open: (settings: Settings, worker: WorkerSide) => WorkerPartitions<R>,
): void {
  if (parentPort === null) throw new Error('this module runs as a worker thread')
  const port = parentPort
  const { settings, progress: buffer, heartbeatMs, comparison } = workerData as WorkerStart<Settings>
  extendComparison(comparison)
  const progress = new Progress(buffer)
  const heap = watchHeap()
  const post = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)
  const partitions = open(settings, {
    progress,
    answer(answers, commit, transfer) {
      if (commit === undefined) {
        post({ kind: 'answered', answers, commit: null }, transfer)
        return
      }
      const { report: counters, ...rest } = commit
      heap.addTo(counters)
      post({ kind: 'answered', answers, commit: { ...rest, report: packReport(counters) } }, transfer)
    },
    failed: (partition, error) => post({ kind: 'failed', partition, failure: failureOf(error) }),
  })

  const heartbeat = setInterval(() => progress.beat(), heartbeatMs)
  let isFinished = false
  let expiry = setTimeout(expire, expireEveryMs)
  function expire(): void {
    if (isFinished) return
    if (partitions.expire()) setImmediate(expire)
    else expiry = setTimeout(expire, expireEveryMs)
  }

  function finish(): void {
    isFinished = true
    clearInterval(heartbeat)
    clearTimeout(expiry)
    partitions.finish()
    heap[Symbol.dispose]()
    post({ kind: 'drained' })
    endThread(port)
  }

  port.on('message', (message: ToWorker<R>) => {
    if (message.kind === 'request') partitions.take(message)
    else if (message.kind === 'drain') finish()
    else if (message.kind === 'compare') extendComparison(message.tables)
    else if (message.at === null) fault(message.fault)
    else partitions.trap(trapAt(message.fault, message.at), message.where)
  })
}
