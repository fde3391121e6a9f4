import { parentPort, workerData } from 'node:worker_threads'
import { decodePiece, type LogChunk } from '../../../connectors/kafka/kafka.ts'
import { offsetBehind } from '../../../connectors/kafka/record-batch.ts'
import { messageOf, VainoError } from '../../../model/errors.ts'
import { asStorageError } from '../../../storage/data-dir.ts'
import { SteadyClock } from '../../partition/steady-clock.ts'
import { watchHeap } from '../../telemetry/heap-watch.ts'
import { fault, trapAt } from '../../threads/faults.ts'
import { Progress } from '../../threads/progress.ts'
import { CrashJournal, crashJournalPath } from '../input/crash-journal.ts'
import { Outbox } from '../owner/outbox.ts'
import { PartitionOwner } from '../owner/partition-owner.ts'
import { PartitionReplica } from '../replica/partition-replica.ts'
import type { Answered, Answers, Asked, KafkaWorkerStart, Request, WorkerFault } from './protocol.ts'

/**
 * A worker thread of a Kafka node: has the files of some partitions open, as replicas of what other nodes do or as their
 * owner, and does what it is asked, one thing after another.
 */
if (parentPort === null) throw new Error('worker.ts runs as a worker thread')
const port = parentPort
const { settings, progress: progressBuffer } = workerData as KafkaWorkerStart
const progress = new Progress(progressBuffer)
const owner = `${settings.session}:${Math.random().toString(36).slice(2)}`
const heap = watchHeap()
/** Of all partitions: one of them is worked on at a time. */
const outbox = new Outbox(settings.messages.maxBatchBytes)
const expireEveryMs = 5_000

type Open =
  | { readonly as: 'replica'; readonly file: PartitionReplica }
  | { readonly as: 'owner'; readonly file: PartitionOwner }
const files = new Map<number, Open>()
/** Of partitions that are followed; an owner has its own. */
const recorders = new Map<number, CrashJournal>()
let trap: ((bytes: Uint8Array) => void) | null = null
let trapFollowed: ((chunk: LogChunk) => void) | null = null

function close(partition: number): void {
  files.get(partition)?.file[Symbol.dispose]()
  files.delete(partition)
  recorders.get(partition)?.[Symbol.dispose]()
  recorders.delete(partition)
}

function replicaOf(partition: number): PartitionReplica {
  const open = files.get(partition)
  if (open?.as === 'replica') return open.file
  close(partition)
  const file = new PartitionReplica(settings, partition, owner)
  files.set(partition, { as: 'replica', file })
  return file
}

function replicate(partition: number, { topic, chunk, isRebuild }: Extract<Request, { kind: 'replicate' }>) {
  const recorder = recorders.get(partition) ?? new CrashJournal(crashJournalPath(settings.dataDir, partition))
  recorders.set(partition, recorder)
  progress.beginTask(partition, chunk.from)
  recorder.begin(topic, chunk.from, offsetBehind(chunk.bytes, chunk.from))
  try {
    trapFollowed?.(chunk)
    return (isRebuild ? rebuildOf : replicaOf)(partition).take(topic, chunk)
  } finally {
    recorder.end()
  }
}

function ownerOf(partition: number): PartitionOwner {
  const open = files.get(partition)
  if (open?.as === 'owner') return open.file
  throw new VainoError('not_ready', `partition ${partition} is not owned here`)
}

function answer(partition: number, request: Request): Answers[keyof Answers] {
  switch (request.kind) {
    case 'follow': {
      const open = files.get(partition)
      // What ended in the middle is undone.
      if (open?.as === 'replica' && open.file.isRebuilding) close(partition)
      return replicaOf(partition).position
    }
    case 'replicate':
      return replicate(partition, request)
    case 'begin_rebuild':
      replicaOf(partition).beginRebuild()
      return {}
    case 'end_rebuild': {
      const replica = rebuildOf(partition)
      replica.endRebuild()
      return replica.position
    }
    case 'own': {
      close(partition)
      const file = new PartitionOwner(settings, partition, owner, { progress, outbox })
      if (trap !== null) file.onRecords = trap
      files.set(partition, { as: 'owner', file })
      return file.begin(request.committed)
    }
    case 'remember':
      return ownerOf(partition).remember(request.chunk, request.until, request.isolation)
    case 'remembered':
      ownerOf(partition).remembered(request.next, request.lost)
      return {}
    case 'prepare':
      return ownerOf(partition).prepare(request.chunk, request.isolation)
    case 'commit': {
      const file = ownerOf(partition)
      const committed = file.commit()
      heap.addTo(committed.report as Parameters<typeof heap.addTo>[0])
      return committed
    }
    case 'close':
      close(partition)
      return {}
  }
}

/** One step of retention in each file that is not in the middle of something. */
const clock = new SteadyClock()

function expire(): void {
  let more = false
  for (const [partition, { file }] of files) {
    try {
      more = file.expire(clock.retentionNowMs(settings.retention.ageMs), settings.retention) || more
    } catch (error) {
      close(partition)
      // Whoever asks for the file next meets what is wrong with it, and tells.
      if (!isOfStorage(error)) throw error
    }
  }
  if (more) setImmediate(expire)
  else setTimeout(expire, expireEveryMs)
}

function rebuildOf(partition: number): PartitionReplica {
  const replica = replicaOf(partition)
  if (replica.isRebuilding) return replica
  throw new VainoError('not_ready', 'the file was opened anew while it was being rebuilt')
}

const isOfStorage = (thrown: unknown): boolean =>
  thrown instanceof VainoError || /sqlite|disk|database/i.test(messageOf(thrown))

function failureOf(thrown: unknown) {
  const error = thrown instanceof VainoError ? thrown : asStorageError(thrown, `the data directory ${settings.dataDir}`)
  return { code: error.code, message: error.message }
}

port.on('message', (message: Asked | WorkerFault) => {
  if ('request' in message) return reply(message)
  if (message.at === null) return fault(message.fault)
  const found = trapAt(message.fault, message.at)
  if (message.where === 'followed') {
    trapFollowed = (chunk) => {
      const { records } = decodePiece(chunk, settings.transactionBytes)
      for (const { value } of records) if (value !== null) found(value)
    }
    return
  }
  trap = found
  for (const { as, file } of files.values()) if (as === 'owner') file.onRecords = trap
})

function reply({ id, partition, request }: Asked): void {
  let answered: Answered
  try {
    answered = { id, value: answer(partition, request) }
  } catch (error) {
    // A defect ends this worker, so that a new one starts clean and knows of what it was.
    if (!isOfStorage(error)) throw error
    // After a failed transaction the owner's memory may be ahead of its file.
    close(partition)
    answered = { id, failure: failureOf(error) }
  }
  progress.end()
  port.postMessage(answered, 'value' in answered ? given(answered.value) : [])
  const open = files.get(partition)
  if (request.kind === 'commit' && open?.as === 'owner') open.file.resetCounters()
}

/** Memory that goes along with an answer, since nobody needs it here: what a large transaction tells would be there twice. */
const given = (value: Answers[keyof Answers]): ArrayBuffer[] =>
  ('batches' in value ? value.batches : []).flatMap(({ batch: { bytes } }) => {
    const { buffer } = bytes
    // Small buffers may lie in one memory.
    return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength ? [buffer] : []
  })

setTimeout(expire, expireEveryMs)
