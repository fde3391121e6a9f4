import { joinGroup, type LogReader, takePartition, topicNames } from '../../../connectors/kafka/kafka.ts'
import type { Rules } from '../../../model/rules.ts'
import type { StateReader } from '../../../storage/state-reader.ts'
import type { DriftView } from '../../drift/drift-view.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import type { KafkaOptions } from '../node/kafka-options.ts'
import type { Memberships } from '../node/memberships.ts'
import { writeDrift } from './drift-writer.ts'

export interface DriftPublishing {
  readonly kafka: KafkaOptions
  readonly log: LogReader
  readonly reader: StateReader
  readonly memberships: Memberships
  readonly telemetry: Telemetry
  /** Of the value of one message. */
  readonly maxBytes: number
}

/**
 * Shares the partitions of the drift topic with the other nodes that have a view, by a consumer group of their own: each is
 * written by one node at a time. Nothing is read through the group.
 */
export function publishDrift(parts: DriftPublishing, view: DriftView, rules: () => Rules): AsyncDisposable {
  const { kafka, log, reader, memberships, telemetry, maxBytes } = parts
  const { settings, prefix, sessionTimeoutMs } = kafka
  const group = `${prefix}.drift`
  const topic = topicNames(prefix).drift
  const take = (partition: number) => takePartition(settings, { idPrefix: group, group, inputTopic: topic }, partition)
  const messages = { prefix, maxBytes }
  return joinGroup(
    settings,
    { group, topic, sessionTimeoutMs },
    {
      own: (partition, signal) => writeDrift({ topic, log, view, reader, rules, messages, take }, partition, signal),
      assigned: () => memberships.joined(group),
      disturbed: (error) => memberships.broke(group, error),
      failed: (partition, error) => telemetry.emit('drift_unpublished', { partition, error }),
    },
  )
}
