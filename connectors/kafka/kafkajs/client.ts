import './leaderless-metadata.ts'
import './quiet-timers.ts'
import { Kafka, type KafkaConfig, logLevel, type RetryOptions } from 'kafkajs'
import type { Cluster } from '../broker/cluster.ts'
import type { KafkaLogLine, KafkaSettings } from '../settings.ts'
import { openSocket } from './socket.ts'

/** Where the caller tries again by itself, with a new client. */
export const briefRetry: RetryOptions = { initialRetryTime: 20, maxRetryTime: 500, retries: 3 }

const connectionTimeoutMs = 5000
const requestTimeoutMs = 15_000
const metadataMaxAgeMs = 30_000

const levels: Readonly<Record<number, KafkaLogLine['level']>> = {
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'info',
}

export interface ClientTuning {
  readonly retry: RetryOptions
  /** Gives up on a connection that takes longer. */
  readonly connectionTimeoutMs?: number
}

export function createKafka(settings: KafkaSettings, tuning: ClientTuning): Kafka {
  const { log, tls, sasl } = settings
  const config: KafkaConfig = {
    brokers: [...settings.brokers],
    clientId: settings.clientId ?? 'vaino',
    connectionTimeout: tuning.connectionTimeoutMs ?? connectionTimeoutMs,
    authenticationTimeout: tuning.connectionTimeoutMs ?? connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry: tuning.retry,
    socketFactory: openSocket,
    logLevel: log === undefined ? logLevel.NOTHING : logLevel.INFO,
    logCreator:
      () =>
      ({ level, namespace, log: entry }) =>
        log?.({ level: levels[level] ?? 'info', text: `${namespace}: ${entry.message}` }),
  }
  if (tls !== undefined) config.ssl = { ...tls }
  if (sasl !== undefined) config.sasl = saslOf(sasl)
  return new Kafka(config)
}

function saslOf({ mechanism, username, password }: NonNullable<KafkaSettings['sasl']>) {
  // kafkajs types each mechanism apart.
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password }
    case 'scram-sha-256':
      return { mechanism, username, password }
    case 'scram-sha-512':
      return { mechanism, username, password }
  }
}

/**
 * kafkajs' own view of the cluster: metadata, leaders, connections. kafkajs hands it to partition assigners only, so it
 * is taken from a consumer that never joins a group.
 * @param readUncommitted the end of a partition is behind open transactions, too
 */
export function createCluster(kafka: Kafka, retry: RetryOptions, readUncommitted = false): Cluster {
  let captured: Cluster | null = null
  kafka.consumer({
    groupId: 'none',
    retry,
    metadataMaxAge: metadataMaxAgeMs,
    readUncommitted,
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        captured = cluster
        const none = (): never => {
          throw new Error('this consumer never joins a group')
        }
        return { name: 'none', version: 0, assign: none, protocol: none }
      },
    ],
  })
  // The compiler doesn't see that the callback has run.
  const cluster = captured as Cluster | null
  if (cluster === null) throw new Error('this version of kafkajs does not hand out its cluster')
  return cluster
}

/** One that is connected and has seen who the brokers are. */
export async function connectCluster(settings: KafkaSettings): Promise<Cluster> {
  const cluster = createCluster(createKafka(settings, { retry: briefRetry }), briefRetry)
  try {
    await cluster.connect()
    await cluster.refreshMetadata()
    return cluster
  } catch (error) {
    void closeSoon(cluster.disconnect())
    throw error
  }
}

/** Closes without waiting for ever: kafkajs waits for answers that a dead broker won't give. What is left ends by its own timeouts. */
export async function closeSoon(closing: Promise<unknown>, withinMs = 2000): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, withinMs)
  })
  const closed = closing.then(
    () => undefined,
    // A connection that breaks while it is closed is closed.
    () => undefined,
  )
  await Promise.race([closed, limit])
  clearTimeout(timer)
}
