import type { BrokerPort } from '../broker/broker-port.ts'
import type { Cluster } from '../broker/cluster.ts'
import { kafkaFailure } from '../failure.ts'
import type { KafkaSettings } from '../settings.ts'
import { whenSettled } from '../settled.ts'
import { fetchCommitted } from '../wire/coordinator-requests.ts'
import { type Isolation, offsetsOf } from '../wire/list-offsets.ts'
import { Coordinator } from './coordinator.ts'

/** A group's committed position in a partition. */
export interface GroupPosition {
  /** The next offset to read; null if the group has committed none. */
  readonly nextOffset: number | null
  /** Text committed beside the offset. */
  readonly note: string
}

/** Reads a group's positions without being a member. All calls share one connection to each broker. */
export interface GroupPositions extends AsyncDisposable {
  /** One position a partition, in order. @throws VainoError `broker_unreachable`, `broker_refused` */
  committed(): Promise<readonly GroupPosition[]>
  /**
   * The ends of the topic's partitions. @param isolation `committed` (default): as `read_committed` readers see them, up to the first open transaction
   * @throws as {@link committed}
   */
  ends(isolation?: Isolation): Promise<readonly number[]>
}

export interface GroupPositionsOptions {
  readonly group: string
  readonly topic: string
  readonly partitions: number
}

/** After this time the coordinator is looked up again, over a new connection. */
const withinMs = 1000

/** Connects at the first call, and again after a failure. */
export function openGroupPositions(
  port: BrokerPort,
  settings: KafkaSettings,
  options: GroupPositionsOptions,
): GroupPositions {
  const { group, topic } = options
  const partitions = Array.from({ length: options.partitions }, (_, partition) => partition)
  const asked = new Map([[topic, partitions]])
  const closing = new AbortController()
  let client: Promise<{ readonly cluster: Cluster; readonly coordinator: Coordinator }> | null = null

  async function connect() {
    const cluster = port.openCluster(settings)
    try {
      await cluster.connect()
      await cluster.follow([topic])
      return { cluster, coordinator: new Coordinator(cluster, 'group', group) }
    } catch (error) {
      void cluster.close()
      throw error
    }
  }

  async function ask<T>(question: (client: { cluster: Cluster; coordinator: Coordinator }) => Promise<T>): Promise<T> {
    try {
      return await whenSettled(async () => {
        if (closing.signal.aborted) throw new Error('the positions were closed')
        client ??= connect()
        const current = client
        try {
          return await question(await current)
        } catch (error) {
          if (client === current) client = null
          void close(current)
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
        const found = await coordinator.ask((cluster, node) => fetchCommitted(cluster, node, group, asked), withinMs)
        return partitions.map((partition) => {
          const position = found.get(topic)?.find((one) => one.partition === partition)
          return { nextOffset: position?.offset ?? null, note: position?.note ?? '' }
        })
      }),
    ends: (isolation = 'committed') =>
      ask(async ({ cluster }) => {
        await cluster.refreshIfOld()
        return offsetsOf(cluster, topic, partitions, 'latest', isolation)
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
  await opened?.cluster.close()
}
