import { BrokerError } from './broker/broker-error.ts'
import type { Cluster } from './broker/cluster.ts'
import { kafkaFailure } from './failure.ts'
import { briefRetry, closeSoon, createCluster, createKafka } from './kafkajs/client.ts'
import type { KafkaSettings } from './settings.ts'
import { leaderNotAvailable, whenSettled } from './settled.ts'

/**
 * The first offset of a partition whose record is as young as a time or younger; where none is, the end as `read_committed`
 * readers see it. Waits a while for a partition that has no leader.
 * @param timeMs Unix milliseconds
 * @throws VainoError `broker_unreachable`, also when the signal is aborted first; `broker_refused`
 */
export const offsetAtTime = (
  settings: KafkaSettings,
  topic: string,
  partition: number,
  timeMs: number,
  signal?: AbortSignal,
): Promise<number> =>
  askLeader(settings, { topic, partition, readUncommitted: false, signal }, async (place) => {
    const offset = await offsetOf(place, { fromTimestamp: timeMs })
    return offset >= 0 ? offset : await offsetOf(place, { fromBeginning: false })
  })

/**
 * The offset behind the last record of a partition that is safe, those of open transactions included.
 * @throws as {@link offsetAtTime}
 */
export const highWatermark = (
  settings: KafkaSettings,
  topic: string,
  partition: number,
  signal?: AbortSignal,
): Promise<number> =>
  askLeader(settings, { topic, partition, readUncommitted: true, signal }, (place) =>
    offsetOf(place, { fromBeginning: false }),
  )

interface Asked {
  readonly topic: string
  readonly partition: number
  readonly readUncommitted: boolean
  readonly signal: AbortSignal | undefined
}

async function askLeader(
  settings: KafkaSettings,
  { topic, partition, readUncommitted, signal }: Asked,
  question: (place: Place) => Promise<number>,
): Promise<number> {
  const cluster = createCluster(createKafka(settings, { retry: briefRetry }), briefRetry, readUncommitted)
  const place = { cluster, topic, partition }
  try {
    await cluster.connect()
    return await whenSettled(async () => {
      await findLeader(place)
      return question(place)
    }, signal)
  } catch (error) {
    throw kafkaFailure(error, `the offsets of ${topic}/${partition} could not be asked`)
  } finally {
    await closeSoon(cluster.disconnect())
  }
}

interface Place {
  readonly cluster: Cluster
  readonly topic: string
  readonly partition: number
}

/** @throws BrokerError where there is none */
async function findLeader({ cluster, topic, partition }: Place): Promise<void> {
  await cluster.addMultipleTargetTopics([topic])
  await cluster.refreshMetadata()
  const found = cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)
  if ((found?.leader ?? -1) < 0) throw new BrokerError(leaderNotAvailable, `${topic}/${partition}`)
}

/** @returns negative where no record is as young as a time */
async function offsetOf(
  { cluster, topic, partition }: Place,
  which: { readonly fromTimestamp: number } | { readonly fromBeginning: boolean },
): Promise<number> {
  const [found] = await cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], ...which }])
  const offset = found?.partitions.find((one) => one.partition === partition)?.offset
  if (offset === undefined) throw new BrokerError(leaderNotAvailable, `${topic}/${partition}`)
  return Number(offset)
}
