import type { Cluster } from '../broker/cluster.ts'
import { brokerCode } from '../failure.ts'
import { Coordinator } from '../group/coordinator.ts'
import { type PackedBatch, sealBatch } from '../wire/packed-batch.ts'
import { initProducerId, type ProducerId } from '../wire/transaction-requests.ts'

export interface IdentityOptions {
  /** Makes the producer transactional, and fences all other producers with this id. */
  readonly transactionalId?: string
  readonly transactionTimeoutMs?: number
}

const coordinatorWithinMs = 20_000
/**
 * Brokers abort a transaction that is open for longer, and would abort it at each retry: deleting a million resources sends over
 * 100 MB in one transaction. A takeover does not wait for this time, because it aborts the former owner's transaction at once.
 */
const longTimeoutMs = 10 * 60_000
/** For brokers whose `transaction.max.timeout.ms` is lower than 10 minutes; its default is 15 minutes. */
const fallbackTimeoutMs = 60_000
const invalidTransactionTimeout = 50

/**
 * A producer id with its sequence numbers. Brokers drop a batch that they have, and refuse a batch after a gap. So batches sent
 * under one identity are neither duplicated nor reordered, over any number of retries and connections.
 */
export class ProducerIdentity {
  readonly producerId: number
  readonly epoch: number
  readonly transactionalId: string | null
  /** The sequence number of the next record, by topic and partition. */
  readonly #next = new Map<string, number>()

  private constructor(id: ProducerId, transactionalId?: string) {
    this.producerId = id.producerId
    this.epoch = id.producerEpoch
    this.transactionalId = transactionalId ?? null
  }

  /** A new identity. With a transactional id, waits until the former owner's transaction has ended. */
  static async ask(
    cluster: Cluster,
    { transactionalId, transactionTimeoutMs = longTimeoutMs }: IdentityOptions = {},
  ): Promise<ProducerIdentity> {
    if (transactionalId !== undefined) {
      const coordinator = new Coordinator(cluster, 'transaction', transactionalId)
      const init = (timeoutMs: number) =>
        coordinator.ask((each, node) => initProducerId(each, node, transactionalId, timeoutMs), coordinatorWithinMs)
      const id = await init(transactionTimeoutMs).catch((error: unknown) => {
        if (brokerCode(error) !== invalidTransactionTimeout) throw error
        return init(Math.min(transactionTimeoutMs, fallbackTimeoutMs))
      })
      return new ProducerIdentity(id, transactionalId)
    }
    const [anyNode] = cluster.nodeIds()
    if (anyNode === undefined) throw new Error('no broker is known')
    return new ProducerIdentity(await initProducerId(cluster, anyNode, null, fallbackTimeoutMs))
  }

  /**
   * Numbers the records of a batch. A number is used once: if a sealed batch never reaches the log, brokers refuse the batches
   * after it, and a new identity is needed.
   */
  seal(topic: string, partition: number, batch: PackedBatch): Buffer {
    const key = `${topic}/${partition}`
    const firstSequence = this.#next.get(key) ?? 0
    // Sequence numbers are signed 32-bit numbers and wrap to 0.
    this.#next.set(key, (firstSequence + batch.count) % 2 ** 31)
    return sealBatch(batch, {
      producerId: this.producerId,
      epoch: this.epoch,
      firstSequence,
      isTransactional: this.transactionalId !== null,
    })
  }
}
