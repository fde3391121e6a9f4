import { decodePiece, type LogChunk } from '../../../connectors/kafka/kafka.ts'
import { offsetBehind } from '../../../connectors/kafka/wire/record-batch.ts'
import { VainoError } from '../../../model/errors.ts'
import { storageErrorOf } from '../../../storage/storage-error.ts'
import { SteadyClock } from '../../partition/steady-clock.ts'
import type { Asked, WorkerFault } from '../../threads/protocol.ts'
import { failureOf, type WorkerPartitions, type WorkerSide } from '../../threads/run-worker.ts'
import { CrashJournal, crashJournalPath } from '../input/crash-journal.ts'
import { Outbox } from '../owner/outbox.ts'
import { PartitionOwner } from '../owner/partition-owner.ts'
import { PartitionReplica } from '../replica/partition-replica.ts'
import type { KafkaAnswers, KafkaRequest, KafkaWorkerSettings } from './requests.ts'

type OpenFile =
  | { readonly as: 'replica'; readonly file: PartitionReplica }
  | { readonly as: 'owner'; readonly file: PartitionOwner }

type Answer = KafkaAnswers[keyof KafkaAnswers]

/**
 * The partitions of a worker of a Kafka node: files that are open as replicas of what other nodes publish, or as the
 * owner's. Requests are handled one after another.
 */
export class NodePartitions implements WorkerPartitions<KafkaRequest> {
  readonly #settings: KafkaWorkerSettings
  readonly #worker: WorkerSide
  readonly #owner: string
  readonly #files = new Map<number, OpenFile>()
  /** Of partitions that are followed; an owner has its own. */
  readonly #journals = new Map<number, CrashJournal>()
  /** Shared by all partitions, because one of them is worked on at a time. */
  readonly #outbox: Outbox
  readonly #clock = new SteadyClock()
  #lookAtInput: ((bytes: Uint8Array) => void) | null = null
  #lookAtFollowed: ((chunk: LogChunk) => void) | null = null

  constructor(settings: KafkaWorkerSettings, worker: WorkerSide) {
    this.#settings = settings
    this.#worker = worker
    this.#owner = `${settings.session}:${Math.random().toString(36).slice(2)}`
    this.#outbox = new Outbox(settings.messages.maxBatchBytes)
  }

