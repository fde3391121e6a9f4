import { VainoError } from '../../../model/errors.ts'
import type { BrokerPort } from '../broker/broker-port.ts'
import type { Cluster } from '../broker/cluster.ts'
import { kafkaFailure } from '../failure.ts'
import { Coordinator } from '../group/coordinator.ts'
import type { KafkaSettings } from '../settings.ts'
import type { PackedBatch } from '../wire/packed-batch.ts'
import { addOffsets, addPartitions, commitOffset, endTransaction } from '../wire/transaction-requests.ts'
import { type Coordinators, lastPosition } from './last-position.ts'
import { ProducerSession } from './producer-session.ts'

export interface TransactionsOptions {
  /** A transactional id is this prefix, a dash and the partition's number: the same on every node. */
  readonly idPrefix: string
  /** The consumer group whose position in the input the transactions commit. */
  readonly group: string
  readonly inputTopic: string
  /** The broker aborts a transaction that is open for longer; 10 minutes by default. */
  readonly timeoutMs?: number
}

/** A batch of records for one topic. */
export interface TopicBatch {
  readonly topic: string
  readonly batch: PackedBatch
}

/** The output of some input, and the position behind that input. */
export interface TransactionWork {
  /** Each goes to the partition with the owned partition's number; batches of one topic in their order. */
  readonly batches: readonly TopicBatch[]
  /** The next input offset: {@link LogBatch.nextOffset} of the last processed batch. Null where the output is of no input: no position is committed. */
  readonly nextOffset: number | null
  /** Text committed beside the offset, at most 4,096 bytes. */
  readonly note?: string
}

/** The committed position in the input when the partition was taken. */
export interface InputPosition {
  /** Null if none was ever committed, or if the brokers have dropped it (`offsets.retention.minutes`, a week by default). */
  readonly nextOffset: number | null
  readonly note: string
}

/** A partition that only this object can commit for, until another process takes it. */
export interface OwnedPartition extends AsyncDisposable {
  readonly partition: number
  /** The last one that former owners committed. They are fenced, so only {@link commit} can change it. */
  readonly position: InputPosition
  /**
   * Appends records and commits the position in one transaction; resolves when it is committed. One call at a time.
   *
   * After an error the transaction may have been committed, or is open: readers wait until the partition is taken again, which
   * aborts it. Dispose this object, take the partition again and read its position.
   * @throws VainoError `fenced`: another process has the partition, stop. `too_large`: a record is over a topic's limit,
   * nothing was committed. `broker_refused`. `broker_unreachable`: take the partition again
   */
  commit(work: TransactionWork): Promise<void>
}

const coordinatorWithinMs = 20_000

/**
 * Takes a partition: fences its former owner, which aborts the owner's open transaction, then reads the position.
 * @throws VainoError `broker_unreachable`, `broker_refused`; `fenced` if another process takes it at the same time
 */
export async function takePartition(
  port: BrokerPort,
  settings: KafkaSettings,
  options: TransactionsOptions,
  partition: number,
): Promise<OwnedPartition> {
  const { idPrefix, group, inputTopic } = options
  const transactionalId = `${idPrefix}-${partition}`
  const timeout = options.timeoutMs === undefined ? {} : { transactionTimeoutMs: options.timeoutMs }
  let session: ProducerSession | null = null
  try {
    session = await ProducerSession.open(port, settings, { transactionalId, ...timeout })
    const coordinators = {
      ofGroup: new Coordinator(session.cluster, 'group', group),
      ofTransactions: new Coordinator(session.cluster, 'transaction', transactionalId),
    }
    const at = { group, topic: inputTopic, partition }
    const { offset, note } = await lastPosition(coordinators, session.producer, at)
    const position = offset === null ? { nextOffset: null, note: '' } : { nextOffset: offset, note }
    return new Owned(session, coordinators, partition, position, { group, inputTopic })
  } catch (error) {
    void session?.[Symbol.asyncDispose]()
    throw kafkaFailure(error, `${inputTopic}/${partition} could not be taken`)
  }
}

interface Names {
  readonly group: string
  readonly inputTopic: string
}

class Owned implements OwnedPartition {
  readonly partition: number
  readonly position: InputPosition
  readonly #session: ProducerSession
  readonly #names: Names
  readonly #coordinators: Coordinators
  #isSpent = false

  constructor(
    session: ProducerSession,
    coordinators: Coordinators,
    partition: number,
    position: InputPosition,
    names: Names,
  ) {
    this.#session = session
    this.#coordinators = coordinators
    this.partition = partition
    this.position = position
    this.#names = names
  }

  async commit(work: TransactionWork): Promise<void> {
    const { inputTopic } = this.#names
    if (this.#isSpent) {
      throw new VainoError(
        'internal',
        `${inputTopic}/${this.partition} was used after one of its transactions had failed`,
      )
    }
    // Reset on success only. A second call in the meantime is a defect too.
    this.#isSpent = true
    try {
      await this.#write(work)
    } catch (error) {
      // It stays open until the partition is taken. Aborted here, it would end under this producer's epoch, and brokers before Kafka 3.6
      // would add a batch that reaches them late to the next transaction. Taking the partition aborts it under a new epoch.
      throw kafkaFailure(error, `the transaction of ${inputTopic}/${this.partition} failed`)
    }
    try {
      await this.#askTransactions((cluster, node) => endTransaction(cluster, node, this.#session.producer, true))
    } catch (error) {
      throw kafkaFailure(error, `the transaction of ${inputTopic}/${this.partition} failed as it was committed`)
    }
    this.#isSpent = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isSpent = true
    await this.#session[Symbol.asyncDispose]()
  }

  async #write({ batches, nextOffset, note = '' }: TransactionWork): Promise<void> {
    const { group } = this.#names
    const byTopic = Map.groupBy(batches, ({ topic }) => topic)
    const topics = new Map([...byTopic.keys()].map((topic) => [topic, [this.partition]]))
    const me = this.#session.producer
    if (topics.size > 0) await this.#askTransactions((cluster, node) => addPartitions(cluster, node, me, topics))
    if (nextOffset !== null) await this.#askTransactions((cluster, node) => addOffsets(cluster, node, me, group))
    const outcomes = await Promise.allSettled([
      nextOffset === null ? undefined : this.#commitPosition(nextOffset, note),
      ...[...byTopic].map(([topic, ofTopic]) => this.#append(topic, ofTopic)),
    ])
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  #commitPosition(offset: number, note: string): Promise<void> {
    const { group, inputTopic: topic } = this.#names
    const position = { topic, partition: this.partition, offset, note }
    return this.#coordinators.ofGroup.ask(
      (cluster, node) => commitOffset(cluster, node, this.#session.producer, group, position),
      coordinatorWithinMs,
    )
  }

  async #append(topic: string, batches: readonly TopicBatch[]): Promise<void> {
    for (const { batch } of batches) await this.#session.append(topic, this.partition, batch)
  }

  #askTransactions(request: (cluster: Cluster, node: number) => Promise<void>): Promise<void> {
    return this.#coordinators.ofTransactions.ask(request, coordinatorWithinMs)
  }
}
