import { VainoError } from '../../model/errors.ts'
import { defaultBatchBytes } from './batch-builder.ts'
import type { Codec } from './codecs.ts'
import { kafkaFailure } from './failure.ts'
import { type PackedBatch, packRecords } from './packed-batch.ts'
import { pause } from './pause.ts'
import { ProducerSession } from './producer-session.ts'
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
   * @returns the offset after the last of them; null where the broker didn't say
   * @throws VainoError `too_large`, `broker_refused`; `busy` when the signal is aborted first
   */
  send(partition: number, records: readonly OutgoingRecord[], signal?: AbortSignal): Promise<number | null>
}

const retryMs = 50
const maxRetryMs = 2000

/** A session with those who use it: it is closed when the last of them is done. */
interface SharedSession {
  readonly opening: Promise<ProducerSession>
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
  readonly #lines = new Map<number, Promise<unknown>>()
  readonly #closing = new AbortController()
  #session: SharedSession | null = null

  constructor(settings: KafkaSettings, options: TopicProducerOptions) {
    this.#settings = settings
    this.#options = { codec: 'zstd', maxBatchBytes: defaultBatchBytes, ...options }
  }

  async send(partition: number, records: readonly OutgoingRecord[], signal?: AbortSignal): Promise<number | null> {
    const before = this.#lines.get(partition)
    const until = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal
    const mine = (async () => {
      // What became of the call before is its caller's to know.
      await before?.catch(() => undefined)
      // Piece by piece, so that none is sent again for the failure of a later one.
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
    const shared = this.#session
    this.#session = null
    if (shared !== null) await close(shared)
  }

  async #append(partition: number, batch: PackedBatch, signal: AbortSignal): Promise<number | null> {
    const { topic } = this.#options
    for (let waitMs = retryMs; ; waitMs = Math.min(waitMs * 2, maxRetryMs)) {
      if (signal.aborted) throw new VainoError('busy', `Stopped while ${topic}/${partition} was not acknowledged yet`)
      const shared = this.#current()
      shared.users++
      try {
        return await (await shared.opening).append(topic, partition, batch, signal)
      } catch (error) {
        // The broker may wait for a batch of it that will never come.
        shared.isSpent = true
        if (this.#session === shared) this.#session = null
        const failure = kafkaFailure(error, `${topic}/${partition} could not be written`)
        if (!failure.canRetry) throw failure
        this.#settings.log?.({ level: 'warn', text: failure.message })
      } finally {
        shared.users--
        if (shared.isSpent && shared.users === 0) void close(shared)
      }
      await pause(waitMs, signal)
    }
  }

  #current(): SharedSession {
    this.#session ??= {
      opening: ProducerSession.open(this.#settings),
      users: 0,
      isSpent: false,
    }
    return this.#session
  }
}

async function close({ opening }: SharedSession): Promise<void> {
  const session = await opening.catch(() => null)
  await session?.[Symbol.asyncDispose]()
}
