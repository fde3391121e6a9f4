import type { Cluster } from '../broker/cluster.ts'
import type { Throttled } from '../broker/request.ts'
import { apis } from './apis.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import type { AbortedTransaction } from './record-batch.ts'

/** The next offset to fetch of one partition. */
export interface FetchPosition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface FetchLimits {
  /** How long the broker waits for at least one byte. */
  readonly maxWaitMs: number
  readonly maxBytes: number
  readonly maxPartitionBytes: number
}

/** A partition's part of an answer, with undecoded bytes. */
export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  /** The end for `read_committed` readers: the end of the log, or the first open transaction. */
  /** The end, records of open transactions included. */
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly aborted: readonly AbortedTransaction[]
  readonly bytes: Buffer
}

export interface FetchAnswer extends Throttled {
  readonly errorCode: number
  readonly partitions: readonly FetchedPartition[]
}

const readCommitted = 1
const consumer = -1
const noSession = -1
/** Added to `maxWaitMs` for the network. */
const beyondWaitMs = 10_000

function encode(positions: readonly FetchPosition[], limits: FetchLimits): Buffer {
  const topics = Map.groupBy(positions, ({ topic }) => topic)
  const writer = new ByteWriter(64 + 64 * positions.length)
  writer.int32(consumer)
  writer.int32(limits.maxWaitMs)
  writer.int32(1) // at least one byte
  writer.int32(limits.maxBytes)
  writer.int8(readCommitted)
  writer.int32(0) // no session
  writer.int32(noSession)
  writer.int32(topics.size)
  for (const [topic, partitions] of topics) {
    writer.string(topic)
    writer.int32(partitions.length)
    for (const { partition, offset } of partitions) {
      writer.int32(partition)
      writer.int32(-1) // no leader epoch
      writer.int64(offset)
      writer.int64(-1) // log start of a follower
      writer.int32(limits.maxPartitionBytes)
    }
  }
  writer.int32(0) // no forgotten topics
  writer.string('') // no rack
  return writer.bytes
}

function decode(bytes: Buffer): FetchAnswer {
  const reader = new ByteReader(bytes)
  const throttleMs = reader.int32()
  const errorCode = reader.int16()
  reader.int32() // session id
  const partitions = reader.array(() => {
    const topic = reader.text(reader.int16())
    return reader.array((): FetchedPartition => {
      const partition = reader.int32()
      const partitionError = reader.int16()
      const highWatermark = reader.int64()
      const lastStableOffset = reader.int64()
      reader.int64() // start of the log
      const aborted = reader.array(() => ({ producerId: reader.int64(), firstOffset: reader.int64() }))
      reader.int32() // preferred read replica
      const records = reader.bytes(reader.int32()) ?? Buffer.alloc(0)
      return { topic, partition, errorCode: partitionError, highWatermark, lastStableOffset, aborted, bytes: records }
    })
  })
  return { errorCode, partitions: partitions.flat(), throttleMs }
}

/** Fetches records of partitions that a broker leads. */
export const fetchFrom = (
  cluster: Cluster,
  node: number,
  positions: readonly FetchPosition[],
  limits: FetchLimits,
): Promise<FetchAnswer> =>
  cluster.send(node, {
    api: apis.fetch,
    body: encode(positions, limits),
    decode,
    timeoutMs: limits.maxWaitMs + beyondWaitMs,
  })
