import { BrokerError } from './broker/broker-error.ts'
import type { Cluster } from './broker/cluster.ts'
import { Coordinator } from './coordinator.ts'
import { kafkaFailure } from './failure.ts'
import { briefRetry, closeSoon, createCluster, createKafka } from './kafkajs/client.ts'
import type { KafkaSettings } from './settings.ts'
import { leaderNotAvailable, whenSettled } from './settled.ts'

/** How far a group has come in a partition. */
export interface GroupPosition {
  /** The offset that comes next; null where it has committed none. */
  readonly nextOffset: number | null
  /** What it has committed beside it. */
  readonly note: string
}

/** Watches a group from outside: over one connection, however often it is asked. */
export interface GroupPositions extends AsyncDisposable {
  /** By partition. @throws VainoError `broker_unreachable`, `broker_refused` */
  committed(): Promise<readonly GroupPosition[]>
  /** The ends of the topic's partitions, as `read_committed` readers see them. @throws as {@link committed} */
  ends(): Promise<readonly number[]>
}

export interface GroupPositionsOptions {
  readonly group: string
  readonly topic: string
  readonly partitions: number
}

/** Then the coordinator is looked for anew, on a new connection. */
const withinMs = 1000

/** Connects when it is first asked, and anew after a failure. */
export function openGroupPositions(settings: KafkaSettings, options: GroupPositionsOptions): GroupPositions {
  const { group, topic } = options
  const partitions = Array.from({ length: options.partitions }, (_, partition) => ({ partition }))
  const closing = new AbortController()
  let client: Promise<{ readonly cluster: Cluster; readonly coordinator: Coordinator }> | null = null

  async function connect() {
    const cluster = createCluster(createKafka(settings, { retry: briefRetry }), briefRetry)
    try {
      await cluster.connect()
      await cluster.addMultipleTargetTopics([topic])
      await cluster.refreshMetadataIfNecessary()
      return { cluster, coordinator: new Coordinator(cluster, 'group', group) }
    } catch (error) {
      void closeSoon(cluster.disconnect())
      throw error
    }
  }

  async function ask<T>(question: (client: { cluster: Cluster; coordinator: Coordinator }) => Promise<T>): Promise<T> {
    try {
      return await whenSettled(async () => {
        if (closing.signal.aborted) throw new Error('they are asked for no more')
        client ??= connect()
        const asked = client
        try {
          return await question(await asked)
        } catch (error) {
          if (client === asked) client = null
          void close(asked)
          throw error
        }
      }, closing.signal)
    } catch (error) {
      throw kafkaFailure(error, `the positions of ${group} in ${topic} could not be read`)
    }
  }

  return {
    committed: () =>
      ask(async ({ coordinator }) => {
        const request = { groupId: group, topics: [{ topic, partitions }] }
        const { responses } = await coordinator.ask((broker) => broker.offsetFetch(request), withinMs)
        const found = responses.find((one) => one.topic === topic)?.partitions ?? []
        return partitions.map(({ partition }) => {
          const position = found.find((one) => one.partition === partition)
          const offset = Number(position?.offset ?? -1)
          return { nextOffset: offset < 0 ? null : offset, note: position?.metadata ?? '' }
        })
      }),
    ends: () =>
      ask(async ({ cluster }) => {
        await cluster.refreshMetadataIfNecessary()
        const unled = cluster.findTopicPartitionMetadata(topic).find(({ leader }) => leader < 0)
        if (unled !== undefined) throw new BrokerError(leaderNotAvailable, `${topic}/${unled.partitionId}`)
        const [found] = await cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning: false }])
        return partitions.map(({ partition }) => {
          const offset = found?.partitions.find((one) => one.partition === partition)?.offset
          if (offset === undefined) throw new BrokerError(leaderNotAvailable, `${topic}/${partition}`)
          return Number(offset)
        })
      }),
    async [Symbol.asyncDispose]() {
      closing.abort()
      const last = client
      client = null
      await close(last)
    },
  }
}

async function close(opening: Promise<{ readonly cluster: Cluster }> | null): Promise<void> {
  const opened = await opening?.catch(() => null)
  if (opened) await closeSoon(opened.cluster.disconnect())
}
