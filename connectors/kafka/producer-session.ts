import type { Cluster } from 'kafkajs'
import { passingCodes } from './broker-errors.ts'
import { briefRetry, closeSoon, createCluster, createKafka } from './client.ts'
import { Coordinator, coordinating } from './coordinator.ts'
import { brokerCode, kafkaFailure } from './failure.ts'
import { type PackedBatch, sealBatch } from './packed-batch.ts'
import { pause } from './pause.ts'
import { produceTo } from './produce-protocol.ts'
import type { KafkaSettings } from './settings.ts'

// Why not kafkajs' producer: a call that spans brokers loses acknowledged records when a leader dies (its issue 1303), every
// step of a transaction looks its coordinator up again, and encoding takes ten times as long. What is left of it here is
// metadata and connections.

export interface SessionOptions {
  /** Makes it a transactional one, and fences all others with this id. */
  readonly transactionalId?: string
  readonly transactionTimeoutMs?: number
}

const produceTimeoutMs = 10_000
const coordinatorWithinMs = 20_000
/** So long a batch is tried again in the same session, where the broker knows what it has already. */
const retryWithinMs = 15_000
const retryMs = 20
const maxRetryMs = 500

/**
 * A producer id with its sequence numbers: brokers drop a batch that they have, and refuse one that comes too early. So
 * within a session nothing is doubled or reordered, whatever is tried again. One that has failed is thrown away.
 */
export class ProducerSession implements AsyncDisposable {
  readonly cluster: Cluster
  readonly producerId: string
  readonly epoch: number
  readonly #options: SessionOptions
  readonly #sequences = new Map<string, number>()

  private constructor(
    cluster: Cluster,
    id: { readonly producerId: string; readonly producerEpoch: number },
    options: SessionOptions,
  ) {
    this.cluster = cluster
    this.producerId = id.producerId
    this.epoch = id.producerEpoch
    this.#options = options
  }

  /** Connects and gets a producer id; with a transactional id, waits until the transaction of its former owner has ended. */
  static async open(settings: KafkaSettings, options: SessionOptions = {}): Promise<ProducerSession> {
    const cluster = createCluster(createKafka(settings, { retry: briefRetry }), briefRetry)
    try {
      await cluster.connect()
      await cluster.refreshMetadata()
      return new ProducerSession(cluster, await initProducerId(cluster, options), options)
    } catch (error) {
      void closeSoon(cluster.disconnect())
      throw error
    }
  }

  /**
   * Appends a batch to a partition; resolves when it is acknowledged. One call a partition at a time.
   * @returns the offset after the last of its records; null where the broker didn't say
   */
  async append(topic: string, partition: number, batch: PackedBatch, signal?: AbortSignal): Promise<number | null> {
    const place = `${topic}/${partition}`
    const firstSequence = this.#sequences.get(place) ?? 0
    const bytes = sealBatch(batch, {
      producerId: Number(this.producerId),
      epoch: this.epoch,
      firstSequence,
      isTransactional: this.#options.transactionalId !== undefined,
    })
    const first = await this.#produce(topic, partition, bytes, signal)
    // Sequence numbers are signed 32-bit ones and begin again at 0.
    this.#sequences.set(place, (firstSequence + batch.count) % 2 ** 31)
    return first === null ? null : first + batch.count
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeSoon(this.cluster.disconnect())
  }

  async #produce(
    topic: string,
    partition: number,
    batch: Buffer,
    signal: AbortSignal | undefined,
  ): Promise<number | null> {
    const deadline = performance.now() + retryWithinMs
    for (let waitMs = retryMs; ; waitMs = Math.min(waitMs * 2, maxRetryMs)) {
      try {
        const broker = await this.#leader(topic, partition)
        const transactionalId = this.#options.transactionalId ?? null
        return await produceTo(broker, { transactionalId, topic, partition, batch, timeoutMs: produceTimeoutMs })
      } catch (error) {
        const code = brokerCode(error)
        // Without a code it is the connection, and nobody knows whether the batch is there: the broker will.
        const canRetry = code === null ? kafkaFailure(error, '').canRetry : passingCodes.has(code)
        if (!canRetry || signal?.aborted || performance.now() > deadline) throw error
      }
      await pause(waitMs, signal)
      // Where this fails, the next try says so.
      await this.cluster.refreshMetadata().catch(() => undefined)
    }
  }

  async #leader(topic: string, partition: number): Promise<object> {
    await this.cluster.addMultipleTargetTopics([topic])
    const found = this.cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)
    if (found === undefined || found.leader < 0) throw new Error(`${topic}/${partition} has no leader`)
    return this.cluster.findBroker({ nodeId: String(found.leader) })
  }
}

async function initProducerId(cluster: Cluster, { transactionalId, transactionTimeoutMs = 60_000 }: SessionOptions) {
  const transactionTimeout = transactionTimeoutMs
  if (transactionalId !== undefined) {
    const coordinator = new Coordinator(cluster, 'transaction', transactionalId)
    return coordinator.ask(
      (broker) => broker.initProducerId({ transactionalId, transactionTimeout }),
      coordinatorWithinMs,
    )
  }
  const [anyNode] = cluster.getNodeIds()
  const broker = await cluster.findBroker({ nodeId: String(anyNode) })
  return coordinating(broker).initProducerId({ transactionTimeout })
}
