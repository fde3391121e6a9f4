import { fileURLToPath } from 'node:url'
import {
  joinGroup,
  type KafkaSettings,
  type OutgoingRecord,
  openLogReader,
  type PartitionGroup,
  takePartition,
} from '../../connectors/kafka/kafka.ts'
import { textOf } from './reading.ts'
import { topicBatches } from './topic-batches.ts'

export interface CopyJob {
  readonly settings: KafkaSettings
  readonly name: string
  readonly input: string
  readonly output: string
  readonly sessionTimeoutMs: number
}

export type JobEvent =
  | { readonly kind: 'assigned'; readonly owned: readonly number[] }
  | { readonly kind: 'took'; readonly partition: number; readonly nextOffset: number | null }
  | { readonly kind: 'let_go'; readonly partition: number }
  | { readonly kind: 'failed'; readonly partition: number; readonly code: string; readonly message: string }
  | { readonly kind: 'disturbed'; readonly message: string }

/**
 * The smallest exactly-once job: each record of the input becomes one of the output, in the same partition, and says which
 * input it came of. What vaino does with records has the same shape.
 */
export function runCopyJob(job: CopyJob, tell: (event: JobEvent) => void): PartitionGroup & AsyncDisposable {
  const { settings, name, input, output, sessionTimeoutMs } = job
  const reader = openLogReader(settings, { maxPartitionBytes: 20_000 })
  const names = { idPrefix: name, group: name, inputTopic: input }
  const options = { group: name, topic: input, sessionTimeoutMs, rebalanceTimeoutMs: 10_000, heartbeatMs: 500 }
  const group = joinGroup(settings, options, {
    assigned: (owned) => tell({ kind: 'assigned', owned }),
    disturbed: ({ message }) => tell({ kind: 'disturbed', message }),
    failed: (partition, { code, message }) => tell({ kind: 'failed', partition, code, message }),
    async own(partition, signal) {
      await using owned = await takePartition(settings, names, partition)
      const { nextOffset } = owned.position
      tell({ kind: 'took', partition, nextOffset })
      const from = nextOffset ?? 'earliest'
      for await (const batch of reader.read({ topic: input, partition, from, signal })) {
        const records = batch.records.map(({ offset, key, value }): OutgoingRecord & { topic: string } => ({
          topic: output,
          key,
          value: `${partition}-${offset} ${textOf(value)}`,
        }))
        await owned.commit({ batches: topicBatches(records), nextOffset: batch.nextOffset })
      }
      tell({ kind: 'let_go', partition })
    },
  })
  return {
    get owned() {
      return group.owned
    },
    async [Symbol.asyncDispose]() {
      await group[Symbol.asyncDispose]()
      await reader[Symbol.asyncDispose]()
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const job = runCopyJob(JSON.parse(process.argv[2] ?? ''), (event) =>
    process.stdout.write(`${JSON.stringify(event)}\n`),
  )
  process.once('SIGTERM', () => void job[Symbol.asyncDispose]().then(() => process.exit(0)))
}
