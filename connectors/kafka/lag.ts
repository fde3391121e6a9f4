import { kafkaFailure } from './failure.ts'
import { briefRetry, closeSoon, createKafka } from './kafkajs/client.ts'
import type { KafkaSettings } from './settings.ts'

export interface PartitionLag {
  readonly partition: number
  /** Null when nothing was committed yet. */
  readonly committed: number | null
  readonly end: number
  /** Offsets between the two, the markers of transactions included. */
  readonly lag: number
}

/** How far a group is behind the end of a topic. @throws VainoError `broker_unreachable`, `broker_refused` */
export async function lagOf(settings: KafkaSettings, group: string, topic: string): Promise<PartitionLag[]> {
  const admin = createKafka(settings, { retry: briefRetry }).admin({ retry: briefRetry })
  try {
    await admin.connect()
    const bounds = await admin.fetchTopicOffsets(topic)
    const committed = (await admin.fetchOffsets({ groupId: group, topics: [topic] })).find((one) => one.topic === topic)
    return bounds
      .map(({ partition, low, high }) => {
        const offset = Number(committed?.partitions.find((one) => one.partition === partition)?.offset ?? -1)
        const end = Number(high)
        return {
          partition,
          committed: offset < 0 ? null : offset,
          end,
          lag: Math.max(0, end - (offset < 0 ? Number(low) : offset)),
        }
      })
      .toSorted((a, b) => a.partition - b.partition)
  } catch (error) {
    throw kafkaFailure(error, `the lag of ${group} could not be asked`)
  } finally {
    await closeSoon(admin.disconnect())
  }
}
