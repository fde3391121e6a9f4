import { VainoError } from '../../../model/errors.ts'
import type { BrokerPort } from '../broker/broker-port.ts'
import { BrokerError } from '../broker/errors.ts'
import { closeSoon } from '../close-soon.ts'
import { kafkaFailure } from '../failure.ts'
import { pause } from '../pause.ts'
import type { KafkaSettings } from '../settings.ts'
import { type FetchLimits, fetchFrom } from '../wire/fetch-request.ts'
import { bytesBefore, decodeRecords } from '../wire/record-batch.ts'
import { LiveCluster } from './live-cluster.ts'
import type { FetchedChunk, LogBatch, ReadRequest } from './log-batch.ts'
import { type Fetched, Subscription } from './subscription.ts'
import { isTruncated, truncated } from './truncated.ts'

export interface LogReaderOptions {
  /** How long a broker waits for new records before it answers; 300 ms by default. A new read may wait as long for its first fetch. */
  readonly maxWaitMs?: number
  /** Limit of one answer of a broker, in compressed bytes; 2 MiB by default. */
  readonly maxFetchBytes?: number
  /** Limit of one partition in an answer, 512 KiB by default. A batch over the limit is sent whole, alone. */
  readonly maxPartitionBytes?: number
  /** Limit of fetched bytes, compressed, that a read has not taken yet; 1 MiB by default. No fetch begins above it. */
  readonly maxBufferedBytes?: number
}

/**
 * Reads partitions from given offsets, always `read_committed`, without a consumer group: no rebalance interrupts it, and READ
 * on the topic is the only permission that it needs.
 *
 * Each broker has one fetch in flight, for all partitions that it leads and that want data. A partition wants data while less
 * than {@link LogReaderOptions.maxBufferedBytes} wait to be taken, so a slow consumer bounds the memory. While brokers cannot be
 * reached, the reader retries without limit.
 */
export interface LogReader extends AsyncDisposable {
  /**
   * Decoded batches. The first comes at once, empty if there are no records, and says whether the read is caught up.
   * @throws VainoError `log_truncated` if the log does not hold the offset (`details`: `earliest`, `latest`), `broker_refused`
   * without the permission, `not_found` if the topic or partition does not exist
   */
  read(request: ReadRequest): AsyncGenerator<LogBatch, void, void>
  /** As {@link read}, without decoding. */
  fetch(request: ReadRequest): AsyncGenerator<FetchedChunk, void, void>
}

const outOfRange = 1
const retryMs = 100
const maxRetryMs = 2000
/** A {@link LogBatch} ends after this many decompressed bytes, at the next end of a producer's batch. */
const pieceBytes = 1024 * 1024
/** Stands for the broker id of partitions that have no leader now. */
const noLeader = -1

export function openLogReader(port: BrokerPort, settings: KafkaSettings, options: LogReaderOptions = {}): LogReader {
  return new Reader(port, settings, options)
}

class Reader implements LogReader {
  readonly #settings: KafkaSettings
  readonly #limits: FetchLimits
  readonly #maxBufferedBytes: number
  readonly #subscriptions = new Set<Subscription>()
  /** The running fetch loops, by broker id. */
  readonly #loops = new Map<number, Promise<void>>()
  readonly #closing = new AbortController()
  readonly #cluster: LiveCluster

