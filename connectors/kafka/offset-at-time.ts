import { briefRetry, closeSoon, createKafka } from './client.ts'
import { kafkaFailure } from './failure.ts'
import type { KafkaSettings } from './settings.ts'

/**
 * The first offset of a partition whose record is as young as a time or younger; the end where none is.
 * @param timeMs Unix milliseconds
 * @throws VainoError `broker_unreachable`, `broker_refused`
 */
export async function offsetAtTime(
  settings: KafkaSettings,
  topic: string,
  partition: number,
  timeMs: number,
): Promise<number> {
  const admin = createKafka(settings, { retry: briefRetry }).admin({ retry: briefRetry })
  try {
    await admin.connect()
    const found = await admin.fetchTopicOffsetsByTimestamp(topic, timeMs)
    const offset = Number(found.find((entry) => entry.partition === partition)?.offset ?? -1)
    if (offset >= 0) return offset
    const ends = await admin.fetchTopicOffsets(topic)
    return Number(ends.find((entry) => entry.partition === partition)?.high ?? 0)
  } catch (error) {
    throw kafkaFailure(error, `the offsets of ${topic} could not be asked`)
  } finally {
    await closeSoon(admin.disconnect())
  }
}
