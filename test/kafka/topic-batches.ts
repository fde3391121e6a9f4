import type { OutgoingRecord, TopicBatch } from '../../connectors/kafka/kafka.ts'
import { packRecords } from '../../connectors/kafka/wire/packed-batch.ts'

/** Records of several topics, as a transaction takes them. */
export const topicBatches = (records: readonly (OutgoingRecord & { readonly topic: string })[]): TopicBatch[] =>
  [...Map.groupBy(records, ({ topic }) => topic)].flatMap(([topic, ofTopic]) =>
    Array.from(packRecords(ofTopic), (batch) => ({ topic, batch })),
  )
