import { VainoError } from '../../model/errors.ts'
import { collectGarbage } from '../../runtime/runtime.ts'
import { partitionPath } from '../../storage/data-dir.ts'
import { checkIsThere, checkRoom } from '../../storage/partition/file-checks.ts'
import { storageErrorOf } from '../../storage/storage-error.ts'
import { PartitionProcessor } from '../partition/partition-processor.ts'
import type { Task } from '../partition/task.ts'
import type { Asked } from '../threads/protocol.ts'
import { failureOf, type WorkerPartitions, type WorkerSide } from '../threads/run-worker.ts'
import type { WorkerSettings } from '../threads/worker-settings.ts'
import type { EmbeddedAnswers, EmbeddedRequest } from './requests.ts'

interface Queued {
  readonly id: number
  readonly task: Task
}

interface Owned {
  processor: PartitionProcessor | null
  /** The disk was full at the last write. */
  wasFull: boolean
  /** At most `maxTasksUnderWay` tasks, because the main thread sends no more. */
  readonly queue: Queued[]
}

/** Garbage is collected after a larger transaction: a record of 20 MB takes 300 MB for a moment when it is parsed, compared and bound. */
const largeBytes = 4 * 1024 * 1024

/**
 * The partitions of an embedded worker, which owns them alone. What is queued for a partition is one transaction with one
 * fsync; its tasks are answered after the commit.
 */
export class EmbeddedPartitions implements WorkerPartitions<EmbeddedRequest> {
  readonly #settings: WorkerSettings
  readonly #worker: WorkerSide
  readonly #owner: string
  readonly #owned = new Map<number, Owned>()
  #isScheduled = false
  #look: ((bytes: Uint8Array) => void) | null = null

  constructor(settings: WorkerSettings, worker: WorkerSide) {
    this.#settings = settings
    this.#worker = worker
    this.#owner = `${settings.session}:${Math.random().toString(36).slice(2)}`
  }

  take({ id, partition, request }: Asked<EmbeddedRequest>): void {
    if (request.kind === 'open') {
      this.#open(id, partition)
      return
    }
    const at = this.#owned.get(partition)
    if (!at?.processor) {
      // The main thread learns of it with the failure that closed the file, and sends the task again when it is open.
      const failure = failureOf(new VainoError('not_ready', `partition ${partition} is not open`))
      this.#worker.answer([{ id, failure }])
      return
    }
    at.queue.push({ id, task: request.task })
    this.#schedule()
  }

  expire(): boolean {
    let hasMore = false
    for (const [partition, at] of this.#owned) {
      if (at.processor === null) continue
      try {
        hasMore = at.processor.expire() || hasMore
        if (at.processor.counters.expired > 0) this.#committed(partition, at.processor, [])
      } catch (error) {
        this.#worker.failed(partition, this.#close(partition, at, error))
      }
    }
    return hasMore
  }

  trap(look: (bytes: Uint8Array) => void): void {
    this.#look = look
    for (const { processor } of this.#owned.values()) if (processor) processor.onRecords = look
  }

  finish(): void {
    while (this.#applyQueued());
    for (const { processor } of this.#owned.values()) processor?.[Symbol.dispose]()
    this.#owned.clear()
  }

  #open(id: number, partition: number): void {
    const at = this.#owned.get(partition) ?? { processor: null, wasFull: false, queue: [] }
    this.#owned.set(partition, at)
    const { dataDir, isNew } = this.#settings
    try {
      if (!isNew) checkIsThere(partitionPath(dataDir, partition))
      if (at.wasFull) checkRoom(dataDir, partition)
      at.processor = new PartitionProcessor(this.#settings, partition, this.#owner, this.#worker.progress)
    } catch (error) {
      this.#worker.answer([{ id, failure: failureOf(this.#close(partition, at, error)) }])
      return
    }
    if (this.#look !== null) at.processor.onRecords = this.#look
    at.wasFull = false
    const { applied, results, head } = at.processor
    this.#worker.answer([{ id, value: { applied, results, head } satisfies EmbeddedAnswers['open'] }])
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      if (this.#applyQueued()) this.#schedule()
    })
  }

  /** One transaction for each partition that has something queued. @returns whether more is queued */
  #applyQueued(): boolean {
    let hasMore = false
    for (const [partition, at] of this.#owned) {
      if (at.processor === null || at.queue.length === 0) continue
      this.#applyGroup(partition, at, at.processor)
      hasMore ||= at.queue.length > 0
    }
    return hasMore
  }

  #applyGroup(partition: number, at: Owned, processor: PartitionProcessor): void {
    const group = takeGroup(at.queue, this.#settings.transactionBytes)
    const startedAt = performance.now()
    let results: EmbeddedAnswers['apply'][]
    try {
      results = processor.apply(group.map(({ task }) => task))
    } catch (error) {
      const failure = failureOf(this.#close(partition, at, error))
      const unanswered = [...group, ...at.queue.splice(0)]
      this.#worker.answer(unanswered.map(({ id }) => ({ id, failure })))
      return
    }
    processor.counters.busyMs += performance.now() - startedAt
    const answers = results.map((value, index) => ({ id: group[index]?.id ?? 0, value }))
    this.#committed(partition, processor, answers)
    if (group.some(({ task }) => task.kind === 'records' && task.bytes.byteLength > largeBytes)) collectGarbage(true)
  }

  #committed(partition: number, processor: PartitionProcessor, answers: Parameters<WorkerSide['answer']>[0]): void {
    const { counters, head } = processor
    this.#worker.answer(answers, {
      partition,
      head,
      holds: processor.takeHolds(),
      rows: processor.takeRows(),
      report: counters,
    })
    processor.resetCounters()
  }

  /**
   * Closes a file after a failed transaction, because the processor's memory may be ahead of it.
   * @returns the storage's error; any other is a defect and thrown, which ends this worker so that a new one starts clean
   */
  #close(partition: number, at: Owned, thrown: unknown): VainoError {
    at.processor?.[Symbol.dispose]()
    at.processor = null
    const error = storageErrorOf(thrown, partitionPath(this.#settings.dataDir, partition))
    if (error === null) throw thrown
    this.#worker.progress.endTask()
    at.wasFull = error.code === 'storage_full'
    return error
  }
}

/** The queued tasks that share the next transaction: at least one, and no more than fit its bytes. */
function takeGroup(queue: Queued[], transactionBytes: number): Queued[] {
  let bytes = 0
  let n = 0
  while (n < queue.length && (n === 0 || bytes < transactionBytes)) {
    const task = queue[n++]?.task
    if (task?.kind === 'records') bytes += task.bytes.byteLength
  }
  return queue.splice(0, n)
}
