import { parentPort, workerData } from 'node:worker_threads'
import { messageOf, VainoError } from '../../model/errors.ts'
import { collectGarbage, endThread } from '../../runtime/runtime.ts'
import { asStorageError, partitionPath } from '../../storage/data-dir.ts'
import { checkIsThere, checkRoom } from '../../storage/partition/file-checks.ts'
import { PartitionProcessor } from '../partition/partition-processor.ts'
import { watchHeap } from '../telemetry/heap-watch.ts'
import { fault, trapAt } from '../threads/faults.ts'
import { Progress } from '../threads/progress.ts'
import type { FromWorker, Task, TaskResult, ToWorker, WorkerStart } from './protocol.ts'

/**
 * A worker thread: the sole owner of some partitions. It takes tasks as messages, groups what is queued for a partition
 * into one transaction, and answers after the commit. It never waits inside a partition, so its queues are bounded by
 * what its main thread lets be under way.
 */
if (parentPort === null) throw new Error('worker.ts runs as a worker thread')
const port = parentPort
const { settings, progress: progressBuffer } = workerData as WorkerStart
const progress = new Progress(progressBuffer)
const owner = `${settings.session}:${Math.random().toString(36).slice(2)}`

interface Owned {
  processor: PartitionProcessor | null
  /** The disk was full when it was last written to. */
  wasFull: boolean
  readonly queue: Task[]
  /** The sequence number that comes next: what comes out of turn was sent before the main thread knew of a reopening, and will be sent again. */
  nextSeq: number
}

/** Wait before a transaction that didn't go through is tried again. */
const retryMs = 1_000
const expiryEveryMs = 5_000

const heap = watchHeap()
const owned = new Map<number, Owned>()
let pumping = false
let draining = false
let trap: ((bytes: Uint8Array) => void) | null = null

const post = (message: FromWorker): void => port.postMessage(message)

function open(partition: number): void {
  const at = owned.get(partition) ?? { processor: null, wasFull: false, queue: [], nextSeq: 0 }
  owned.set(partition, at)
  try {
    if (!settings.isNew) checkIsThere(partitionPath(settings.dataDir, partition))
    if (at.wasFull) checkRoom(settings.dataDir, partition)
    at.processor = new PartitionProcessor(settings, partition, owner, progress)
    if (trap !== null) at.processor.onRecords = trap
    const { applied, results, head } = at.processor
    at.nextSeq = applied + 1
    at.wasFull = false
    post({ kind: 'opened', partition, applied, results, head })
  } catch (error) {
    failed(partition, at, error)
  }
}

/** A failed transaction leaves the processor ahead of its file: it is closed, and opened anew when there is hope. */
function failed(partition: number, at: Owned, thrown: unknown): void {
  at.processor?.[Symbol.dispose]()
  at.processor = null
  const error = storageErrorOf(thrown, partition)
  if (error === null) throw thrown
  progress.end()
  const { code, message, hint, canRetry } = error
  at.wasFull = code === 'storage_full'
  post({ kind: 'failed', partition, code, message, hint, canRetry })
  // The main thread tells the senders, who send again.
  at.queue.length = 0
  if (canRetry) setTimeout(() => open(partition), retryMs)
}

/** Only the disk's trouble is waited out; anything else is a defect, and ends this worker so that a new one starts clean. */
function storageErrorOf(thrown: unknown, partition: number): VainoError | null {
  if (thrown instanceof VainoError && thrown.code.startsWith('storage')) return thrown
  const isFiles = /sqlite|disk|database|ENOSPC|EDQUOT|EACCES|EROFS|ENOENT|readonly|unable to open/i.test(
    messageOf(thrown),
  )
  return isFiles ? asStorageError(thrown, partitionPath(settings.dataDir, partition)) : null
}

function schedule(): void {
  if (pumping) return
  pumping = true
  setImmediate(pump)
}

/** One transaction for each partition that has something queued, then back to the messages. */
function pump(): void {
  pumping = false
  let more = false
  for (const [partition, at] of owned) {
    if (at.processor === null || at.queue.length === 0) continue
    const tasks = takeGroup(at.queue)
    const startedAt = performance.now()
    let results: TaskResult[]
    try {
      results = at.processor.apply(tasks)
    } catch (error) {
      failed(partition, at, error)
      continue
    }
    at.processor.counters.busyMs += performance.now() - startedAt
    tell(partition, at.processor, results)
    if (tasks.some(isLarge)) collectGarbage(true)
    more ||= at.queue.length > 0
  }
  if (more) schedule()
  else if (draining) finish()
}

function tell(partition: number, processor: PartitionProcessor, results: readonly TaskResult[]): void {
  const { counters, head } = processor
  heap.addTo(counters)
  post({ kind: 'committed', partition, results, head, holds: processor.takeHolds(), report: counters })
  processor.resetCounters()
}

/** Parsed, compared and bound, a record of 20 MB takes 300 MB for a moment; the next one must not come on top of that. */
const isLarge = (task: Task): boolean => task.kind === 'records' && task.bytes.byteLength > 4 * 1024 * 1024

/** As many queued tasks as one transaction should hold: a group commit shares its fsync. */
function takeGroup(queue: Task[]): Task[] {
  let bytes = 0
  let n = 0
  while (n < queue.length && (n === 0 || bytes < settings.transactionBytes)) {
    const task = queue[n++]
    if (task?.kind === 'records') bytes += task.bytes.byteLength
  }
  return queue.splice(0, n)
}

function expire(): void {
  if (draining) return
  let more = false
  for (const [partition, at] of owned) {
    if (at.processor === null) continue
    try {
      more = at.processor.expire() || more
      if (at.processor.counters.expired > 0) tell(partition, at.processor, [])
    } catch (error) {
      failed(partition, at, error)
    }
  }
  if (more) setImmediate(expire)
  else expiry = setTimeout(expire, expiryEveryMs)
}

function finish(): void {
  for (const { processor } of owned.values()) processor?.[Symbol.dispose]()
  owned.clear()
  post({ kind: 'drained' })
  heap[Symbol.dispose]()
  clearInterval(heartbeat)
  clearTimeout(expiry)
  endThread(port)
}

const heartbeat = setInterval(() => post({ kind: 'alive' }), settings.heartbeatMs)
let expiry = setTimeout(expire, expiryEveryMs)

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'open':
      return open(message.partition)
    case 'task': {
      const at = owned.get(message.partition)
      if (!at?.processor || message.task.seq !== at.nextSeq) return
      at.nextSeq++
      at.queue.push(message.task)
      return schedule()
    }
    case 'drain':
      draining = true
      return schedule()
    case 'fault':
      if (message.at === null) return fault(message.fault)
      trap = trapAt(message.fault, message.at)
      for (const { processor } of owned.values()) if (processor) processor.onRecords = trap
  }
})
