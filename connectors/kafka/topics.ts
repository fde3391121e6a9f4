import { type Admin, ConfigResourceTypes, type ITopicMetadata } from 'kafkajs'
import { VainoError } from '../../model/errors.ts'
import type { Cluster } from './broker/cluster.ts'
import { kafkaFailure } from './failure.ts'
import { briefRetry, closeSoon, createCluster, createKafka } from './kafkajs/client.ts'
import { pause } from './pause.ts'
import type { KafkaSettings } from './settings.ts'

/** The topics of a deployment, by what they hold. */
export const topicNames = (prefix: string) => ({
  resources: `${prefix}.resources`,
  changes: `${prefix}.changes`,
  state: `${prefix}.state`,
  deadLetters: `${prefix}.deadletters`,
})

export interface TopicSpec {
  readonly name: string
  readonly cleanup: 'delete' | 'compact'
  /** The topic must take batches of this size. */
  readonly maxMessageBytes: number
  /** Of a compacted topic: how long a reader has to see a deletion. A topic that keeps them for less works, and is warned of. */
  readonly tombstonesKeptMs?: number
  /** More settings for a topic that is made; not checked on one that is there. */
  readonly config?: Readonly<Record<string, string>>
}

export interface TopicsWanted {
  readonly topics: readonly TopicSpec[]
  /** All have the same number of partitions. */
  readonly partitions: number
  readonly replication: number
  /** Makes what is missing; else a missing topic is an error. */
  readonly create: boolean
}

export interface TopicsFound {
  readonly created: readonly string[]
  /** What works and is less than was asked for, one line each. */
  readonly warnings: readonly string[]
}

const leadersWithinMs = 30_000
const pollMs = 100
const alreadyExists = 36
const badReplication = 38

/**
 * Makes the topics that are missing, and checks those that are there.
 * @throws VainoError `topic_mismatch` naming the topic, what is wrong with it and what to do; `broker_unreachable`, `broker_refused`
 */
export async function ensureTopics(settings: KafkaSettings, wanted: TopicsWanted): Promise<TopicsFound> {
  const kafka = createKafka(settings, { retry: briefRetry })
  const admin = kafka.admin({ retry: briefRetry })
  const cluster = createCluster(kafka, briefRetry)
  try {
    await admin.connect()
    await cluster.connect()
    const known = new Set(await admin.listTopics())
    const missing = wanted.topics.filter(({ name }) => !known.has(name))
    if (missing.length > 0) await create(admin, missing, wanted)
    const found = await whenLed(
      admin,
      cluster,
      wanted.topics.map(({ name }) => name),
    )
    const warnings = await check(admin, found, wanted)
    return { created: missing.map(({ name }) => name), warnings }
  } catch (error) {
    throw kafkaFailure(error, 'the topics could not be made or checked')
  } finally {
    await closeSoon(Promise.all([admin.disconnect(), cluster.disconnect()]))
  }
}

async function create(admin: Admin, missing: readonly TopicSpec[], wanted: TopicsWanted): Promise<void> {
  const names = missing.map(({ name }) => name).join(', ')
  if (!wanted.create) {
    throw new VainoError('topic_mismatch', `There is no topic ${names}`, {
      hint: 'Check kafka.topic_prefix, or let vaino make the topics with kafka.create_topics: true.',
      details: { missing: missing.map(({ name }) => name) },
    })
  }
  try {
    await admin.createTopics({
      // True can throw on several nodes; whenLed waits instead.
      waitForLeaders: false,
      topics: missing.map(({ name, cleanup, maxMessageBytes, tombstonesKeptMs, config }) => ({
        topic: name,
        numPartitions: wanted.partitions,
        replicationFactor: wanted.replication,
        configEntries: Object.entries({
          'cleanup.policy': cleanup,
          'max.message.bytes': String(maxMessageBytes),
          ...(tombstonesKeptMs === undefined ? {} : { 'delete.retention.ms': String(tombstonesKeptMs) }),
          // An acknowledged record is on two brokers, so that one may die.
          ...(wanted.replication > 2 ? { 'min.insync.replicas': '2' } : {}),
          ...config,
        }).map(([key, value]) => ({ name: key, value })),
      })),
    })
  } catch (error) {
    const codes = errorCodes(error)
    if (codes.includes(badReplication)) {
      throw new VainoError('topic_mismatch', `${names} can't have ${wanted.replication} replicas`, {
        cause: error,
        hint: 'The cluster has fewer brokers: set kafka.replication to at most their number.',
      })
    }
    // Another node of ours may make them at the same moment.
    if (codes.length === 0 || codes.some((code) => code !== alreadyExists)) throw error
  }
}

