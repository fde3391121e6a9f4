import type { Cluster } from '../broker/cluster.ts'
import { BrokerError } from '../broker/errors.ts'
import type { Throttled } from '../broker/request.ts'
import { apis } from './apis.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

const allReplicas = -1
/** The broker answers at its own timeout at the latest; this is added for the network. */
const beyondTimeoutMs = 5000
/** The broker has this batch already: it is in the log. */
const duplicateSequence = 46

interface ProduceAnswer extends Throttled {
  readonly partitions: readonly {
    readonly topic: string
    readonly partition: number
    readonly errorCode: number
    readonly firstOffset: number
    /** Why records were refused, in the broker's words; empty if it sent none. */
    readonly reason: string
  }[]
}

function decode(bytes: Buffer): ProduceAnswer {
  const reader = new ByteReader(bytes)
  const partitions = reader.array(() => {
    const topic = reader.text(reader.int16())
    return reader.array(() => {
      const partition = reader.int32()
      const errorCode = reader.int16()
      const firstOffset = Number(reader.int64())
      reader.int64() // time of the append
      reader.int64() // start of the log
      const refused = reader.array(() => {
        reader.int32() // index of the record in the batch
        return reader.text(reader.int16())
      })
      const reason = [reader.text(reader.int16()), refused[0] ?? ''].filter((text) => text !== '').join(' ')
      return { topic, partition, errorCode, firstOffset, reason }
    })
  })
  return { partitions: partitions.flat(), throttleMs: reader.int32() }
}

export interface ProduceRequest {
  readonly transactionalId: string | null
  readonly topic: string
  readonly partition: number
  readonly batch: Buffer
  readonly timeoutMs: number
}

/**
 * Appends one batch to one partition; resolves when all replicas in sync have it. A request has one partition, so that its answer
 * holds for all records in it.
 * @returns the offset of the first record; null if the broker had the batch already and does not give its offset
 * @throws BrokerError
 */
export async function produceTo(cluster: Cluster, node: number, request: ProduceRequest): Promise<number | null> {
  const { transactionalId, topic, partition, batch, timeoutMs } = request
  const writer = new ByteWriter(64 + topic.length * 3 + batch.length)
  writer.string(transactionalId)
  writer.int16(allReplicas)
  writer.int32(timeoutMs)
  writer.int32(1)
  writer.string(topic)
  writer.int32(1)
  writer.int32(partition)
  writer.int32(batch.length)
  writer.raw(batch)
  const { partitions } = await cluster.send(node, {
    api: apis.produce,
    body: writer.bytes,
    decode,
    timeoutMs: timeoutMs + beyondTimeoutMs,
  })
  const mine = partitions.find((one) => one.topic === topic && one.partition === partition)
  if (mine === undefined) throw new Error(`the answer lacks ${topic}/${partition}`)
  if (mine.errorCode !== 0 && mine.errorCode !== duplicateSequence) {
    throw new BrokerError(mine.errorCode, `${topic}/${partition}`, mine.reason)
  }
  return mine.firstOffset < 0 ? null : mine.firstOffset
}
