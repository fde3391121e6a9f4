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
 * @throws BrokerError
 */
export async function fetchCommitted(
  cluster: Cluster,
  node: number,
  group: string,
  topics: ReadonlyMap<string, readonly number[]>,
): Promise<ReadonlyMap<string, readonly CommittedOffset[]>> {
  const writer = new ByteWriter(256)
  writer.string(group)
  writer.int32(topics.size)
  for (const [topic, partitions] of topics) {
    writer.string(topic)
    writer.int32(partitions.length)
    for (const partition of partitions) writer.int32(partition)
  }
  const answer = await cluster.send(node, {
    api: apis.offsetFetch,
    body: writer.bytes,
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

function decodeCommitted(body: Buffer) {
  const reader = new ByteReader(body)
  const throttleMs = reader.int32()
  const topics = reader.array(() => {
    const topic = reader.text(reader.int16())
    const partitions = reader.array(() => {
      const partition = reader.int32()
      const offset = reader.int64()
      const note = reader.text(reader.int16())
      return { partition, offset: offset < 0 ? null : offset, note, errorCode: reader.int16() }
    })
    return { topic, partitions }
  })
  return { throttleMs, topics, errorCode: reader.int16() }
}
