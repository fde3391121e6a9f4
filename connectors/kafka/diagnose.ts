import { messageOf } from '../../model/errors.ts'
import { BrokerError } from './broker/broker-error.ts'
import type { Cluster } from './broker/cluster.ts'
import { Coordinator } from './coordinator.ts'
import { describeCluster } from './describe.ts'
import { kafkaFailure } from './failure.ts'
import { fetchFrom } from './fetch-protocol.ts'
import { briefRetry, closeSoon, createCluster, createKafka } from './kafkajs/client.ts'
import { pause } from './pause.ts'
import { ProducerSession } from './producer-session.ts'
import { markerTimes } from './record-batch.ts'
import type { KafkaSettings } from './settings.ts'

export interface DiagnosisTarget {
  readonly topics: readonly string[]
  readonly group: string
  /** What transactional ids begin with. */
  readonly idPrefix: string
}

/** Of a broker that was configured, or that the cluster knows. */
export interface BrokerHealth {
  readonly address: string
  /** Null when the cluster doesn't know it: it is away, or is known by another address. */
  readonly id: number | null
  /** From connecting to its answer; null when there was none. */
  readonly answeredInMs: number | null
  /** The broker's clock less ours; null when it leads no partition to tell it by. Known to about the time of an answer. */
  readonly clockAheadMs: number | null
  /** What we speak and it doesn't: `Produce 7`. */
  readonly missing: readonly string[]
  readonly problem: string | null
}

export interface PermissionCheck {
  /** `WRITE on the topic vaino.changes`. */
  readonly permission: string
  readonly problem: string | null
}

export interface Diagnosis {
  readonly clusterId: string
  readonly controller: number | null
  readonly brokers: readonly BrokerHealth[]
  readonly permissions: readonly PermissionCheck[]
}

/** The versions of the protocol's requests that are used here or by kafkajs. */
const spoken: readonly { readonly key: number; readonly name: string; readonly version: number }[] = [
  { key: 0, name: 'Produce', version: 8 },
  { key: 1, name: 'Fetch', version: 11 },
  { key: 2, name: 'ListOffsets', version: 2 },
  { key: 11, name: 'JoinGroup', version: 5 },
  { key: 22, name: 'InitProducerId', version: 1 },
  { key: 28, name: 'TxnOffsetCommit', version: 1 },
]
const withinMs = 10_000
const markerTries = 40
const markerPauseMs = 25

/**
 * Tries everything that vaino needs of a cluster, and says what doesn't work. Writes nothing that a reader could see: the
 * permission to write is tried by a transaction without records that is aborted, and its markers tell the brokers' time.
 * @throws VainoError `broker_unreachable`, `broker_refused` when no broker answers at all
 */
export async function diagnose(settings: KafkaSettings, target: DiagnosisTarget): Promise<Diagnosis> {
  const { clusterId, controller, nodes } = await describeCluster(settings)
  const permissions: PermissionCheck[] = []
  const clocks = new Map<number, number>()
  const tried = async (permission: string, trying: () => Promise<unknown>): Promise<void> => {
    const problem = await trying().then(
      () => null,
      (error) => kafkaFailure(error, permission).message,
    )
    permissions.push({ permission, problem })
  }
  const transactionalId = `${target.idPrefix}-doctor`
  await using connected = new AsyncDisposableStack()
  const cluster = createCluster(createKafka(settings, { retry: briefRetry }), briefRetry)
  connected.defer(() => closeSoon(cluster.disconnect()))
  await cluster.connect()
  await cluster.refreshMetadata()
  let session: ProducerSession | null = null
  await tried(`WRITE on the transactional id ${transactionalId}`, async () => {
    session = connected.use(await ProducerSession.open(settings, { transactionalId }))
  })
  const group = new Coordinator(cluster, 'group', target.group)
  await tried(`READ on the group ${target.group}`, () =>
    group.ask((broker) => broker.offsetFetch({ groupId: target.group, topics: [] }), withinMs),
  )
  for (const topic of target.topics) {
    await tried(`READ on the topic ${topic}`, () => readOnce(cluster, topic))
    await tried(`WRITE on the topic ${topic}`, async () => {
      if (session === null) throw new Error('not tried without the transactional id')
      await mark(session, transactionalId, topic, clocks)
    })
  }
  const addresses = [...new Set([...settings.brokers, ...nodes.map(({ address }) => address)])]
  const brokers = await Promise.all(
    addresses.map(async (address): Promise<BrokerHealth> => {
      const id = nodes.find((node) => node.address === address)?.id ?? null
      const clockAheadMs = id === null ? null : (clocks.get(id) ?? null)
      return { address, id, clockAheadMs, ...(await examine(settings, cluster, address, id)) }
    }),
  )
  return { clusterId, controller, brokers, permissions }
}

