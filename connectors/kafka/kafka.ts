// Kafka, as far as vaino needs it. No type of kafkajs comes out of this folder, and no connection outlives what was opened.
//
//   settings          KafkaSettings: brokers, TLS, SASL, where log lines go
//   ensureTopics      makes or checks the topics; topicNames(prefix) names them
//   openTopicProducer for collectors: send() resolves when the records are safe, once and in order while the process lives
//   joinGroup         membership: own(partition, signal) runs while a partition is ours, again after it failed
//   openLogReader     reads a partition from an offset, live or to its end, without a group; pulls, so it can't flood
//   takePartition     fences the partition's former owner and says where it stopped; its commit() is all or nothing
//   describeCluster, diagnose, lagOf: for `vaino doctor` and metrics
//
// Exactly once, in full:
//
//   await using reader = openLogReader(settings)
//   const names = { idPrefix: 'vaino', group: 'vaino', inputTopic }
//   await using group = joinGroup(settings, { group: 'vaino', topic: inputTopic }, {
//     async own(partition, signal) {
//       await using owned = await takePartition(settings, names, partition)
//       const from = owned.position.nextOffset ?? 'earliest'
//       for await (const batch of reader.read({ topic: inputTopic, partition, from, signal })) {
//         await owned.commit({ batches: outcomeOf(batch), nextOffset: batch.nextOffset })
//       }
//     },
//     failed: (partition, error, retryInMs) => …,
//   })
//
// What that stands on: to own a partition is advice (two members may believe in it for a moment), the fence is the lock.
// Whoever takes a partition fences first and reads the position then, so nothing that was committed is done again; whoever
// was fenced can't commit any more. A commit that fails may have happened: the partition is taken again, and the position tells.

export type { Codec } from './codecs.ts'
export { type ClusterDescription, describeCluster } from './describe.ts'
export {
  type BrokerHealth,
  type Diagnosis,
  type DiagnosisTarget,
  diagnose,
  type PermissionCheck,
} from './diagnose.ts'
export { type GroupHandlers, type GroupOptions, joinGroup, type PartitionGroup } from './group.ts'
export { lagOf, type PartitionLag } from './lag.ts'
export type { FetchedChunk, LogBatch, ReadRequest } from './log-batch.ts'
export { type LogReader, type LogReaderOptions, openLogReader } from './log-reader.ts'
export { openTopicProducer, type TopicProducer, type TopicProducerOptions } from './producer.ts'
export { type DecodedRecords, decodePiece, type LogChunk, type UnreadableSpan } from './record-batch.ts'
export type {
  KafkaHeaders,
  KafkaLogLine,
  KafkaSasl,
  KafkaSettings,
  KafkaTls,
  LogRecord,
  OutgoingRecord,
  TextPieces,
} from './settings.ts'
export { ensureTopics, type TopicSpec, type TopicsFound, type TopicsWanted, topicNames } from './topics.ts'
export {
  type InputPosition,
  type OwnedPartition,
  type TopicBatch,
  type TransactionsOptions,
  type TransactionWork,
  takePartition,
} from './transactions.ts'
export { isTruncated } from './truncated.ts'
