import type { Admin, Producer, Transaction } from 'kafkajs'
import { VainoError } from '../../model/errors.ts'
import { briefRetry, closeSoon, createKafka, patientRetry } from './client.ts'
import type { Codec } from './codecs.ts'
import { kafkaFailure } from './failure.ts'
import { pause } from './pause.ts'
import { batchesOf, byTheirPartition, checkAcknowledged, compressionOf, defaultBatchBytes } from './records.ts'
import type { KafkaSettings, OutgoingRecord } from './settings.ts'

export interface TransactionsOptions {
  /** Transactional ids are this, a dash and the partition's number: the same for all who may own the partition. */
  readonly idPrefix: string
  /** Whose position in the input goes into the transactions. */
  readonly group: string
  readonly inputTopic: string
  readonly codec?: Codec
  /** Of a batch before compression: below the topics' `max.message.bytes`. */
  readonly maxBatchBytes?: number
  /** A transaction that is open for longer is aborted by the broker. */
  readonly timeoutMs?: number
}

/** What came of some input, and the input that it came of. */
export interface TransactionWork {
  /** In their order within a topic and partition; the partition is the owned one where none is given. */
  readonly records: readonly (OutgoingRecord & { readonly topic: string; readonly partition?: number })[]
  /** The input offset that comes next: {@link LogBatch.nextOffset} of the last batch that this is the outcome of. */
  readonly nextOffset: number
  /** Stands beside the offset and comes back with it; at most 4,096 bytes. */
  readonly note?: string
}

/** How far the input was processed when the partition was taken. */
export interface InputPosition {
  /** Null when nothing was ever committed. */
  readonly nextOffset: number | null
  readonly note: string
}

/** A partition that nobody else can commit for, until somebody else takes it. */
export interface OwnedPartition extends AsyncDisposable {
  readonly partition: number
  /** Read after all former owners were fenced, so nobody can move it but {@link commit}. */
  readonly position: InputPosition
  /**
   * Appends records and moves the position in one transaction; resolves when it is committed.
   *
   * After an error nobody knows whether it was: this object is of no more use, and the way on is to take the partition
   * again, and to look at its position.
   * @throws VainoError `fenced`: another process has the partition, stop. `too_large`: a record is over a topic's limit,
   * nothing was written. `broker_refused`. `broker_unreachable`: take it again
   */
  commit(work: TransactionWork): Promise<void>
}

export interface Transactions extends AsyncDisposable {
  /**
   * Takes a partition: fences its former owner, whose open transaction is aborted, then reads the position.
   * @throws VainoError `broker_unreachable`, `broker_refused`
   */
  take(partition: number): Promise<OwnedPartition>
}

const defaultTimeoutMs = 60_000
const abortWithinMs = 5000
const positionWithinMs = 10_000
const retryMs = 100

export function openTransactions(settings: KafkaSettings, options: TransactionsOptions): Transactions {
  return new PartitionTransactions(settings, options)
}

class PartitionTransactions implements Transactions {
  readonly #settings: KafkaSettings
  readonly #options: TransactionsOptions
  #admin: Promise<Admin> | null = null

  constructor(settings: KafkaSettings, options: TransactionsOptions) {
    this.#settings = settings
    this.#options = options
  }

  async take(partition: number): Promise<OwnedPartition> {
    const { idPrefix, inputTopic, timeoutMs = defaultTimeoutMs } = this.#options
    const producer = createKafka(this.#settings, { retry: patientRetry }).producer({
      transactionalId: `${idPrefix}-${partition}`,
      maxInFlightRequests: 1,
      transactionTimeout: timeoutMs,
      allowAutoTopicCreation: false,
      createPartitioner: byTheirPartition,
      retry: patientRetry,
    })
    try {
      await producer.connect()
      // To connect is not enough: only the first transaction asks for the producer's id, and that is what fences.
      await (await producer.transaction()).abort()
      return new Owned(producer, partition, await this.#position(partition), this.#options)
    } catch (error) {
      void closeSoon(producer.disconnect())
      throw kafkaFailure(error, `${inputTopic}/${partition} could not be taken`)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeAdmin()
  }

  /**
   * Offset commits don't wait for a transaction that is being committed, so this is for after the fence only. A coordinator
   * that moves, or loads what it has to know, answers within seconds.
   */
  async #position(partition: number): Promise<InputPosition> {
    const deadline = performance.now() + positionWithinMs
    for (;;) {
      try {
        return await this.#askPosition(partition)
      } catch (error) {
        await this.#closeAdmin()
        if (!kafkaFailure(error, '').canRetry || performance.now() > deadline) throw error
        await pause(retryMs)
      }
    }
  }

  async #askPosition(partition: number): Promise<InputPosition> {
    const { group, inputTopic } = this.#options
    this.#admin ??= this.#connectAdmin()
    const offsets = await (await this.#admin).fetchOffsets({ groupId: group, topics: [inputTopic] })
    const found = offsets
      .find(({ topic }) => topic === inputTopic)
      ?.partitions.find((committed) => committed.partition === partition)
    if (found === undefined) throw new Error(`the topic ${inputTopic} has no partition ${partition}`)
    return Number(found.offset) < 0
      ? { nextOffset: null, note: '' }
      : { nextOffset: Number(found.offset), note: found.metadata ?? '' }
  }

  async #connectAdmin(): Promise<Admin> {
    const admin = createKafka(this.#settings, { retry: briefRetry }).admin({ retry: briefRetry })
    await admin.connect()
    return admin
  }

  async #closeAdmin(): Promise<void> {
    const admin = await this.#admin?.catch(() => null)
    this.#admin = null
    if (admin) await closeSoon(admin.disconnect())
  }
}

class Owned implements OwnedPartition {
  readonly partition: number
  readonly position: InputPosition
  readonly #producer: Producer
  readonly #options: TransactionsOptions
  #isSpent = false

  constructor(producer: Producer, partition: number, position: InputPosition, options: TransactionsOptions) {
    this.#producer = producer
    this.partition = partition
    this.position = position
    this.#options = options
  }

  async commit(work: TransactionWork): Promise<void> {
    if (this.#isSpent) throw new VainoError('internal', 'A partition was used after one of its transactions had failed')
    let transaction: Transaction | null = null
    try {
      transaction = await this.#producer.transaction()
      await this.#write(transaction, work)
      await transaction.commit()
    } catch (error) {
      this.#isSpent = true
      if (transaction?.isActive()) await closeSoon(transaction.abort(), abortWithinMs)
      throw kafkaFailure(error, `the transaction of ${this.#options.inputTopic}/${this.partition} failed`)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isSpent = true
    await closeSoon(this.#producer.disconnect())
  }

  async #write(transaction: Transaction, { records, nextOffset, note = '' }: TransactionWork): Promise<void> {
    const { codec = 'zstd', maxBatchBytes = defaultBatchBytes, group, inputTopic } = this.#options
    const compression = compressionOf(codec)
    const places = Map.groupBy(records, ({ topic, partition = this.partition }) => `${partition} ${topic}`)
    for (const [place, ofPlace] of places) {
      const partition = Number.parseInt(place, 10)
      const topic = place.slice(place.indexOf(' ') + 1)
      for (const messages of batchesOf(ofPlace, partition, maxBatchBytes)) {
        checkAcknowledged(await transaction.send({ topic, messages, acks: -1, compression }), topic, partition)
      }
    }
    const position = { partition: this.partition, offset: String(nextOffset), metadata: note }
    await transaction.sendOffsets({
      consumerGroupId: group,
      topics: [{ topic: inputTopic, partitions: [position] }],
    })
  }
}
