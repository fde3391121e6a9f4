import { askCluster } from '../ask-cluster.ts'
import type { BrokerPort } from '../broker/broker-port.ts'
import type { KafkaSettings } from '../settings.ts'
import { fetchCommitted } from '../wire/coordinator-requests.ts'
import { offsetsOf } from '../wire/list-offsets.ts'
import { Coordinator } from './coordinator.ts'

export interface PartitionLag {
  readonly partition: number
  /** The next offset that the group reads; null if it has committed none. */
  readonly committed: number | null
  readonly end: number
  /** Offsets between the two, the markers of transactions included. */
  readonly lag: number
}

const coordinatorWithinMs = 10_000

/** How far a group is behind the end of each partition of a topic. @throws VainoError `broker_unreachable`, `broker_refused` */
export const lagOf = (
  port: BrokerPort,
  settings: KafkaSettings,
  group: string,
  topic: string,
): Promise<PartitionLag[]> =>
  askCluster(port, settings, { topic, about: `the lag of ${group} could not be asked` }, async (cluster) => {
    const partitions = cluster.partitionsOf(topic).map(({ partition }) => partition)
    const coordinator = new Coordinator(cluster, 'group', group)
    const asked = new Map([[topic, partitions]])
    const [starts, ends, committed] = await Promise.all([
      offsetsOf(cluster, topic, partitions, 'earliest'),
      offsetsOf(cluster, topic, partitions, 'latest'),
      coordinator.ask((each, node) => fetchCommitted(each, node, group, asked), coordinatorWithinMs),
    ])
    const positions = committed.get(topic) ?? []
    return partitions
      .map((partition, index) => {
        const offset = positions.find((one) => one.partition === partition)?.offset ?? null
        const [start = 0, end = 0] = [starts[index], ends[index]]
        return { partition, committed: offset, end, lag: Math.max(0, end - (offset ?? start)) }
      })
      .toSorted((a, b) => a.partition - b.partition)
  })
