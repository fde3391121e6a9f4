import { ByteReader } from './byte-reader.ts'
import type { AbortedTransaction } from './record-batch.ts'

/** What to read of one partition. */
export interface FetchPosition {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface FetchLimits {
  /** How long the broker waits for something to answer with. */
  readonly maxWaitMs: number
  readonly maxBytes: number
  readonly maxPartitionBytes: number
}

/** A partition's part of an answer; the bytes are not decoded yet. */
export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  /** Where `read_committed` readers stop: behind it is nothing, or a transaction that is still open. */
  readonly lastStableOffset: number
  readonly aborted: readonly AbortedTransaction[]
  readonly bytes: Buffer
}

export interface FetchAnswer {
  readonly errorCode: number
  readonly partitions: readonly FetchedPartition[]
  /** kafkajs waits so long before it sends the next request on this connection. */
  readonly clientSideThrottleTime: number
}

const readCommitted = 1
const consumer = -1
const noSession = -1
const fetchKey = 1
/** The last version before the flexible ones; brokers of versions 2.3 to 4 answer it. */
const fetchVersion = 11

function encode(positions: readonly FetchPosition[], limits: FetchLimits): Buffer {
  const topics = Map.groupBy(positions, ({ topic }) => topic)
  const names = [...topics.keys()].map((name) => Buffer.from(name))
  const size = 37 + names.reduce((sum, name) => sum + 6 + name.length, 0) + 32 * positions.length
  const bytes = Buffer.alloc(size)
  let at = 0
  const int8 = (value: number) => (at = bytes.writeInt8(value, at))
  const int16 = (value: number) => (at = bytes.writeInt16BE(value, at))
  const int32 = (value: number) => (at = bytes.writeInt32BE(value, at))
  const int64 = (value: number) => (at = bytes.writeBigInt64BE(BigInt(value), at))
  int32(consumer)
  int32(limits.maxWaitMs)
  int32(1) // at least a byte
  int32(limits.maxBytes)
  int8(readCommitted)
  int32(0) // no session
  int32(noSession)
  int32(topics.size)
  for (const [name, partitions] of topics) {
    const text = Buffer.from(name)
    int16(text.length)
    at += text.copy(bytes, at)
    int32(partitions.length)
    for (const { partition, offset } of partitions) {
      int32(partition)
      int32(-1) // no leader epoch
      int64(offset)
      int64(-1) // followers' log start
      int32(limits.maxPartitionBytes)
    }
  }
  int32(0) // nothing to forget
  int16(0) // no rack
  return bytes.subarray(0, at)
}

function decode(bytes: Buffer): FetchAnswer {
  const reader = new ByteReader(bytes)
  const clientSideThrottleTime = reader.int32()
  const errorCode = reader.int16()
  reader.int32() // the session
  const partitions = reader.array(() => {
    const topic = reader.text(reader.int16())
    return reader.array((): FetchedPartition => {
      const partition = reader.int32()
      const partitionError = reader.int16()
      reader.int64() // the high watermark, which counts open transactions too
      const lastStableOffset = reader.int64()
      reader.int64() // where the log begins
      const aborted = reader.array(() => ({ producerId: reader.int64(), firstOffset: reader.int64() }))
      reader.int32() // a replica that is nearer
      const records = reader.bytes(reader.int32()) ?? Buffer.alloc(0)
      return { topic, partition, errorCode: partitionError, lastStableOffset, aborted, bytes: records }
    })
  })
  return { errorCode, partitions: partitions.flat(), clientSideThrottleTime }
}

/** A connection of kafkajs, as far as it is used here: it frames, numbers, authenticates, throttles and times out. */
interface Connections {
  send(exchange: {
    readonly request: {
      readonly apiKey: number
      readonly apiVersion: number
      readonly apiName: string
      encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>
    }
    readonly response: {
      decode(bytes: Buffer): Promise<FetchAnswer>
      parse(answer: FetchAnswer): Promise<FetchAnswer>
    }
    readonly requestTimeout: number
    readonly logResponseError: boolean
  }): Promise<FetchAnswer>
}

const hasConnections = (broker: object): broker is { readonly connectionPool: Connections } =>
  'connectionPool' in broker && broker.connectionPool instanceof Object && 'send' in broker.connectionPool

/** Asks a broker for records of partitions that it leads. */
export async function fetchFrom(
  broker: object,
  positions: readonly FetchPosition[],
  limits: FetchLimits,
): Promise<FetchAnswer> {
  if (!hasConnections(broker)) throw new Error('this version of kafkajs keeps its connections elsewhere')
  return broker.connectionPool.send({
    request: {
      apiKey: fetchKey,
      apiVersion: fetchVersion,
      apiName: 'Fetch',
      async encode() {
        const buffer = encode(positions, limits)
        return { buf: buffer, buffer }
      },
    },
    response: { decode: async (bytes) => decode(bytes), parse: async (answer) => answer },
    requestTimeout: limits.maxWaitMs + 10_000,
    logResponseError: false,
  })
}
