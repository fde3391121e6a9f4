import { VainoError } from '../../model/errors.ts'
import { BrokerError } from './broker/broker-error.ts'
import type { Cluster } from './broker/cluster.ts'
import { brokerCode, kafkaFailure } from './failure.ts'
import { briefRetry, closeSoon, createCluster, createKafka } from './kafkajs/client.ts'
import { pause } from './pause.ts'
import type { KafkaSettings } from './settings.ts'
import { leaderNotAvailable } from './settled.ts'

const unknownTopic = 3
/** A topic that isn't there, can't be, or may not be seen: kafkajs takes the answer as a failure for all that it asked for. */
const topicCodes: ReadonlySet<number | null> = new Set([unknownTopic, 17, 29])
const retryMs = 100
const maxRetryMs = 2000
/** A topic that was just made is not known to every broker at once: so many answers must say that it isn't there. */
const missingAfter = 30

const missing = (topic: string, partition: number): VainoError =>
  new VainoError('not_found', `There is no partition ${partition} of the Kafka topic ${topic}`, {
    hint: 'Check the topic prefix, and that the topics were made.',
  })

export interface Bounds {
  readonly earliest: number
  /** Behind the last record that `read_committed` readers see. */
  readonly latest: number
}

/** kafkajs' view of the cluster, made anew when it can't be mended: a client that lost all its brokers may stay lost. */
export class LiveCluster implements AsyncDisposable {
  readonly #settings: KafkaSettings
  readonly #topics = new Set<string>()
  /** Those of them that brokers don't tell of now. */
  readonly #untold = new Set<string>()
  readonly #closing = new AbortController()
  #cluster: Cluster
  #recovery: Promise<void> | null = null

  constructor(settings: KafkaSettings) {
    this.#settings = settings
    this.#cluster = this.#connect()
  }

  broker(id: string) {
    return this.#cluster.findBroker({ nodeId: id })
  }

  /** The id of the broker that leads a partition; null where none is known. */
  leaderOf(topic: string, partition: number): string | null {
    const leader = this.#partition(topic, partition)?.leader ?? -1
    return leader < 0 ? null : String(leader)
  }

  /**
   * Resolves when the partition is known; false when the signal is aborted first. Waits for brokers that are away.
   * @throws VainoError `not_found`, `broker_refused`
   */
  async know(topic: string, partition: number, signal: AbortSignal): Promise<boolean> {
    let askedInVain = 0
    while (!signal.aborted) {
      try {
        await this.refresh()
        await this.#cluster.addMultipleTargetTopics([topic])
        if (this.#partition(topic, partition) !== undefined) {
          this.#topics.add(topic)
          return true
        }
        askedInVain++
      } catch (error) {
        const failure = kafkaFailure(error, `${topic} could not be read`)
        if (!failure.canRetry) throw failure
        if (brokerCode(error) === unknownTopic) askedInVain++
        else await this.recover(failure)
      }
      if (askedInVain > missingAfter) throw missing(topic, partition)
      await pause(retryMs, signal)
    }
    return false
  }

  /**
   * What the partition holds; null when the signal is aborted first. Waits for brokers that are away, and for a leader.
   * @throws VainoError `not_found`, `broker_refused`
   */
  async bounds(topic: string, partition: number, signal: AbortSignal): Promise<Bounds | null> {
    for (let waitMs = retryMs; await this.know(topic, partition, signal); waitMs = Math.min(waitMs * 2, maxRetryMs)) {
      try {
        return {
          earliest: await this.#offset(topic, partition, true),
          latest: await this.#offset(topic, partition, false),
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

  /** Asks who leads what. A topic that brokers don't tell of is left out, and asked for again the next time. */
  async refresh(): Promise<void> {
    await this.#cluster.connect()
    if (this.#topics.size === 0) return
    const asked = this.#cluster
    try {
      await asked.refreshMetadata()
    } catch (error) {
      if (!topicCodes.has(brokerCode(error))) throw error
      // Which of them, kafkajs doesn't say, and it goes on asking for all: a new client is told one by one.
      const fresh = this.#connect()
      let spare = fresh
      try {
        await fresh.connect()
        await this.#tell(fresh)
        if (this.#cluster !== asked || this.#closing.signal.aborted) return
        this.#cluster = fresh
        spare = asked
      } finally {
        void closeSoon(spare.disconnect())
      }
      return
    }
    await this.#tell(asked)
  }

  /** Tells a client which topics to ask for. */
  async #tell(cluster: Cluster): Promise<void> {
    for (const topic of this.#topics) {
      try {
        await cluster.addMultipleTargetTopics([topic])
        this.#untold.delete(topic)
      } catch (error) {
        if (!topicCodes.has(brokerCode(error))) throw error
        const { message } = kafkaFailure(error, `${topic} is left out`)
        if (!this.#untold.has(topic)) this.#settings.log?.({ level: 'warn', text: message })
        this.#untold.add(topic)
      }
    }
  }

  /** After a failure that isn't one partition's: new metadata, and where that fails too, a new client. */
  recover(failure: VainoError): Promise<void> {
    this.#recovery ??= this.#tryToRecover(failure).finally(() => {
      this.#recovery = null
    })
    return this.#recovery
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await closeSoon(this.#cluster.disconnect())
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
      void closeSoon(this.#cluster.disconnect())
      this.#cluster = this.#connect()
      await pause(retryMs, this.#closing.signal)
    }
  }

  async #offset(topic: string, partition: number, fromBeginning: boolean): Promise<number> {
    if (this.leaderOf(topic, partition) === null) throw new BrokerError(leaderNotAvailable, `${topic}/${partition}`)
    const topics = await this.#cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning }])
    const offset = topics[0]?.partitions.find((one) => one.partition === partition)?.offset
    if (offset === undefined) throw new BrokerError(leaderNotAvailable, `${topic}/${partition}`)
    return Number(offset)
  }

  #partition(topic: string, partition: number) {
    return this.#isKnown(topic)
      ? this.#cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)
      : undefined
  }

  #isKnown(topic: string): boolean {
    try {
      return this.#cluster.findTopicPartitionMetadata(topic).length > 0
    } catch {
      // kafkajs has no metadata at all yet.
      return false
    }
  }

  #connect(): Cluster {
    return createCluster(createKafka(this.#settings, { retry: briefRetry }), briefRetry)
  }
}
