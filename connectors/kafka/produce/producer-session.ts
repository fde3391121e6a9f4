import type { BrokerPort } from '../broker/broker-port.ts'
import type { Cluster } from '../broker/cluster.ts'
import { connectCluster } from '../broker/connect-cluster.ts'
import type { KafkaSettings } from '../settings.ts'
import type { PackedBatch } from '../wire/packed-batch.ts'
import type { TransactionalProducer } from '../wire/transaction-requests.ts'
import { append } from './append.ts'
import { ProducerIdentity } from './producer-identity.ts'

// Why not the producer of kafkajs: a call that spans brokers loses acknowledged records when a leader dies (its issue 1303), every
// step of a transaction looks up its coordinator again, and encoding takes ten times as long.

export interface SessionOptions {
  /** Fences all other producers with this id. */
  readonly transactionalId: string
  readonly transactionTimeoutMs?: number
}

/** After this time the transaction is given up, and the partition is taken again. */
const retryWithinMs = 15_000

/** A transactional producer over connections of its own. After a failure it must be replaced. */
export class ProducerSession implements AsyncDisposable {
  readonly cluster: Cluster
  readonly #identity: ProducerIdentity
  readonly #transactionalId: string

  private constructor(cluster: Cluster, identity: ProducerIdentity, transactionalId: string) {
    this.cluster = cluster
    this.#identity = identity
    this.#transactionalId = transactionalId
  }

  /** Connects and gets a producer id; waits until the former owner's transaction has ended. */
  static async open(port: BrokerPort, settings: KafkaSettings, options: SessionOptions): Promise<ProducerSession> {
    const cluster = await connectCluster(port, settings)
    try {
      return new ProducerSession(cluster, await ProducerIdentity.ask(cluster, options), options.transactionalId)
    } catch (error) {
      void cluster.close()
      throw error
    }
  }

  /** Who it is in the requests of a transaction. */
  get producer(): TransactionalProducer {
    const { producerId, epoch } = this.#identity
    return { transactionalId: this.#transactionalId, producerId, producerEpoch: epoch }
  }

  /** Appends a batch to a partition; resolves when it is acknowledged. Each partition must have one call at a time. */
  async append(topic: string, partition: number, batch: PackedBatch): Promise<void> {
    const { transactionalId } = this.#identity
    const sealed = this.#identity.seal(topic, partition, batch)
    await append(this.cluster, { topic, partition, transactionalId, batch: sealed }, retryWithinMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster.close()
  }
}
