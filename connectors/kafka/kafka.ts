// The Kafka connector. Its functions are bound here to one Kafka client, behind the port in broker/; no type of that client
// leaves this folder. No connection outlives the object that opened it.
//
//   settings          KafkaSettings: brokers, TLS, SASL, where log lines go
//   ensureTopics      creates or checks the topics; topicNames(prefix) names them
//   openTopicProducer for collectors: send() resolves when the records are replicated, once and in order while the process lives
//   joinGroup         membership: own(partition, signal) runs while this node owns the partition, and again after a failure
//   openLogReader     reads a partition from an offset, live or to its end, without a group; pulls, so its memory is bounded
//   takePartition     fences the partition's former owner and reads its position; its commit() is all or nothing
//   describeCluster, diagnose, lagOf: for `vaino doctor` and metrics
//
// Folders: broker/ the port to the Kafka client, kafkajs/ its implementation, wire/ requests, records and codecs, fetch/ readers,
// produce/ producers and transactions, group/ membership, coordinators and positions, admin/ topics and diagnosis.
//
// Exactly once:
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
// Why it holds: an assignment is advice, because two members may hold one partition for a moment; the fence is the lock.
// takePartition fences first and reads the position then, so committed input is not processed again, and a fenced owner cannot
// commit any more. A commit that failed may have happened: after taking the partition again, the position shows it.

import * as describing from './admin/describe-cluster.ts'
import * as diagnosing from './admin/diagnose.ts'
import * as topics from './admin/topics.ts'
import type { BrokerPort } from './broker/broker-port.ts'
import * as reading from './fetch/log-reader.ts'
import * as times from './fetch/offset-at-time.ts'
import * as positions from './group/group-positions.ts'
import * as membership from './group/join-group.ts'
import * as lag from './group/lag.ts'
import { kafkajsPort } from './kafkajs/kafkajs-port.ts'
import * as producing from './produce/topic-producer.ts'
import * as owning from './produce/transactions.ts'
import type { KafkaSettings } from './settings.ts'

const bound =
  <Rest extends unknown[], Result>(run: (port: BrokerPort, settings: KafkaSettings, ...rest: Rest) => Result) =>
  (settings: KafkaSettings, ...rest: Rest): Result =>
    run(kafkajsPort, settings, ...rest)

export const describeCluster = bound(describing.describeCluster)
export const diagnose = bound(diagnosing.diagnose)
export const ensureTopics = bound(topics.ensureTopics)
export const highWatermark = bound(times.highWatermark)
export const joinGroup = bound(membership.joinGroup)
export const lagOf = bound(lag.lagOf)
export const offsetAtTime = bound(times.offsetAtTime)
export const openGroupPositions = bound(positions.openGroupPositions)
export const openLogReader = bound(reading.openLogReader)
export const openTopicProducer = bound(producing.openTopicProducer)
export const takePartition = bound(owning.takePartition)

export type { ClusterDescription } from './admin/describe-cluster.ts'
export type { BrokerHealth, Diagnosis, DiagnosisTarget, PermissionCheck } from './admin/diagnose.ts'
export { type TopicSpec, type TopicsFound, type TopicsWanted, topicNames } from './admin/topics.ts'
export type { FetchedChunk, LogBatch, ReadRequest } from './fetch/log-batch.ts'
export type { LogReader, LogReaderOptions } from './fetch/log-reader.ts'
export { isTruncated } from './fetch/truncated.ts'
export type { GroupPosition, GroupPositions } from './group/group-positions.ts'
export type { GroupHandlers, GroupOptions, PartitionGroup } from './group/join-group.ts'
export type { PartitionLag } from './group/lag.ts'
export type { TopicProducer, TopicProducerOptions } from './produce/topic-producer.ts'
export type {
  InputPosition,
  OwnedPartition,
  TopicBatch,
  TransactionsOptions,
  TransactionWork,
} from './produce/transactions.ts'
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
export { type Codec, requireNativeCodecs } from './wire/codecs.ts'
export { type DecodedRecords, decodePiece, type LogChunk, type UnreadableSpan } from './wire/record-batch.ts'
