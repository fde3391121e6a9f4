import { type KafkaSettings, type OutgoingRecord, openTopicProducer } from '../../connectors/kafka/kafka.ts'
import { partitionOf } from '../../model/partition.ts'
import type { Scope } from '../../model/scope.ts'
import { messagesOf } from '../../pipeline/kafka/input/kafka-transport.ts'
import { benchId, benchResource, benchScan, benchScope, eachOf } from '../estate/made-up.ts'
import { limits, partitions } from './topics.ts'

/** One scan of some scopes of the made-up estate. */
export interface EstateScan {
  readonly round: number
  readonly scopes: { readonly first: number; readonly count: number }
  readonly perScope: number
  /** What makes a resource differ from one scan to the next. */
  readonly revisionOf: (n: number) => number
}

/** How the same observations stand in a topic: the messages of one scope's scan. */
export type InputForm = (scan: EstateScan, scope: number) => readonly OutgoingRecord[]

const bodyOf = ({ perScope, round, revisionOf }: EstateScan, scope: number) =>
  benchScan(scope, perScope, round, revisionOf)

/** As vaino's collectors send them: many records of one scope in a message. */
export const asParcels: InputForm = (scan, scope) => [
  ...messagesOf(bodyOf(scan, scope), limits.recordBytes, () => undefined),
]

/** As anybody may send them to vaino: one record a message. */
export const asRecords: InputForm = (scan, scope) => {
  const body = Buffer.from(bodyOf(scan, scope))
  const key = benchScope(scope)
  const records: OutgoingRecord[] = []
  for (let start = 0; start < body.length; ) {
    const end = body.indexOf(10, start)
    records.push({ key, value: body.subarray(start, end) })
    start = end + 1
  }
  return records
}

/** As Kafka Streams has it: a resource a message under the resource's key, without the record around it and without scans. */
export const asDocuments: InputForm = ({ perScope, revisionOf }, scope) =>
  Array.from({ length: perScope }, (_, n) => ({
    key: `${benchScope(scope)}/${benchId(scope, n)}`,
    value: benchResource(scope, n, revisionOf(n)),
  }))

export interface InputTopic {
  readonly topic: string
  readonly form: InputForm
}

/** So many scopes go out together, so that batches are large also where a scope's messages spread over all partitions. */
const scopesAtOnce = 16

/** Puts scans into a topic, one after the other. @returns how many messages that took */
export async function fill(
  settings: KafkaSettings,
  { topic, form }: InputTopic,
  scans: readonly EstateScan[],
): Promise<number> {
  await using producer = openTopicProducer(settings, { topic, maxBatchBytes: limits.maxBatchBytes })
  let messages = 0
  for (const scan of scans) {
    const { first, count } = scan.scopes
    await eachOf(Math.ceil(count / scopesAtOnce), 2, async (chunk) => {
      const byPartition = Array.from({ length: partitions }, (): OutgoingRecord[] => [])
      const end = Math.min((chunk + 1) * scopesAtOnce, count)
      for (let scope = chunk * scopesAtOnce; scope < end; scope++) {
        for (const record of form(scan, first + scope)) {
          // Kafka's default partitioner, for keys that are scopes and for others.
          byPartition[partitionOf(record.key as Scope, partitions)]?.push(record)
          messages++
        }
      }
      await Promise.all(byPartition.map((records, partition) => producer.send(partition, records)))
    })
  }
  return messages
}
