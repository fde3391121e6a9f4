import type { KafkaSettings, LogReader } from '../../../connectors/kafka/kafka.ts'
import { createKafka } from '../../../connectors/kafka/kafkajs/client.ts'

/** Removes what stands before an offset, as retention does in the course of days. */
export async function truncate(
  settings: KafkaSettings,
  topic: string,
  partition: number,
  before: number,
): Promise<void> {
  const retry = { retries: 3 }
  const admin = createKafka(settings, { retry }).admin({ retry })
  await admin.connect()
  try {
    // kafkajs looks for the leader in what it knows already.
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] })
  } finally {
    await admin.disconnect()
  }
}

/** Removes what a group has committed, as brokers do when it was away for a week. */
export async function forgetGroup(settings: KafkaSettings, group: string): Promise<void> {
  const retry = { retries: 3 }
  const admin = createKafka(settings, { retry }).admin({ retry })
  await admin.connect()
  try {
    await admin.deleteGroups([group])
  } finally {
    await admin.disconnect()
  }
}

export async function endOf(reader: LogReader, topic: string, partition = 0): Promise<number> {
  for await (const batch of reader.read({ topic, partition, from: 'latest', toEnd: true })) return batch.endOffset
  throw new Error(`${topic}/${partition} has no end`)
}
