import { VainoError } from '../../../model/errors.ts'
import type { BrokerPort } from '../broker/broker-port.ts'
import type { Cluster, DescribedTopic } from '../broker/cluster.ts'
import { BrokerError } from '../broker/errors.ts'
import { kafkaFailure } from '../failure.ts'
import { pause } from '../pause.ts'
import type { KafkaSettings } from '../settings.ts'
import { whenSettled } from '../settled.ts'
import { offsetsOf } from '../wire/list-offsets.ts'
import { createTopics, describeConfigs } from '../wire/topic-requests.ts'

/** The topic names of a deployment. */
export const topicNames = (prefix: string) => ({
  resources: `${prefix}.resources`,
  changes: `${prefix}.changes`,
  state: `${prefix}.state`,
  drift: `${prefix}.drift`,
  deadLetters: `${prefix}.deadletters`,
})

export interface TopicSpec {
  readonly name: string
  readonly cleanup: 'delete' | 'compact'
  /** The topic must accept batches of this size. */
  readonly maxMessageBytes: number
  /** For a compacted topic: how long deletions stay readable. A shorter setting of an existing topic is a warning. */
  readonly tombstonesKeptMs?: number
  /** More settings of a new topic. Not checked on an existing one. */
  readonly config?: Readonly<Record<string, string>>
}

export interface TopicsWanted {
  readonly topics: readonly TopicSpec[]
  /** Partitions of each topic. */
  readonly partitions: number
  readonly replication: number
  /** True: missing topics are created. False: a missing topic is an error. */
  readonly create: boolean
}

export interface TopicsFound {
  readonly created: readonly string[]
  /** Settings that work but are weaker than wanted, one line each. */
  readonly warnings: readonly string[]
}

const leadersWithinMs = 30_000
const pollMs = 100
const alreadyExists = 36
const badReplication = 38
const notController = 41
const checkedSettings = ['cleanup.policy', 'max.message.bytes', 'min.insync.replicas', 'delete.retention.ms'] as const

/**
 * Creates the topics that are missing, and checks those that exist.
 * @throws VainoError `topic_mismatch` naming the topic, what is wrong with it and what to do; `broker_unreachable`, `broker_refused`
 */
export async function ensureTopics(
  port: BrokerPort,
  settings: KafkaSettings,
  wanted: TopicsWanted,
): Promise<TopicsFound> {
  const cluster = port.openCluster(settings)
  try {
    await cluster.connect()
    const { topics } = await whenSettled(() => cluster.describe())
    const known = new Set(topics.map(({ name }) => name))
    const missing = wanted.topics.filter(({ name }) => !known.has(name))
    if (missing.length > 0) await create(cluster, missing, wanted)
    const found = await whenLed(
      cluster,
      wanted.topics.map(({ name }) => name),
    )
    const warnings = await check(cluster, found, wanted)
    return { created: missing.map(({ name }) => name), warnings }
  } catch (error) {
    throw kafkaFailure(error, 'the topics could not be created or checked')
  } finally {
    await cluster.close()
  }
}

async function create(cluster: Cluster, missing: readonly TopicSpec[], wanted: TopicsWanted): Promise<void> {
  const names = missing.map(({ name }) => name).join(', ')
  if (!wanted.create) {
    throw new VainoError('topic_mismatch', `There is no topic ${names}`, {
      hint: 'Check kafka.topic_prefix, or let vaino make the topics with kafka.create_topics: true.',
      details: { missing: missing.map(({ name }) => name) },
    })
  }
  const { partitions, replication } = wanted
  const asked = missing.map((spec) => {
    return { name: spec.name, partitions, replication, config: configOf(spec, replication) }
  })
  const outcomes = await askController(cluster, (controller) => createTopics(cluster, controller, asked))
  for (const { name, errorCode, reason } of outcomes) {
    // Another node may have created it at the same moment.
    if (errorCode === 0 || errorCode === alreadyExists) continue
    const refused = new BrokerError(errorCode, name, reason)
    if (errorCode !== badReplication) throw refused
    throw new VainoError('topic_mismatch', `${names} can't have ${replication} replicas`, {
      cause: refused,
      hint: 'The cluster has fewer brokers: set kafka.replication to at most their number.',
    })
  }
}

const configOf = (
  { cleanup, maxMessageBytes, tombstonesKeptMs, config }: TopicSpec,
  replication: number,
): Record<string, string> => ({
  'cleanup.policy': cleanup,
  'max.message.bytes': String(maxMessageBytes),
  ...(tombstonesKeptMs === undefined ? {} : { 'delete.retention.ms': String(tombstonesKeptMs) }),
  // An acknowledged record is on two brokers, so that one may die.
  ...(replication > 2 ? { 'min.insync.replicas': '2' } : {}),
  ...config,
})

/** Sends a request to the controller; sends it again while the controller changes. */
async function askController<T extends readonly { readonly errorCode: number }[]>(
  cluster: Cluster,
  ask: (controller: number) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + leadersWithinMs
  for (;;) {
    await cluster.refresh()
    const { controller } = await cluster.describe()
    const outcomes = controller === null ? null : await ask(controller)
    if (outcomes?.every(({ errorCode }) => errorCode !== notController)) return outcomes
    if (performance.now() > deadline) throw new BrokerError(notController, 'the controller')
    await pause(pollMs)
  }
}

/** Resolves when every partition has a leader that answers as its leader: the metadata names a leader before it knows. */
async function whenLed(cluster: Cluster, names: readonly string[]): Promise<readonly DescribedTopic[]> {
  const deadline = performance.now() + leadersWithinMs
  for (;;) {
    try {
      const { topics } = await cluster.describe(names)
      if (await isLed(cluster, topics)) return topics
      if (performance.now() > deadline) throw new Error(`${names.join(', ')} have partitions without a leader`)
    } catch (error) {
      // Brokers learn of a new topic one after the other.
      if (!kafkaFailure(error, '').canRetry || performance.now() > deadline) throw error
    }
    await pause(pollMs)
  }
}

async function isLed(cluster: Cluster, topics: readonly DescribedTopic[]): Promise<boolean> {
  const isComplete = topics.every(
    ({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0),
  )
  if (!isComplete) return false
  await cluster.follow(topics.map(({ name }) => name))
  await cluster.refresh()
  await Promise.all(
    topics.map(({ name, partitions }) => {
      const numbers = partitions.map(({ partition }) => partition)
      return offsetsOf(cluster, name, numbers, 'latest')
    }),
  )
  return true
}

async function check(cluster: Cluster, found: readonly DescribedTopic[], wanted: TopicsWanted): Promise<string[]> {
  const [node] = cluster.nodeIds()
  if (node === undefined) throw new Error('no broker is known')
  const names = wanted.topics.map(({ name }) => name)
  const settings = await describeConfigs(cluster, node, names, checkedSettings)
  return wanted.topics.flatMap((spec) => {
    const partitions = found.find(({ name }) => name === spec.name)?.partitions ?? []
    const config = (key: string): string => settings.get(spec.name)?.get(key) ?? ''
    refuseMismatch(spec, partitions.length, wanted.partitions, config)
    const replicas = Math.min(...partitions.map((partition) => partition.replicas))
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
