import type { Cluster } from '../broker/cluster.ts'
import { BrokerError } from '../broker/errors.ts'
import type { Throttled } from '../broker/request.ts'
import { apis } from './apis.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

const allReplicas = -1
/** The broker answers when its own timeout ends; this is for the way there and back. */
const beyondTimeoutMs = 5000
/** The broker has had this very batch: it is in the log. */
const duplicateSequence = 46

interface ProduceAnswer extends Throttled {
  readonly partitions: readonly {
    readonly topic: string
    readonly partition: number
    readonly errorCode: number
    readonly firstOffset: number
    /** Why records were refused, in the broker's words. */
    readonly said: string
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
      reader.int64() // the time of the append
      reader.int64() // where the log begins
      const refused = reader.array(() => {
        reader.int32() // which of the batch
        return reader.text(reader.int16())
      })
      const said = [reader.text(reader.int16()), refused[0] ?? ''].filter((text) => text !== '').join(' ')
      return { topic, partition, errorCode, firstOffset, said }
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
 * Appends one batch to one partition; resolves when all replicas that are in sync have it. One partition a request: what an
 * answer says is then said of all that was sent.
 * @returns the offset that its first record has; null for a batch that the broker has had, where it doesn't say
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
  if (mine === undefined) throw new Error(`the answer says nothing of ${topic}/${partition}`)
  if (mine.errorCode !== 0 && mine.errorCode !== duplicateSequence) {
    throw new BrokerError(mine.errorCode, `${topic}/${partition}`, mine.said)
  }
  return mine.firstOffset < 0 ? null : mine.firstOffset
}