/** kafkajs throws the errors of several topics together. */
const errorCodes = (thrown: unknown): number[] => {
  const errors =
    thrown instanceof Error && 'errors' in thrown && Array.isArray(thrown.errors) ? thrown.errors : [thrown]
  return errors.flatMap((error: unknown) =>
    error instanceof Error && 'code' in error && typeof error.code === 'number' ? [error.code] : [],
  )
}

/** Resolves when every partition has a leader that knows that it is one: the metadata knows it first. */
async function whenLed(admin: Admin, cluster: Cluster, names: string[]): Promise<ITopicMetadata[]> {
  const deadline = performance.now() + leadersWithinMs
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: names })
      if (await isLed(cluster, topics)) return topics
      if (performance.now() > deadline) throw new Error(`${names.join(', ')} have partitions without a leader`)
    } catch (error) {
      // A topic that was just made isn't known everywhere at once.
      if (!kafkaFailure(error, '').canRetry || performance.now() > deadline) throw error
    }
    await pause(pollMs)
  }
}

async function isLed(cluster: Cluster, topics: readonly ITopicMetadata[]): Promise<boolean> {
  const partitions = topics.flatMap((topic) => topic.partitions)
  if (topics.some((topic) => topic.partitions.length === 0) || partitions.some(({ leader }) => leader < 0)) return false
  await cluster.addMultipleTargetTopics(topics.map(({ name }) => name))
  await cluster.refreshMetadata()
  const asked = topics.map(({ name, partitions: of }) => {
    return { topic: name, partitions: of.map(({ partitionId }) => ({ partition: partitionId })), fromBeginning: false }
  })
  // kafkajs leaves out what its metadata lacks.
  const answered = (await cluster.fetchTopicsOffset(asked)).flatMap((topic) => topic.partitions)
  return answered.length === partitions.length
}

async function check(admin: Admin, found: readonly ITopicMetadata[], wanted: TopicsWanted): Promise<string[]> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: wanted.topics.map(({ name }) => ({
      type: ConfigResourceTypes.TOPIC,
      name,
      configNames: ['cleanup.policy', 'max.message.bytes', 'min.insync.replicas', 'delete.retention.ms'],
    })),
  })
  return wanted.topics.flatMap((spec) => {
    const partitions = found.find(({ name }) => name === spec.name)?.partitions ?? []
    const entries = resources.find(({ resourceName }) => resourceName === spec.name)?.configEntries ?? []
    const config = (key: string): string => entries.find(({ configName }) => configName === key)?.configValue ?? ''
    refuseMismatch(spec, partitions.length, wanted.partitions, config)
    const replicas = Math.min(...partitions.map((partition) => partition.replicas.length))
    return [
      ...(replicas < wanted.replication
        ? [`${spec.name} has ${replicas} replicas, not ${wanted.replication}: add some with kafka-reassign-partitions`]
        : []),
      ...(replicas > 2 && Number(config('min.insync.replicas')) < 2
        ? [`${spec.name} has min.insync.replicas=1: what is acknowledged can be lost with one broker`]
        : []),
      ...shortTombstones(spec, Number(config('delete.retention.ms'))),
    ]
  })
}

function shortTombstones({ name, tombstonesKeptMs = 0 }: TopicSpec, keptMs: number): string[] {
  if (keptMs >= tombstonesKeptMs) return []
  const what = `${name} has delete.retention.ms=${keptMs}: who reads it later than that doesn't learn what was deleted, and counts its versions from 1 again`
  const todo = `kafka-configs --alter --topic ${name} --add-config delete.retention.ms=${tombstonesKeptMs}`
  return [`${what}. Run ${todo}`]
}

function refuseMismatch(
  { name, cleanup, maxMessageBytes }: TopicSpec,
  partitions: number,
  wantedPartitions: number,
  config: (key: string) => string,
): void {
  if (partitions !== wantedPartitions) {
    throw new VainoError('topic_mismatch', `${name} has ${partitions} partitions, not ${wantedPartitions}`, {
      hint: `Set partitions: ${partitions}, or use another kafka.topic_prefix: the number is fixed once there are records.`,
    })
  }
  const policies = config('cleanup.policy').split(',')
  if (policies.length !== 1 || policies[0] !== cleanup) {
    throw new VainoError('topic_mismatch', `${name} has cleanup.policy=${policies.join(',')}, not ${cleanup}`, {
      hint: `Run kafka-configs --alter --topic ${name} --add-config cleanup.policy=${cleanup}.`,
    })
  }
  if (Number(config('max.message.bytes')) < maxMessageBytes) {
    const limit = config('max.message.bytes')
    throw new VainoError(
      'topic_mismatch',
      `${name} takes batches of ${limit} bytes, and ${maxMessageBytes} are needed`,
      {
        hint: `Run kafka-configs --alter --topic ${name} --add-config max.message.bytes=${maxMessageBytes}.`,
      },
    )
  }
}
