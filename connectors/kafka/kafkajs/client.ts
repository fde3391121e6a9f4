import './leaderless-metadata.ts'
import './quiet-timers.ts'
import { Kafka, type KafkaConfig, logLevel, type RetryOptions } from 'kafkajs'
import type { KafkaLogLine, KafkaSettings } from '../settings.ts'
import { openSocket } from './socket.ts'

/** About 1 s in all: callers retry by themselves, with a new client. */
export const briefRetry: RetryOptions = { initialRetryTime: 20, maxRetryTime: 500, retries: 3 }

const connectionTimeoutMs = 5000
const requestTimeoutMs = 15_000

const levels: Readonly<Record<number, KafkaLogLine['level']>> = {
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'info',
}

export interface ClientTuning {
  readonly retry: RetryOptions
  /** Limit for opening one connection; 5 s by default. */
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
  // kafkajs has a separate type for each mechanism.
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password }
    case 'scram-sha-256':
      return { mechanism, username, password }
    case 'scram-sha-512':
      return { mechanism, username, password }
  }
}
