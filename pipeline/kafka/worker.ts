import { parentPort, workerData } from 'node:worker_threads'
import { messageOf, VainoError } from '../../model/errors.ts'
import { asStorageError, partitionPath } from '../../storage/data-dir.ts'
import { ReplicaPartition } from '../../storage/partition/replica-partition.ts'
import { watchHeap } from '../telemetry/heap-watch.ts'
import type { ForeignReason } from './foreign-messages.ts'
import { type FollowedRecord, unpackFollowed } from './frames.ts'
import { readChangeMessage, readStateMessage } from './messages.ts'
import { PartitionOwner } from './partition-owner.ts'
import type { Answered, Answers, Asked, KafkaWorkerSettings, Request } from './protocol.ts'

/**
 * A worker thread of a Kafka node: has the files of some partitions open, as replicas of what other nodes do or as their
 * owner, and does what it is asked, one thing after another.
 */
if (parentPort === null) throw new Error('worker.ts runs as a worker thread')
const port = parentPort
const settings = workerData as KafkaWorkerSettings
const owner = `${settings.session}:${Math.random().toString(36).slice(2)}`
const heap = watchHeap()
const expireEveryMs = 5_000

type Open =
  | { readonly as: 'replica'; readonly file: ReplicaPartition }
  | { readonly as: 'owner'; readonly file: PartitionOwner }
const files = new Map<number, Open>()

function close(partition: number): void {
  files.get(partition)?.file[Symbol.dispose]()
  files.delete(partition)
}

function replicaOf(partition: number): ReplicaPartition {
  const open = files.get(partition)
  if (open?.as === 'replica') return open.file
  close(partition)
  const { dataDir, logId, pageCacheKiB } = settings
  const file = new ReplicaPartition({ path: partitionPath(dataDir, partition), logId, partition, pageCacheKiB }, owner)
  files.set(partition, { as: 'replica', file })
  return file
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
      const { head, lastRecordedAtMs } = replicaOf(partition)
      return { head, lastRecordedAtMs }
    }
    case 'replicate':
      return replicate(replicaOf(partition), request)
    case 'own': {
      close(partition)
      const file = new PartitionOwner(settings, partition, owner)
      files.set(partition, { as: 'owner', file })
      return file.begin(request.committed)
    }
    case 'remember':
      ownerOf(partition).remember(request.chunk, request.until)
      return {}
    case 'remembered':
      ownerOf(partition).remembered(request.next, request.lost)
      return {}
    case 'prepare':
      return ownerOf(partition).prepare(request.chunk)
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
function expire(): void {
  let more = false
  for (const [partition, { file }] of files) {
    try {
      more = file.expire(Date.now(), settings.retention) || more
    } catch (error) {
      close(partition)
      // Whoever asks for the file next meets what is wrong with it, and tells.
      if (!isOfStorage(error)) throw error
    }
  }
  if (more) setImmediate(expire)
  else setTimeout(expire, expireEveryMs)
}

function replicate(file: ReplicaPartition, { frame, step }: Request & { kind: 'replicate' }): Answers['replicate'] {
  if (step === 'begin') file.beginRebuild()
  else if (step !== null && !file.isRebuilding) {
    throw new VainoError('not_ready', 'the file was opened anew while it was being rebuilt')
  }
  const records = unpackFollowed(frame)
  const foreign: { at: number; reason: ForeignReason }[] = []
  let taken = 0
  const awaits = file.transaction(() => {
    for (const record of records) {
      const outcome = record.from === 'changes' ? takeChange(file, record) : takeState(file, record)
      if (typeof outcome === 'number') return outcome
      if (outcome !== null) foreign.push({ at: taken, reason: outcome })
      taken++
    }
    return null
  })
  if (step === 'end') file.endRebuild(Date.now())
  return { head: file.head, taken, awaits, foreign }
}

/** @returns why it is passed over; null where it was taken */
function takeChange(file: ReplicaPartition, { value }: FollowedRecord): ForeignReason | null {
  if (value === null) return 'no_value'
  const change = readChangeMessage(value, (one) => file.documentBefore(one))
  if (change === null) return 'not_a_change'
  if (file.isRebuilding) file.beginHistory(change)
  file.change(change)
  return null
}

/** @returns the offset of the change that must come first, or why it is passed over; null where it was taken */
function takeState(file: ReplicaPartition, record: FollowedRecord): number | ForeignReason | null {
  const told = readStateMessage(record)
  if (told === null) return 'not_a_state'
  const isEarly = (offset: number) => !file.isRebuilding && offset > file.head
  switch (told.kind) {
    case 'state':
      if (isEarly(told.state.last)) return told.state.last
      file.state(told.state)
      return null
    case 'scope':
      if (isEarly(told.scope.head)) return told.scope.head
      file.scope(told.scope)
      return null
    case 'deleted':
      file.deleted(told.resource)
      return null
  }
}

const isOfStorage = (thrown: unknown): boolean =>
  thrown instanceof VainoError || /sqlite|disk|database/i.test(messageOf(thrown))

function failureOf(thrown: unknown) {
  const error = thrown instanceof VainoError ? thrown : asStorageError(thrown, `the data directory ${settings.dataDir}`)
  return { code: error.code, message: error.message }
}

port.on('message', ({ id, partition, request }: Asked) => {
  let answered: Answered
  try {
    answered = { id, value: answer(partition, request) }
  } catch (error) {
    // After a failed transaction the owner's memory may be ahead of its file.
    close(partition)
    answered = { id, failure: failureOf(error) }
    if (!isOfStorage(error)) throw error
  }
  port.postMessage(answered)
  const open = files.get(partition)
  if (request.kind === 'commit' && open?.as === 'owner') open.file.resetCounters()
})
setTimeout(expire, expireEveryMs)
