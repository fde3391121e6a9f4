import {
  describeCluster,
  ensureTopics,
  joinGroup,
  type LogReader,
  type OwnedPartition,
  takePartition,
} from '../../../connectors/kafka/kafka.ts'
import { packRecords } from '../../../connectors/kafka/wire/packed-batch.ts'
import type { JournalEntry } from '../../../storage/alerts/alert-journal.ts'
import type { OwnedAlerts } from '../../alerts/owned-state.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import type { KafkaOptions } from '../node/kafka-options.ts'
import type { Memberships } from '../node/memberships.ts'
import { wantedReplication } from '../node/wanted-topics.ts'

export interface AlertOwning {
  readonly kafka: KafkaOptions
  readonly log: LogReader
  readonly memberships: Memberships
  readonly telemetry: Telemetry
  /** Of one message, and of a batch of them. */
  readonly maxBytes: number
}

/** How long the topic says that a row is gone: it is read from its beginning at each take-over, so an hour is long. */
const tombstonesKeptMs = 86_400_000

/**
 * Lets one of the nodes that have alerts tell: a consumer group of their own gives it the one partition of the compacted topic `PREFIX.alerts`, and the fence of
 * its producer decides. The topic is the truth: a row for each thing that was told, and each message under way; an owner reads it before it tells anything, and sends only
 * what it has published there.
 */
export function ownAlerts(
  parts: AlertOwning,
  own: (alerts: OwnedAlerts, signal: AbortSignal) => Promise<void>,
): AsyncDisposable {
  const { kafka, log, memberships, telemetry, maxBytes } = parts
  const { settings, prefix, sessionTimeoutMs } = kafka
  const topic = `${prefix}.alerts`
  const group = topic
  const join = async () => {
    const { nodes } = await describeCluster(settings)
    const replication = wantedReplication(kafka.replication, nodes.length)
    const spec = { name: topic, cleanup: 'compact', maxMessageBytes: maxBytes, tombstonesKeptMs } as const
    await ensureTopics(settings, { partitions: 1, replication, create: kafka.createTopics, topics: [spec] })
    return joinGroup(
      settings,
      { group, topic, sessionTimeoutMs },
      {
        async own(partition, signal) {
          await using owned = await takePartition(settings, { idPrefix: group, group, inputTopic: topic }, partition)
          const entries = readEntries(log, topic, signal)
          await own({ entries, publish: (changed) => commit(owned, topic, changed, maxBytes) }, signal)
        },
        assigned: () => memberships.joined(group),
        disturbed: (error) => memberships.broke(group, error),
        failed: (_partition, error) => telemetry.emit('alerts_failed', { error }),
      },
    )
  }
  const joining = join()
  joining.catch((error: unknown) => telemetry.emit('alerts_failed', { error }))
  return {
    async [Symbol.asyncDispose]() {
      const [joined] = await Promise.allSettled([joining])
      if (joined.status === 'fulfilled') await joined.value[Symbol.asyncDispose]()
    },
  }
}

/** In the order of the topic, so of each row the last entry is the newest. */
async function* readEntries(log: LogReader, topic: string, signal: AbortSignal): AsyncGenerator<JournalEntry[]> {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')
  for await (const { records } of log.read({ topic, partition: 0, from: 'earliest', toEnd: true, signal }))
    yield records.flatMap(({ key, value }) =>
      key === null ? [] : [{ key: text(key), value: value === null ? null : text(value) }],
    )
}

async function commit(owned: OwnedPartition, topic: string, entries: readonly JournalEntry[], maxBytes: number) {
  const records = entries.map(({ key, value }) => ({ key, value, headers: {} }))
  const batches = [...packRecords(records, 'zstd', Math.min(maxBytes, 1_000_000))].map((batch) => ({ topic, batch }))
  await owned.commit({ batches, nextOffset: null })
}