  take({ id, partition, request }: Asked<KafkaRequest>): void {
    this.#answering(id, partition, () => {
      if (request.kind === 'commit') {
        this.#commit(id, partition)
        return
      }
      const value = this.#answerTo(partition, request)
      this.#worker.progress.endTask()
      this.#worker.answer([{ id, value }], undefined, transferable(value))
    })
  }

  expire(): boolean {
    const { retention } = this.#settings
    let hasMore = false
    for (const [partition, { file }] of this.#files) {
      try {
        hasMore = file.expire(this.#clock.retentionNowMs(retention.ageMs), retention) || hasMore
      } catch (error) {
        this.#close(partition)
        // The next request for the file finds the same failure and reports it.
        if (this.#failureOf(error) === null) throw error
      }
    }
    return hasMore
  }

  trap(look: (bytes: Uint8Array) => void, where: WorkerFault['where']): void {
    if (where === 'followed') {
      this.#lookAtFollowed = (chunk) => {
        const { records } = decodePiece(chunk, this.#settings.transactionBytes)
        for (const { value } of records) if (value !== null) look(value)
      }
      return
    }
    this.#lookAtInput = look
    for (const { as, file } of this.#files.values()) if (as === 'owner') file.onRecords = look
  }

  finish(): void {
    for (const partition of [...this.#files.keys(), ...this.#journals.keys()]) this.#close(partition)
  }

  /** Does the work and answers with its failure, unless that is a defect. */
  #answering(id: number, partition: number, work: () => void): void {
    try {
      work()
    } catch (thrown) {
      const error = this.#failureOf(thrown)
      // A defect ends this worker, so that a new one starts clean and the main thread knows what this one was doing.
      if (error === null) throw thrown
      // After a failed transaction the owner's memory may be ahead of its file.
      this.#close(partition)
      this.#worker.progress.endTask()
      this.#worker.answer([{ id, failure: failureOf(error) }])
    }
  }

  #commit(id: number, partition: number): void {
    const file = this.#ownerOf(partition)
    const { head, holds, report } = file.commit()
    this.#worker.progress.endTask()
    const value = { head } satisfies KafkaAnswers['commit']
    this.#worker.answer([{ id, value }], { partition, head, holds, report })
    file.resetCounters()
  }

  #answerTo(partition: number, request: Exclude<KafkaRequest, { kind: 'commit' }>): Answer {
    switch (request.kind) {
      case 'follow': {
        const open = this.#files.get(partition)
        // A rebuild that was interrupted is undone.
        if (open?.as === 'replica' && open.file.isRebuilding) this.#close(partition)
        return this.#replicaOf(partition).position
      }
      case 'replicate':
        return this.#replicate(partition, request)
      case 'begin_rebuild':
        this.#replicaOf(partition).beginRebuild()
        return {}
      case 'end_rebuild': {
        const replica = this.#rebuildOf(partition)
        replica.endRebuild()
        return replica.position
      }
      case 'own':
        return this.#own(partition).begin(request.committed)
      case 'remember':
        return this.#ownerOf(partition).remember(request.chunk, request.until, request.isolation)
      case 'remembered':
        this.#ownerOf(partition).remembered(request.next, request.lost)
        return {}
      case 'prepare':
        return this.#ownerOf(partition).prepare(request.chunk, request.isolation)
      case 'close':
        this.#close(partition)
        return {}
    }
  }

  #replicate(partition: number, { topic, chunk, isRebuild }: Extract<KafkaRequest, { kind: 'replicate' }>) {
    const journal =
      this.#journals.get(partition) ?? new CrashJournal(crashJournalPath(this.#settings.dataDir, partition))
    this.#journals.set(partition, journal)
    this.#worker.progress.beginTask(partition, chunk.from)
    journal.begin(topic, chunk.from, offsetBehind(chunk.bytes, chunk.from))
    try {
      this.#lookAtFollowed?.(chunk)
      return (isRebuild ? this.#rebuildOf(partition) : this.#replicaOf(partition)).take(topic, chunk)
    } finally {
      journal.end()
    }
  }

  #replicaOf(partition: number): PartitionReplica {
    const open = this.#files.get(partition)
    if (open?.as === 'replica') return open.file
    this.#close(partition)
    const file = new PartitionReplica(this.#settings, partition, this.#owner)
    this.#files.set(partition, { as: 'replica', file })
    return file
  }

  #rebuildOf(partition: number): PartitionReplica {
    const replica = this.#replicaOf(partition)
    if (replica.isRebuilding) return replica
    throw new VainoError('not_ready', 'the file was opened anew while it was being rebuilt')
  }

  #own(partition: number): PartitionOwner {
    this.#close(partition)
    const parts = { progress: this.#worker.progress, outbox: this.#outbox }
    const file = new PartitionOwner(this.#settings, partition, this.#owner, parts)
    if (this.#lookAtInput !== null) file.onRecords = this.#lookAtInput
    this.#files.set(partition, { as: 'owner', file })
    return file
  }

  #ownerOf(partition: number): PartitionOwner {
    const open = this.#files.get(partition)
    if (open?.as === 'owner') return open.file
    throw new VainoError('not_ready', `partition ${partition} is not owned here`)
  }

  #close(partition: number): void {
    this.#files.get(partition)?.file[Symbol.dispose]()
    this.#files.delete(partition)
    this.#journals.get(partition)?.[Symbol.dispose]()
    this.#journals.delete(partition)
  }

  /** Null for a defect. */
  #failureOf(thrown: unknown): VainoError | null {
    if (thrown instanceof VainoError) return thrown
    return storageErrorOf(thrown, `the data directory ${this.#settings.dataDir}`)
  }
}

/** Memory of an answer that moves to the main thread, because nothing here uses it: the batches of a large transaction would exist twice. */
const transferable = (value: Answer): ArrayBuffer[] =>
  ('batches' in value ? value.batches : []).flatMap(({ batch: { bytes } }) => {
    const { buffer } = bytes
    // Small buffers may share one memory.
    return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength ? [buffer] : []
  })