  constructor(port: BrokerPort, settings: KafkaSettings, options: LogReaderOptions) {
    this.#settings = settings
    this.#limits = {
      maxWaitMs: options.maxWaitMs ?? 300,
      maxBytes: options.maxFetchBytes ?? 2 * 1024 * 1024,
      maxPartitionBytes: options.maxPartitionBytes ?? 512 * 1024,
    }
    this.#maxBufferedBytes = options.maxBufferedBytes ?? 1024 * 1024
    this.#cluster = new LiveCluster(port, settings)
  }

  async *read(request: ReadRequest): AsyncGenerator<LogBatch, void, void> {
    for await (const { topic, partition, endOffset, ...chunk } of this.fetch(request)) {
      for (const { records, unreadable, nextOffset, bytes } of decodeRecords(chunk, pieceBytes)) {
        if (request.signal?.aborted) return
        const isCaughtUp = nextOffset >= endOffset
        yield { topic, partition, records, unreadable, nextOffset, bytes, endOffset, isCaughtUp }
      }
    }
  }

  async *fetch(request: ReadRequest): AsyncGenerator<FetchedChunk, void, void> {
    const { topic, partition, from, toEnd = false, atEnd } = request
    const signal = request.signal ? AbortSignal.any([request.signal, this.#closing.signal]) : this.#closing.signal
    const bounds = toEnd || typeof from !== 'number' ? await this.#cluster.bounds(topic, partition, signal) : undefined
    if (bounds === null || (bounds === undefined && !(await this.#cluster.know(topic, partition, signal)))) return
    const start = typeof from === 'number' ? from : (bounds?.[from] ?? 0)
    const subscription = new Subscription(topic, partition, start, this.#maxBufferedBytes, atEnd)
    const close = () => subscription.close()
    signal.addEventListener('abort', close, { once: true })
    if (signal.aborted) close()
    this.#subscriptions.add(subscription)
    try {
      // Not that of a fetch: a new leader's is lower, for as long as it does not know what is on all replicas in sync.
      let end = toEnd ? (bounds?.latest ?? 0) : Number.POSITIVE_INFINITY
      for (;;) {
        this.#wake()
        const fetched = await this.#next(subscription, signal)
        if (fetched === null) return
        if (toEnd && fetched.nextOffset >= fetched.endOffset && fetched.nextOffset < end) {
          // The leader is new, or has lost the end: this question is answered when it knows.
          const now = await this.#cluster.bounds(topic, partition, signal)
          if (now === null) return
          end = Math.min(end, now.latest)
        }
        const isLast = fetched.nextOffset >= end
        const last = isLast ? { bytes: bytesBefore(fetched.bytes, end), nextOffset: Math.max(end, fetched.from) } : {}
        yield { topic, partition, ...fetched, ...last }
        if (isLast) return
      }
    } finally {
      signal.removeEventListener('abort', close)
      this.#subscriptions.delete(subscription)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await closeSoon(Promise.all(this.#loops.values()))
    await this.#cluster[Symbol.asyncDispose]()
  }

  async #next(subscription: Subscription, signal: AbortSignal): Promise<Fetched | null> {
    try {
      return await subscription.next()
    } catch (error) {
      if (!isTruncated(error)) throw error
      const { topic, partition, offset } = subscription
      // Not in the fetch loop: it may wait for a leader, and other partitions must not.
      const bounds = await this.#cluster.bounds(topic, partition, signal)
      if (bounds === null) return null
      throw truncated(topic, partition, offset, bounds)
    }
  }

  /** Starts a fetch loop for each broker that leads a partition that wants data. */
  #wake(): void {
    if (this.#closing.signal.aborted) return
    const leaders = [...this.#subscriptions].filter(({ wantsData }) => wantsData).map((one) => this.#leaderOf(one))
    for (const leader of new Set(leaders)) {
      if (this.#loops.has(leader)) continue
      const loop = this.#fetchWhileWanted(leader).then(() => {
        this.#loops.delete(leader)
        this.#wake()
      })
      this.#loops.set(leader, loop)
    }
  }

  #leaderOf({ topic, partition }: Subscription): number {
    return this.#cluster.leaderOf(topic, partition) ?? noLeader
  }

  /** Fetches from one broker while a partition that it leads wants data. */
  async #fetchWhileWanted(leader: number): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const mine = [...this.#subscriptions].filter((one) => one.wantsData && this.#leaderOf(one) === leader)
      if (mine.length === 0) return
      const now = performance.now()
      const due = mine.filter(({ notBeforeMs }) => notBeforeMs <= now).toSorted((a, b) => a.servedAtMs - b.servedAtMs)
      for (const subscription of due) subscription.isAsked = true
      try {
        if (leader === noLeader || due.length === 0) await pause(retryMs, this.#closing.signal)
        if (leader === noLeader) await this.#cluster.refresh()
        else if (due.length > 0) await this.#fetch(leader, due)
      } catch (error) {
        const failure = kafkaFailure(error, 'a fetch failed')
        if (!failure.canRetry) for (const subscription of due) subscription.fail(failure)
        else await this.#cluster.recover(failure)
      } finally {
        for (const subscription of due) subscription.isAsked = false
      }
    }
  }

  async #fetch(leader: number, due: readonly Subscription[]): Promise<void> {
    // Two reads of one partition take turns.
    const asked = new Map(due.toReversed().map((one) => [`${one.topic}/${one.partition}`, one]))
    const positions = [...asked.values()].toReversed()
    const askedAtMs = performance.now()
    const { errorCode, partitions } = await fetchFrom(this.#cluster.current, leader, positions, this.#limits)
    if (errorCode !== 0) throw new BrokerError(errorCode, 'a fetch')
    let isMoved = false
    for (const fetched of partitions) {
      const subscription = asked.get(`${fetched.topic}/${fetched.partition}`)
      if (subscription === undefined) continue
      if (fetched.errorCode === 0) {
        subscription.servedAtMs = performance.now()
        subscription.offer(fetched, performance.now() - askedAtMs)
      } else if (!this.#handleError(subscription, fetched.errorCode)) isMoved = true
    }
    if (isMoved) await this.#cluster.refresh()
  }

  /** Handles an error code of one partition. @returns false if the metadata must be refreshed */
  #handleError(subscription: Subscription, errorCode: number): boolean {
    const { topic, partition, offset } = subscription
    const name = `${topic}/${partition}`
    if (errorCode === outOfRange) {
      subscription.fail(new VainoError('log_truncated', `${name} does not hold offset ${offset}`))
      return true
    }
    const failure = kafkaFailure(new BrokerError(errorCode, name), `${name} could not be read`)
    if (!failure.canRetry) {
      subscription.fail(failure)
      return true
    }
    // The leader moved, or is not ready.
    subscription.failures++
    subscription.notBeforeMs = performance.now() + Math.min(retryMs * 2 ** subscription.failures, maxRetryMs)
    this.#settings.log?.({ level: 'warn', text: `reading ${name}: the broker answers with error ${errorCode}` })
    return false
  }
}
