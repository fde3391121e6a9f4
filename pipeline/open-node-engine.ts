import { engineOptions } from './config/engine-options.ts'
import { kafkaSettings } from './config/kafka-settings.ts'
import type { Config } from './config/schema.ts'
import { openEngine } from './embedded/open-embedded-engine.ts'
import type { RunningEngine } from './running-engine.ts'
import type { Telemetry } from './telemetry/telemetry.ts'

/** Opens the engine that the configuration asks for: all in this process, or one node of many around Kafka. */
export async function openNodeEngine(config: Config, telemetry: Telemetry): Promise<RunningEngine> {
  if (config.transport === 'embedded') return openEngine(engineOptions(config), telemetry)
  const { kafka, roles } = config
  // Loaded only here, because the Kafka client takes time and memory.
  const { openKafkaEngine } = await import('./kafka/node/open-kafka-engine.ts')
  return openKafkaEngine(
    engineOptions(config),
    {
      settings: kafkaSettings(config),
      prefix: kafka.topic_prefix,
      replication: kafka.replication ?? null,
      createTopics: kafka.create_topics,
      encoding: kafka.encoding,
      maxMessageBytes: kafka.max_message_size ?? null,
      roles,
      redactionKey: kafka.redaction_key ?? '',
      sessionTimeoutMs: kafka.session_timeout,
    },
    telemetry,
  )
}
