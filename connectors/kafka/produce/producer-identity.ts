import type { Cluster } from '../broker/cluster.ts'
import { brokerCode } from '../failure.ts'
import { Coordinator } from '../group/coordinator.ts'
import { type PackedBatch, sealBatch } from '../wire/packed-batch.ts'
import { initProducerId, type ProducerId } from '../wire/transaction-requests.ts'

export interface IdentityOptions {
  /** Makes it a transactional one, and fences all others with this id. */
  readonly transactionalId?: string
  readonly transactionTimeoutMs?: number
}

const coordinatorWithinMs = 20_000
/**
 * What takes longer the brokers abort, and would abort each time: a transaction that deletes a million resources sends some hundred
 * megabytes. Nobody waits so long for one who died: who takes over has its transaction aborted at once.
 */
const patientTimeoutMs = 10 * 60_000
/** Where brokers take no more: theirs is `transaction.max.timeout.ms`, 15 minutes unless somebody has set it. */
const modestTimeoutMs = 60_000
const invalidTransactionTimeout = 50

/**
 * A producer id with its sequence numbers. Brokers drop a batch that they have, and refuse one that comes too early: so what is
 * sent under one identity is neither doubled nor reordered, whatever is tried again, and over whatever connection.
 */
export class ProducerIdentity {
  readonly producerId: number
  readonly epoch: number
  readonly transactionalId: string | null
  /** By topic and partition: the number of the next record. */
  readonly #next = new Map<string, number>()

  private constructor(id: ProducerId, transactionalId?: string) {
    this.producerId = id.producerId
    this.epoch = id.producerEpoch
    this.transactionalId = transactionalId ?? null
  }

  /** A new one; with a transactional id, waits until the transaction of its former owner has ended. */
  static async ask(
    cluster: Cluster,
    { transactionalId, transactionTimeoutMs = patientTimeoutMs }: IdentityOptions = {},
  ): Promise<ProducerIdentity> {
    if (transactionalId !== undefined) {
      const coordinator = new Coordinator(cluster, 'transaction', transactionalId)
      const init = (timeoutMs: number) =>
        coordinator.ask((each, node) => initProducerId(each, node, transactionalId, timeoutMs), coordinatorWithinMs)
      const id = await init(transactionTimeoutMs).catch((error: unknown) => {
        if (brokerCode(error) !== invalidTransactionTimeout) throw error
        return init(Math.min(transactionTimeoutMs, modestTimeoutMs))
      })
      return new ProducerIdentity(id, transactionalId)
    }
    const [anyNode] = cluster.nodeIds()
    if (anyNode === undefined) throw new Error('no broker is known')
    return new ProducerIdentity(await initProducerId(cluster, anyNode, null, modestTimeoutMs))
  }

  /**
   * Gives the records of a batch their numbers, which no others get: after a batch that the brokers don't have, they refuse
   * what comes next, and another identity is needed.
   */
  seal(topic: string, partition: number, batch: PackedBatch): Buffer {
    const place = `${topic}/${partition}`
    const firstSequence = this.#next.get(place) ?? 0
    // They are signed 32-bit numbers and begin again at 0.
    this.#next.set(place, (firstSequence + batch.count) % 2 ** 31)
    return sealBatch(batch, {
      producerId: this.producerId,
      epoch: this.epoch,
      firstSequence,
      isTransactional: this.transactionalId !== null,
    })
  }
}
