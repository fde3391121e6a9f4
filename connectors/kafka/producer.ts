import type { Producer } from 'kafkajs'
import { VainoError } from '../../model/errors.ts'
import { briefRetry, closeSoon, createKafka } from './client.ts'
import type { Codec } from './codecs.ts'
import { kafkaFailure } from './failure.ts'
import { pause } from './pause.ts'
import { batchesOf, byTheirPartition, checkAcknowledged, compressionOf, defaultBatchBytes } from './records.ts'
import type { KafkaSettings, OutgoingRecord } from './settings.ts'

export interface TopicProducerOptions {
  readonly topic: string
  readonly codec?: Codec
  /** Of a batch before compression: below the topic's `max.message.bytes`. */
  readonly maxBatchBytes?: number
}

/**
 * Appends to a topic and says when that is safe. What `send` has resolved for is in the log and on all replicas that are in
 * sync; what it has not may be there, once or several times: at least once, in order.
 */
export interface TopicProducer extends AsyncDisposable {
  /**
   * Resolves when all records are acknowledged, in their order; records of one partition go out one call after the other.
   * Goes on trying while brokers are away. It keeps what it was given until then: callers bound what they have under way.
   * @throws VainoError `too_large`, `broker_refused`; `busy` when the signal is aborted first
   */
  send(partition: number, records: readonly OutgoingRecord[], signal?: AbortSignal): Promise<void>
}

const retryMs = 50
const maxRetryMs = 2000

/** A client of kafkajs with those who use it: it is closed when the last of them is done. */
interface Client {
  readonly producer: Promise<Producer>
  users: number
  isSpent: boolean
}

export function openTopicProducer(settings: KafkaSettings, options: TopicProducerOptions): TopicProducer {
  return new SafeProducer(settings, options)
}

class SafeProducer implements TopicProducer {
  readonly #settings: KafkaSettings
  readonly #options: Required<TopicProducerOptions>
  /** The last call of each partition. */
  readonly #lines = new Map<number, Promise<void>>()
  readonly #closing = new AbortController()
  #client: Client | null = null

  constructor(settings: KafkaSettings, options: TopicProducerOptions) {
    this.#settings = settings
    this.#options = { codec: 'zstd', maxBatchBytes: defaultBatchBytes, ...options }
  }

  async send(partition: number, records: readonly OutgoingRecord[], signal?: AbortSignal): Promise<void> {
    const before = this.#lines.get(partition)
    const until = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal
    const mine = (async () => {
      // What became of the call before is its caller's to know.
      await before?.catch(() => undefined)
      for (const batch of batchesOf(records, partition, this.#options.maxBatchBytes)) {
        await this.#append(partition, batch, until)
      }
    })()
    this.#lines.set(partition, mine)
    try {
      await mine
    } finally {
      if (this.#lines.get(partition) === mine) this.#lines.delete(partition)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await Promise.allSettled(this.#lines.values())
    const client = this.#client
    this.#client = null
    if (client !== null) await close(client)
  }

  async #append(partition: number, messages: Parameters<Producer['send']>[0]['messages'], signal: AbortSignal) {
    const { topic, codec } = this.#options
    for (let waitMs = retryMs; ; waitMs = Math.min(waitMs * 2, maxRetryMs)) {
      if (signal.aborted) throw new VainoError('busy', `Stopped while ${topic}/${partition} was not acknowledged yet`)
      const client = this.#current()
      client.users++
      try {
        const producer = await client.producer
        checkAcknowledged(
          await producer.send({ topic, messages, acks: -1, compression: compressionOf(codec) }),
          topic,
          partition,
        )
        return
      } catch (error) {
        // A client that has failed once may take later answers for earlier ones.
        client.isSpent = true
        if (this.#client === client) this.#client = null
        const failure = kafkaFailure(error, `${topic}/${partition} could not be written`)
        if (!failure.canRetry) throw failure
        this.#settings.log?.({ level: 'warn', text: failure.message })
      } finally {
        client.users--
        if (client.isSpent && client.users === 0) void close(client)
      }
      await pause(waitMs, signal)
    }
  }

  #current(): Client {
    this.#client ??= { producer: this.#connect(), users: 0, isSpent: false }
    return this.#client
  }

  async #connect(): Promise<Producer> {
    const producer = createKafka(this.#settings, { retry: briefRetry }).producer({
      // A retry within kafkajs can't append twice, nor behind what came later.
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: byTheirPartition,
      retry: briefRetry,
    })
    try {
      await producer.connect()
      return producer
    } catch (error) {
      void closeSoon(producer.disconnect())
      throw error
    }
  }
}

async function close(client: Client): Promise<void> {
  const producer = await client.producer.catch(() => null)
  if (producer !== null) await closeSoon(producer.disconnect())
}
