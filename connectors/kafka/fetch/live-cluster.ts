import { VainoError } from '../../../model/errors.ts'
import type { BrokerPort } from '../broker/broker-port.ts'
import type { Cluster } from '../broker/cluster.ts'
import { brokerCode, kafkaFailure } from '../failure.ts'
import { pause } from '../pause.ts'
import type { KafkaSettings } from '../settings.ts'
import { offsetOf } from '../wire/list-offsets.ts'

const unknownTopic = 3
/** The topic does not exist, has an invalid name, or may not be described. A refresh fails for all topics if one of them is refused so. */
const topicCodes: ReadonlySet<number | null> = new Set([unknownTopic, 17, 29])
const retryMs = 100
const maxRetryMs = 2000
/** Answers in a row that must deny the topic: brokers learn of a new topic one after the other. */
const missingAfter = 30

const missing = (topic: string, partition: number): VainoError =>
  new VainoError('not_found', `There is no partition ${partition} of the Kafka topic ${topic}`, {
    hint: 'Check the topic prefix, and that the topics were created.',
  })

export interface Bounds {
  readonly earliest: number
  /** The offset behind the last record that `read_committed` readers see. */
  readonly latest: number
}

/** A cluster whose client is replaced when it can't refresh its metadata: a client that lost all its brokers may never find them again. */
export class LiveCluster implements AsyncDisposable {
  readonly #port: BrokerPort
  readonly #settings: KafkaSettings
  readonly #topics = new Set<string>()
  /** Followed topics that the brokers refuse to describe now. */
  readonly #refused = new Set<string>()
  readonly #closing = new AbortController()
  #cluster: Cluster
  #recovery: Promise<void> | null = null

  constructor(port: BrokerPort, settings: KafkaSettings) {
    this.#port = port
    this.#settings = settings
    this.#cluster = this.#connect()
  }

  /** The client of this moment: use it for one request. */
  get current(): Cluster {
    return this.#cluster
  }

  /** The broker id of a partition's leader in the cached metadata; null if there is none. */
  leaderOf(topic: string, partition: number): number | null {
    const leader = this.#partition(topic, partition)?.leader ?? -1
    return leader < 0 ? null : leader
  }

  /**
   * Resolves with true when the metadata has the partition; with false when the signal is aborted first. Waits for brokers that
   * cannot be reached.
   * @throws VainoError `not_found`, `broker_refused`
   */
  async know(topic: string, partition: number, signal: AbortSignal): Promise<boolean> {
    let denials = 0
    while (!signal.aborted) {
      try {
        await this.refresh()
        await this.#cluster.follow([topic])
        if (this.#partition(topic, partition) !== undefined) {
          this.#topics.add(topic)
          return true
        }
        denials++
      } catch (error) {
        const failure = kafkaFailure(error, `${topic} could not be read`)
        if (!failure.canRetry) throw failure
        if (brokerCode(error) === unknownTopic) denials++
        else await this.recover(failure)
      }
      if (denials > missingAfter) throw missing(topic, partition)
      await pause(retryMs, signal)
    }
    return false
  }

  /**
   * The first offset of the partition and its end; null when the signal is aborted first. Waits for brokers that cannot be
   * reached, and for a leader.
   * @throws VainoError `not_found`, `broker_refused`
   */
  async bounds(topic: string, partition: number, signal: AbortSignal): Promise<Bounds | null> {
    for (let waitMs = retryMs; await this.know(topic, partition, signal); waitMs = Math.min(waitMs * 2, maxRetryMs)) {
      try {
        return {
          earliest: await offsetOf(this.#cluster, topic, partition, 'earliest'),
          latest: await offsetOf(this.#cluster, topic, partition, 'latest'),
        }
      } catch (error) {
        const failure = kafkaFailure(error, `the bounds of ${topic}/${partition} could not be read`)
        if (!failure.canRetry) throw failure
        if (brokerCode(error) === null) await this.recover(failure)
        else this.#settings.log?.({ level: 'warn', text: failure.message })
      }
      await pause(waitMs, signal)
    }
    return null
  }

  /** Asks for the leaders of all followed topics. A refused topic is left out, and asked for again at the next refresh. */
  async refresh(): Promise<void> {
    await this.#cluster.connect()
    if (this.#topics.size === 0) return
    const asked = this.#cluster
    try {
      await asked.refresh()
    } catch (error) {
      if (!topicCodes.has(brokerCode(error))) throw error
      // The failure names no topic and the client would ask for all of them again: a new client follows them one by one.
      const fresh = this.#connect()
      let spare = fresh
      try {
        await fresh.connect()
        await this.#follow(fresh)
        if (this.#cluster !== asked || this.#closing.signal.aborted) return
        this.#cluster = fresh
        spare = asked
      } finally {
        void spare.close()
      }
      return
    }
    await this.#follow(asked)
  }

  /** Has a client follow the topics one by one, so that a refused one does not keep out the others. */
  async #follow(cluster: Cluster): Promise<void> {
    for (const topic of this.#topics) {
      try {
        await cluster.follow([topic])
        this.#refused.delete(topic)
      } catch (error) {
        if (!topicCodes.has(brokerCode(error))) throw error
        const { message } = kafkaFailure(error, `${topic} is left out`)
        if (!this.#refused.has(topic)) this.#settings.log?.({ level: 'warn', text: message })
        this.#refused.add(topic)
      }
    }
  }

  /** After a failure of the whole cluster: refreshes the metadata; if that fails too, replaces the client. */
  recover(failure: VainoError): Promise<void> {
    this.#recovery ??= this.#tryToRecover(failure).finally(() => {
      this.#recovery = null
    })
    return this.#recovery
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#cluster.close()
  }

  async #tryToRecover(failure: VainoError): Promise<void> {
    this.#settings.log?.({ level: 'warn', text: failure.message })
    await pause(retryMs, this.#closing.signal)
    if (this.#closing.signal.aborted) return
    try {
      await this.refresh()
    } catch (error) {
      const { message } = kafkaFailure(error, 'kafka: no metadata, so a new client is made')
      this.#settings.log?.({ level: 'warn', text: message })
      void this.#cluster.close()
      this.#cluster = this.#connect()
      await pause(retryMs, this.#closing.signal)
    }
  }

  #partition(topic: string, partition: number) {
    return this.#cluster.partitionsOf(topic).find((one) => one.partition === partition)
  }

  #connect(): Cluster {
    return this.#port.openCluster(this.#settings)
  }
}
