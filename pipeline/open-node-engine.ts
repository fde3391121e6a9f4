import { readFileSync } from 'node:fs'
import { messageOf, VainoError } from '../model/errors.ts'
import { engineOptions } from './config/engine-options.ts'
import type { Config } from './config/schema.ts'
import { openEngine, type RunningEngine } from './open-engine.ts'
import type { Telemetry } from './telemetry/telemetry.ts'

/** Opens the engine that the configuration asks for: all in this process, or one node of many around Kafka. */
export async function openNodeEngine(config: Config, telemetry: Telemetry): Promise<RunningEngine> {
  if (config.transport === 'embedded') return openEngine(engineOptions(config), telemetry)
  const { kafka, roles } = config
  // Loaded only here: who doesn't use Kafka doesn't pay for its client.
  const { openKafkaEngine } = await import('./kafka/open-kafka-engine.ts')
  const { ca_file, cert_file, key_file } = kafka.tls ?? {}
  const tls = {
    ...(ca_file === undefined ? {} : { ca: readPem(ca_file) }),
    ...(cert_file === undefined ? {} : { cert: readPem(cert_file) }),
    ...(key_file === undefined ? {} : { key: readPem(key_file) }),
  }
  const settings = {
    brokers: kafka.brokers,
    ...(kafka.tls === undefined ? {} : { tls }),
    ...(kafka.sasl === undefined ? {} : { sasl: kafka.sasl }),
  }
  return openKafkaEngine(
    engineOptions(config),
    {
      settings,
      prefix: kafka.topic_prefix,
      replication: kafka.replication ?? null,
      createTopics: kafka.create_topics,
      roles,
      redactionKey: kafka.redaction_key ?? '',
      sessionTimeoutMs: kafka.session_timeout,
    },
    telemetry,
  )
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new VainoError('bad_config', `kafka.tls: ${messageOf(error)}`, {
      hint: 'Name a PEM file that this user may read.',
    })
  }
}
