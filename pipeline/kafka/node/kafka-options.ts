import type { KafkaSettings } from '../../../connectors/kafka/kafka.ts'

export type Role = 'collector' | 'processor' | 'api'

export interface KafkaOptions {
  readonly settings: KafkaSettings
  readonly prefix: string
  /** Replication of topics that are created; null: one a broker, at most three. */
  readonly replication: number | null
  readonly createTopics: boolean
  readonly encoding: 'json' | 'msgpack'
  /** Maximum bytes of a message; null: what two of the largest records need. */
  readonly maxMessageBytes: number | null
  readonly roles: readonly Role[]
  /** The deployment's secret for redaction: the same on every node. */
  readonly redactionKey: string
  /** A group member that is silent for this long is removed, and its partitions move. */
  readonly sessionTimeoutMs: number
  /** Maximum milliseconds that a request waits until its records are processed; absent: 30,000. */
  readonly processedWithinMs?: number
}
