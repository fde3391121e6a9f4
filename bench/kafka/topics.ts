import { ensureTopics, type KafkaSettings, topicNames } from '../../connectors/kafka/kafka.ts'
import { configSchema } from '../../pipeline/config/schema.ts'
import { messageLimits } from '../../pipeline/kafka/messages/message-limits.ts'
import { wantedTopics } from '../../pipeline/kafka/node/wanted-topics.ts'

/** What a user gets who configures nothing. */
const config = configSchema.parse({})

export const { partitions } = config
export const limits = messageLimits(config.limits.record_size, null)

/** For the broker: it takes what vaino's topics take. */
export const brokerConfig = { 'message.max.bytes': Math.max(...Object.values(limits.topics)) }

/** Makes vaino's topics before there is a vaino. @returns the one that it reads */
export async function makeVainoTopics(settings: KafkaSettings, prefix: string): Promise<string> {
  const topics = wantedTopics(prefix, limits.topics)
  await ensureTopics(settings, { partitions, replication: 1, create: true, topics })
  return topicNames(prefix).resources
}

/** Topics of another program, with as many partitions. */
export async function makeTopics(settings: KafkaSettings, names: readonly string[]): Promise<void> {
  const topics = names.map((name) => ({ name, cleanup: 'delete', maxMessageBytes: limits.maxBatchBytes * 2 }) as const)
  await ensureTopics(settings, { partitions, replication: 1, create: true, topics })
}
