import { VainoError } from '../../../model/errors.ts'
import type { BrokerPort } from '../broker/broker-port.ts'
import type { Cluster } from '../broker/cluster.ts'
import { connectCluster } from '../broker/connect-cluster.ts'
import { endsProducer } from '../broker/error-codes.ts'
import { brokerCode, kafkaFailure } from '../failure.ts'
import { pause } from '../pause.ts'
import type { KafkaSettings, OutgoingRecord } from '../settings.ts'
import { defaultBatchBytes } from '../wire/batch-builder.ts'
import type { Codec } from '../wire/codecs.ts'
import { type PackedBatch, packRecords } from '../wire/packed-batch.ts'
import { append } from './append.ts'
import { ProducerIdentity } from './producer-identity.ts'

export interface TopicProducerOptions {
  readonly topic: string
  readonly codec?: Codec
  /** Limit of a batch before compression; must be below the topic's `max.message.bytes`. 900,000 by default. */
  readonly maxBatchBytes?: number
}

/**
 * Appends to a topic. When `send` has resolved, its records are in the log once, in order, on all replicas in sync. Until then
 * they may be there. A process that restarts and sends again duplicates them: delivery is at least once.
 */
export interface TopicProducer extends AsyncDisposable {
  /**
   * Resolves when all records are acknowledged, in their order. The calls of one partition run one after the other. Retries
   * without limit while brokers cannot be reached. Unacknowledged records stay in memory: callers bound their pending calls.
   * @returns the offset behind the last record; null if a retry was acknowledged without one
   * @throws VainoError `too_large`, `broker_refused`; `busy` when the signal is aborted first
   */
  send(partition: number, records: readonly OutgoingRecord[], signal?: AbortSignal): Promise<number | null>
}

const retryMs = 50
const maxRetryMs = 2000

/** After this time new connections are opened: a client that lost all its brokers may never find them again. */
const renewAfterMs = 5000

/** Connections with the number of calls that use them. Spent connections are closed after the last call. */
interface Shared {
  readonly opening: Promise<Cluster>
  users: number
  isSpent: boolean
}

export function openTopicProducer(
  port: BrokerPort,
  settings: KafkaSettings,
  options: TopicProducerOptions,
): TopicProducer {
  return new SafeProducer(port, settings, options)
}

class SafeProducer implements TopicProducer {
  readonly #port: BrokerPort
  readonly #settings: KafkaSettings
  readonly #options: Required<TopicProducerOptions>
  /** The last call of each partition: the next one waits for it. */
  readonly #lines = new Map<number, Promise<unknown>>()
  readonly #closing = new AbortController()
  #shared: Shared | null = null
  /** The producer id of the next batches. It outlives connections, so that brokers recognise a repeated batch. */
  #identity: ProducerIdentity | null = null

  constructor(port: BrokerPort, settings: KafkaSettings, options: TopicProducerOptions) {
    this.#port = port
    this.#settings = settings
    this.#options = { codec: 'zstd', maxBatchBytes: defaultBatchBytes, ...options }
  }

  async send(partition: number, records: readonly OutgoingRecord[], signal?: AbortSignal): Promise<number | null> {
    const before = this.#lines.get(partition)
    const until = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal
    const mine = (async () => {
      // The failure of the call before is its own caller's.
      await before?.catch(() => undefined)
      // Batch by batch, so that the failure of one does not repeat those before it.
      let next: number | null = null
      const { codec, maxBatchBytes } = this.#options
      for (const batch of packRecords(records, codec, maxBatchBytes)) {
        next = await this.#append(partition, batch, until)
      }
      return next
    })()
    this.#lines.set(partition, mine)
    try {
      return await mine
    } finally {
      if (this.#lines.get(partition) === mine) this.#lines.delete(partition)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled(this.#lines.values())
    const shared = this.#shared
    this.#shared = null
    if (shared !== null) await close(shared)
  }

  async #append(partition: number, batch: PackedBatch, signal: AbortSignal): Promise<number | null> {
    const { topic } = this.#options
    let sealed: { readonly by: ProducerIdentity; readonly bytes: Buffer } | null = null
    for (let waitMs = retryMs; ; waitMs = Math.min(waitMs * 2, maxRetryMs)) {
      if (signal.aborted) throw new VainoError('busy', `Stopped while ${topic}/${partition} was not acknowledged yet`)
      const shared = this.#current()
      shared.users++
      try {
        const cluster = await shared.opening
        this.#identity ??= await ProducerIdentity.ask(cluster)
        sealed ??= { by: this.#identity, bytes: this.#identity.seal(topic, partition, batch) }
        const request = { topic, partition, transactionalId: null, batch: sealed.bytes }
        const first = await append(cluster, request, renewAfterMs, signal)
        return first === null ? null : first + batch.count
      } catch (error) {
        shared.isSpent = true
        if (this.#shared === shared) this.#shared = null
        const failure = kafkaFailure(error, `${topic}/${partition} could not be written`)
        const isOver = endsProducer(brokerCode(error) ?? 0)
        if (isOver || !failure.canRetry) {
          // Its sequence numbers are missing in the log.
          if (this.#identity === sealed?.by) this.#identity = null
          sealed = null
        }
        if (!isOver && !failure.canRetry) throw failure
        this.#settings.log?.({ level: 'warn', text: failure.message })
      } finally {
        shared.users--
        if (shared.isSpent && shared.users === 0) void close(shared)
      }
      await pause(waitMs, signal)
    }
  }

  #current(): Shared {
    this.#shared ??= { opening: connectCluster(this.#port, this.#settings), users: 0, isSpent: false }
    return this.#shared
  }
}

async function close({ opening }: Shared): Promise<void> {
  const cluster = await opening.catch(() => null)
  await cluster?.close()
}