async function examine(
  settings: KafkaSettings,
  cluster: Cluster,
  address: string,
  id: number | null,
): Promise<Pick<BrokerHealth, 'answeredInMs' | 'missing' | 'problem'>> {
  const startedAt = performance.now()
  try {
    await describeCluster({ ...settings, brokers: [address] })
    const answeredInMs = performance.now() - startedAt
    if (id === null) return { answeredInMs, missing: [], problem: null }
    const versions = await (await cluster.findBroker({ nodeId: String(id) })).apiVersions()
    const missing = spoken
      .filter(({ key, version }) => {
        const range = versions[key]
        return range === undefined || version < range.minVersion || version > range.maxVersion
      })
      .map(({ name, version }) => `${name} ${version}`)
    return { answeredInMs, missing, problem: null }
  } catch (error) {
    return { answeredInMs: null, missing: [], problem: messageOf(error) }
  }
}

/** The partitions of a topic with their leaders. */
async function leadersOf(cluster: Cluster, topic: string) {
  await cluster.addMultipleTargetTopics([topic])
  return cluster
    .findTopicPartitionMetadata(topic)
    .filter(({ leader }) => leader >= 0)
    .map(({ partitionId, leader }) => ({ partition: partitionId, leader }))
}

const readLimits = { maxWaitMs: 100, maxBytes: 1024 * 1024, maxPartitionBytes: 64 * 1024 }

async function endOf(cluster: Cluster, topic: string, partition: number): Promise<number> {
  const offsets = await cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning: false }])
  return Number(offsets[0]?.partitions[0]?.offset ?? 0)
}

async function fetchAt(cluster: Cluster, topic: string, partition: number, leader: number, offset: number) {
  const broker = await cluster.findBroker({ nodeId: String(leader) })
  const { partitions } = await fetchFrom(broker, [{ topic, partition, offset }], readLimits)
  const [answer] = partitions
  if (answer === undefined || answer.errorCode !== 0) {
    throw new BrokerError(answer?.errorCode ?? -1, `${topic}/${partition}`)
  }
  return answer
}

async function readOnce(cluster: Cluster, topic: string): Promise<void> {
  const [first] = await leadersOf(cluster, topic)
  if (first === undefined) throw new Error('no partition has a leader')
  await fetchAt(cluster, topic, first.partition, first.leader, await endOf(cluster, topic, first.partition))
}

/** Aborts a transaction without records over one partition of each leader, and reads the brokers' time off its markers. */
async function mark(
  session: ProducerSession,
  transactionalId: string,
  topic: string,
  clocks: Map<number, number>,
): Promise<void> {
  const { cluster } = session
  const leaders = await leadersOf(cluster, topic)
  const chosen = [...new Map(leaders.map((each) => [each.leader, each])).values()]
  const startedAtMs = Date.now()
  const before = await Promise.all(chosen.map(({ partition }) => endOf(cluster, topic, partition)))
  const coordinator = new Coordinator(cluster, 'transaction', transactionalId)
  const me = { transactionalId, producerId: session.producerId, producerEpoch: session.epoch }
  const topics = [{ topic, partitions: chosen.map(({ partition }) => partition) }]
  await coordinator.ask((broker) => broker.addPartitionsToTxn({ ...me, topics }), withinMs)
  await coordinator.ask((broker) => broker.endTxn({ ...me, transactionResult: false }), withinMs)
  for (const [index, { partition, leader }] of chosen.entries()) {
    // The markers are written after the answer.
    for (let tries = 0; tries < markerTries && !clocks.has(leader); tries++) {
      const { bytes } = await fetchAt(cluster, topic, partition, leader, before[index] ?? 0)
      const [time] = markerTimes(bytes)
      if (time !== undefined) clocks.set(leader, Math.round(time - (startedAtMs + Date.now()) / 2))
      else await pause(markerPauseMs)
    }
  }
}
