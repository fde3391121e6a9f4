import type { Cluster } from '../broker/cluster.ts'
import { BrokerError } from '../broker/errors.ts'
import { answerWithinMs, apis } from './apis.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

export interface TopicToCreate {
  readonly name: string
  readonly partitions: number
  readonly replication: number
  readonly config: Readonly<Record<string, string>>
}

/** How long the controller may take to create topics. */
const createWithinMs = 5000
const topicResource = 2

/** The outcome for each topic: error code 0 if it was created. */
export interface CreatedTopic {
  readonly name: string
  readonly errorCode: number
  /** The controller's own words; empty if it sent none. */
  readonly reason: string
}

/** Creates topics. @param controller the broker id of the controller; others forward the request or answer with code 41 */
export async function createTopics(
  cluster: Cluster,
  controller: number,
  topics: readonly TopicToCreate[],
): Promise<readonly CreatedTopic[]> {
  const writer = new ByteWriter(1024)
  writer.int32(topics.length)
  for (const { name, partitions, replication, config } of topics) {
    writer.string(name)
    writer.int32(partitions)
    writer.int16(replication)
    writer.int32(0) // the controller chooses the replicas
    const entries = Object.entries(config)
    writer.int32(entries.length)
    for (const [key, value] of entries) {
      writer.string(key)
      writer.string(value)
    }
  }
  writer.int32(createWithinMs)
  writer.int8(0) // not only a validation
  const answer = await cluster.send(controller, {
    api: apis.createTopics,
    body: writer.bytes,
    decode: (body) => {
      const reader = new ByteReader(body)
      const throttleMs = reader.int32()
      const outcomes = reader.array(() => {
        const name = reader.text(reader.int16())
        return { name, errorCode: reader.int16(), reason: reader.text(reader.int16()) }
      })
      return { throttleMs, outcomes }
    },
    timeoutMs: createWithinMs + answerWithinMs,
  })
  return answer.outcomes
}

/** Reads settings of topics. @returns the values by topic, then by key. @throws BrokerError */
export async function describeConfigs(
  cluster: Cluster,
  node: number,
  topics: readonly string[],
  keys: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const writer = new ByteWriter(1024)
  writer.int32(topics.length)
  for (const topic of topics) {
    writer.int8(topicResource)
    writer.string(topic)
    writer.int32(keys.length)
    for (const key of keys) writer.string(key)
  }
  writer.int8(0) // no synonyms
  const { resources } = await cluster.send(node, {
    api: apis.describeConfigs,
    body: writer.bytes,
    decode: decodeConfigs,
    timeoutMs: answerWithinMs,
  })
  const refused = resources.find(({ errorCode }) => errorCode !== 0)
  if (refused) throw new BrokerError(refused.errorCode, `the settings of ${refused.name}`, refused.reason)
  return new Map(resources.map(({ name, entries }) => [name, new Map(entries)]))
}

function decodeConfigs(body: Buffer) {
  const reader = new ByteReader(body)
  const throttleMs = reader.int32()
  const resources = reader.array(() => {
    const errorCode = reader.int16()
    const reason = reader.text(reader.int16())
    reader.int8() // the kind of resource
    const name = reader.text(reader.int16())
    const entries = reader.array((): [string, string] => {
      const entry: [string, string] = [reader.text(reader.int16()), reader.text(reader.int16())]
      reader.bytes(3) // read-only, the setting's source, sensitive
      reader.array(() => {
        reader.text(reader.int16())
        reader.text(reader.int16())
        reader.int8()
      })
      return entry
    })
    return { errorCode, reason, name, entries }
  })
  return { throttleMs, resources }
}
