import type { Cluster } from '../broker/cluster.ts'
import { BrokerError } from '../broker/errors.ts'
import { leaderNotAvailable, leaderOf } from '../broker/leader.ts'
import { answerWithinMs, apis } from './apis.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

/** `latest` with `uncommitted` is the high watermark; with `committed` it stops at the first open transaction. */
export type OffsetAt = 'earliest' | 'latest' | { readonly timeMs: number }
export type Isolation = 'committed' | 'uncommitted'

const consumer = -1
const isolationLevels = { uncommitted: 0, committed: 1 } as const
const timestampOf = (at: OffsetAt): number => (typeof at === 'object' ? at.timeMs : at === 'latest' ? -1 : -2)

/**
 * Asks the leaders of followed partitions for offsets, one request a leader.
 * @param at with a time: the first offset whose record is at least as young
 * @returns in the order of `partitions`; -1 where no record is young enough
 * @throws BrokerError, code 5 if a partition has no leader in the cached metadata
 */
export async function offsetsOf(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  at: OffsetAt,
  isolation: Isolation = 'committed',
): Promise<number[]> {
  const byLeader = Map.groupBy(partitions, (partition) => leaderOf(cluster, topic, partition))
  const answers = await Promise.all(
    [...byLeader].map(([leader, led]) => askLeader(cluster, leader, { topic, partitions: led, at, isolation })),
  )
  const offsets = new Map(answers.flat().map(({ partition, offset }) => [partition, offset]))
  return partitions.map((partition) => {
    const offset = offsets.get(partition)
    if (offset === undefined) throw new BrokerError(leaderNotAvailable, `${topic}/${partition}`)
    return offset
  })
}

/** {@link offsetsOf} for one partition. */
export async function offsetOf(
  cluster: Cluster,
  topic: string,
  partition: number,
  at: OffsetAt,
  isolation: Isolation = 'committed',
): Promise<number> {
  return (await offsetsOf(cluster, topic, [partition], at, isolation))[0] ?? -1
}

interface Question {
  readonly topic: string
  readonly partitions: readonly number[]
  readonly at: OffsetAt
  readonly isolation: Isolation
}

async function askLeader(cluster: Cluster, leader: number, { topic, partitions, at, isolation }: Question) {
  const writer = new ByteWriter(64 + 16 * partitions.length)
  writer.int32(consumer)
  writer.int8(isolationLevels[isolation])
  writer.int32(1)
  writer.string(topic)
  writer.int32(partitions.length)
  for (const partition of partitions) {
    writer.int32(partition)
    writer.int64(timestampOf(at))
  }
  const answer = await cluster.send(leader, {
    api: apis.listOffsets,
    body: writer.bytes,
    decode,
    timeoutMs: answerWithinMs,
  })
  const refused = answer.partitions.find(({ errorCode }) => errorCode !== 0)
  if (refused) throw new BrokerError(refused.errorCode, `${topic}/${refused.partition}`)
  return answer.partitions
}

function decode(body: Buffer) {
  const reader = new ByteReader(body)
  const throttleMs = reader.int32()
  const topics = reader.array(() => {
    reader.text(reader.int16()) // the topic that was asked for
    return reader.array(() => {
      const partition = reader.int32()
      const errorCode = reader.int16()
      reader.int64() // the record's time
      return { partition, errorCode, offset: reader.int64() }
    })
  })
  return { throttleMs, partitions: topics.flat() }
}
