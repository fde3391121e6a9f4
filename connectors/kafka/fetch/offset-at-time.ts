import { askCluster } from '../ask-cluster.ts'
import type { BrokerPort } from '../broker/broker-port.ts'
import type { Cluster } from '../broker/cluster.ts'
import type { KafkaSettings } from '../settings.ts'
import { offsetOf } from '../wire/list-offsets.ts'

/**
 * The first offset of a partition whose record is at least as young as a time; if there is none, the end as `read_committed`
 * readers see it. Waits up to 20 s for a leader.
 * @param timeMs Unix milliseconds
 * @throws VainoError `broker_unreachable`, also when the signal is aborted first; `broker_refused`
 */
export const offsetAtTime = (
  port: BrokerPort,
  settings: KafkaSettings,
  topic: string,
  partition: number,
  timeMs: number,
  signal?: AbortSignal,
): Promise<number> =>
  askLeader(port, settings, { topic, partition, signal }, async (cluster) => {
    // The end first: a record that arrives between the two answers stands behind it, and is not skipped.
    const end = await offsetOf(cluster, topic, partition, 'latest')
    const offset = await offsetOf(cluster, topic, partition, { timeMs })
    return offset >= 0 ? offset : end
  })

/**
 * The offset behind the last record of a partition that is on all replicas in sync, records of open transactions included.
 * @throws as {@link offsetAtTime}
 */
export const highWatermark = (
  port: BrokerPort,
  settings: KafkaSettings,
  topic: string,
  partition: number,
  signal?: AbortSignal,
): Promise<number> =>
  askLeader(port, settings, { topic, partition, signal }, (cluster) =>
    offsetOf(cluster, topic, partition, 'latest', 'uncommitted'),
  )

interface Asked {
  readonly topic: string
  readonly partition: number
  readonly signal: AbortSignal | undefined
}

const askLeader = (
  port: BrokerPort,
  settings: KafkaSettings,
  { topic, partition, signal }: Asked,
  question: (cluster: Cluster) => Promise<number>,
): Promise<number> => {
  const about = `the offsets of ${topic}/${partition} could not be asked`
  return askCluster(port, settings, { topic, about, signal }, question)
}
