import type { Cluster } from '../broker/cluster.ts'
import { BrokerError } from '../broker/errors.ts'
import type { Api } from '../broker/request.ts'
import { answerWithinMs, apis } from './apis.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

/** A producer id with its epoch: a higher epoch of the same transactional id fences the lower ones. */
export interface ProducerId {
  /** A 64-bit number; brokers count from 0, so it stays below 2^53. */
  readonly producerId: number
  readonly producerEpoch: number
}

export interface TransactionalProducer extends ProducerId {
  readonly transactionalId: string
}

/** The request failed for the other partitions; this one was not tried. */
const notAttempted = 55

/**
 * Gets a producer id. With a transactional id, from its coordinator: fences the former owner and aborts its open transaction.
 * @param transactionTimeoutMs the coordinator aborts a transaction that is open for longer
 * @throws BrokerError
 */
export async function initProducerId(
  cluster: Cluster,
  node: number,
  transactionalId: string | null,
  transactionTimeoutMs: number,
): Promise<ProducerId> {
  const writer = new ByteWriter(64)
  writer.string(transactionalId)
  writer.int32(transactionTimeoutMs)
  const answer = await cluster.send(node, {
    api: apis.initProducerId,
    body: writer.bytes,
    decode: (body) => {
      const reader = new ByteReader(body)
      return {
        throttleMs: reader.int32(),
        errorCode: reader.int16(),
        producerId: reader.int64(),
        producerEpoch: reader.int16(),
      }
    },
    timeoutMs: answerWithinMs,
  })
  if (answer.errorCode !== 0)
    throw new BrokerError(answer.errorCode, `the producer id of ${transactionalId ?? 'a producer'}`)
  return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
}

/** Tells the transaction's coordinator which partitions the transaction writes to. @throws BrokerError */
export async function addPartitions(
  cluster: Cluster,
  node: number,
  producer: TransactionalProducer,
  topics: ReadonlyMap<string, readonly number[]>,
): Promise<void> {
  const writer = identified(producer)
  writer.int32(topics.size)
  for (const [topic, partitions] of topics) {
    writer.string(topic)
    writer.int32(partitions.length)
    for (const partition of partitions) writer.int32(partition)
  }
  await sendForPartitions(cluster, node, apis.addPartitionsToTxn, writer.bytes)
}

/** Tells the transaction's coordinator that the transaction commits offsets of a group. @throws BrokerError */
export async function addOffsets(
  cluster: Cluster,
  node: number,
  producer: TransactionalProducer,
  group: string,
): Promise<void> {
  const writer = identified(producer)
  writer.string(group)
  await sendForOne(cluster, node, apis.addOffsetsToTxn, writer.bytes, group)
}

export interface OffsetToCommit {
  readonly topic: string
  readonly partition: number
  /** The next offset to read. */
  readonly offset: number
  /** Text committed beside the offset; at most 4,096 bytes. */
  readonly note: string
}

/** Gives the group's coordinator an offset that becomes visible when the transaction commits. @throws BrokerError */
export async function commitOffset(
  cluster: Cluster,
  node: number,
  { transactionalId, producerId, producerEpoch }: TransactionalProducer,
  group: string,
  { topic, partition, offset, note }: OffsetToCommit,
): Promise<void> {
  const writer = new ByteWriter(256)
  writer.string(transactionalId)
  writer.string(group)
  writer.int64(producerId)
  writer.int16(producerEpoch)
  writer.int32(1)
  writer.string(topic)
  writer.int32(1)
  writer.int32(partition)
  writer.int64(offset)
  writer.string(note)
  await sendForPartitions(cluster, node, apis.txnOffsetCommit, writer.bytes)
}

/** Commits or aborts the open transaction. @throws BrokerError */
export async function endTransaction(
  cluster: Cluster,
  node: number,
  producer: TransactionalProducer,
  isCommit: boolean,
): Promise<void> {
  const writer = identified(producer)
  writer.int8(isCommit ? 1 : 0)
  await sendForOne(cluster, node, apis.endTxn, writer.bytes, producer.transactionalId)
}

function identified({ transactionalId, producerId, producerEpoch }: TransactionalProducer): ByteWriter {
  const writer = new ByteWriter(256)
  writer.string(transactionalId)
  writer.int64(producerId)
  writer.int16(producerEpoch)
  return writer
}

/** A request whose answer holds one error code. */
async function sendForOne(cluster: Cluster, node: number, api: Api, body: Buffer, about: string): Promise<void> {
  const decode = (bytes: Buffer) => {
    const reader = new ByteReader(bytes)
    return { throttleMs: reader.int32(), errorCode: reader.int16() }
  }
  const { errorCode } = await cluster.send(node, { api, body, decode, timeoutMs: answerWithinMs })
  if (errorCode !== 0) throw new BrokerError(errorCode, `${api.name} of ${about}`)
}

/** A request whose answer holds an error code for each partition. */
async function sendForPartitions(cluster: Cluster, node: number, api: Api, body: Buffer): Promise<void> {
  const decode = (bytes: Buffer) => {
    const reader = new ByteReader(bytes)
    const throttleMs = reader.int32()
    const partitions = reader.array(() => {
      const topic = reader.text(reader.int16())
      return reader.array(() => ({ topic, partition: reader.int32(), errorCode: reader.int16() }))
    })
    return { throttleMs, partitions: partitions.flat() }
  }
  const { partitions } = await cluster.send(node, { api, body, decode, timeoutMs: answerWithinMs })
  const refused = partitions.filter(({ errorCode }) => errorCode !== 0)
  const first = refused.find(({ errorCode }) => errorCode !== notAttempted) ?? refused[0]
  if (first) throw new BrokerError(first.errorCode, `${api.name} of ${first.topic}/${first.partition}`)
}
