import type { Cluster } from '../broker/cluster.ts'
import { BrokerError } from '../broker/errors.ts'
import { answerWithinMs, apis } from './apis.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

const coordinatorTypes = { group: 0, transaction: 1 } as const
export type CoordinatorType = keyof typeof coordinatorTypes

/** Asks a broker which broker coordinates a group or a transactional id. @throws BrokerError */
export async function findCoordinator(
  cluster: Cluster,
  node: number,
  type: CoordinatorType,
  id: string,
): Promise<number> {
  const writer = new ByteWriter(64)
  writer.string(id)
  writer.int8(coordinatorTypes[type])
  const answer = await cluster.send(node, {
    api: apis.findCoordinator,
    body: writer.bytes,
    decode: (body) => {
      const reader = new ByteReader(body)
      return {
        throttleMs: reader.int32(),
        errorCode: reader.int16(),
        reason: reader.text(reader.int16()),
        node: reader.int32(),
      }
    },
    timeoutMs: answerWithinMs,
  })
  if (answer.errorCode !== 0) throw new BrokerError(answer.errorCode, `the coordinator of ${id}`, answer.reason)
  return answer.node
}

/** A committed position of a group. */
export interface CommittedOffset {
  readonly partition: number
  /** The next offset to read; null if none is committed. */
  readonly offset: number | null
  /** Text committed beside the offset. */
  readonly note: string
}

/**
 * Reads a group's committed offsets from its coordinator.
 * @param topics the partitions asked for, by topic; may be empty
 * @param isStable true: the offsets that were committed last. The coordinator refuses with code 88 while a transaction is being
 * committed, and answers when all that it has is on all replicas in sync. False: it answers at once. A new coordinator then gives
 * older offsets for as long as it does not know which of its log is on all replicas in sync, and so does one that has not
 * applied a transaction's end yet.
 * @throws BrokerError
 */
export async function fetchCommitted(
  cluster: Cluster,
  node: number,
  group: string,
  topics: ReadonlyMap<string, readonly number[]>,
  isStable = false,
): Promise<ReadonlyMap<string, readonly CommittedOffset[]>> {
  const answer = await cluster.send(node, {
    api: apis.offsetFetch,
    body: encodeQuestion(group, topics, isStable),
    decode: decodeCommitted,
    timeoutMs: answerWithinMs,
  })
  if (answer.errorCode !== 0) throw new BrokerError(answer.errorCode, `the offsets of ${group}`)
  for (const { topic, partitions } of answer.topics) {
    const refused = partitions.find(({ errorCode }) => errorCode !== 0)
    if (refused) throw new BrokerError(refused.errorCode, `the offset of ${group} in ${topic}/${refused.partition}`)
  }
  return new Map(answer.topics.map(({ topic, partitions }) => [topic, partitions]))
}

function encodeQuestion(group: string, topics: ReadonlyMap<string, readonly number[]>, isStable: boolean): Buffer {
  const writer = new ByteWriter(256)
  writer.compactString(group)
  writer.unsigned(topics.size + 1)
  for (const [topic, partitions] of topics) {
    writer.compactString(topic)
    writer.unsigned(partitions.length + 1)
    for (const partition of partitions) writer.int32(partition)
    writer.int8(0) // no tagged fields
  }
  writer.int8(isStable ? 1 : 0)
  writer.int8(0) // no tagged fields
  return writer.bytes
}

function decodeCommitted(body: Buffer) {
  const reader = new ByteReader(body)
  const throttleMs = reader.int32()
  const topics = reader.compactArray(() => {
    const topic = reader.compactText()
    const partitions = reader.compactArray(() => {
      const partition = reader.int32()
      const offset = reader.int64()
      reader.int32() // leader epoch
      const note = reader.compactText()
      const errorCode = reader.int16()
      reader.tags()
      return { partition, offset: offset < 0 ? null : offset, note, errorCode }
    })
    reader.tags()
    return { topic, partitions }
  })
  return { throttleMs, topics, errorCode: reader.int16() }
}
