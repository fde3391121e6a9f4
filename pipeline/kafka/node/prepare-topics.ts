import { describeCluster, ensureTopics } from '../../../connectors/kafka/kafka.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import type { MessageLimits } from '../messages/message-limits.ts'
import type { KafkaOptions } from './kafka-options.ts'
import { wantedReplication, wantedTopics } from './wanted-topics.ts'

/**
 * Creates the topics that are missing, where that is allowed, and checks the others.
 * @returns the id of the cluster
 * @throws VainoError where the brokers or the topics are not as they must be
 */
export async function prepareTopics(
  partitions: number,
  { topics }: MessageLimits,
  kafka: KafkaOptions,
  telemetry: Telemetry,
): Promise<string> {
  const { clusterId, nodes } = await describeCluster(kafka.settings)
  const { created, warnings } = await ensureTopics(kafka.settings, {
    partitions,
    replication: wantedReplication(kafka.replication, nodes.length),
    create: kafka.createTopics,
    topics: wantedTopics(kafka.prefix, topics),
  })
  for (const topic of created) telemetry.emit('topic_created', { topic })
  for (const warning of warnings) telemetry.emit('config_warning', { warning })
  return clusterId
}
