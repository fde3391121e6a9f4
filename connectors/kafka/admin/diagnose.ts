import { messageOf } from '../../../model/errors.ts'
import type { BrokerPort } from '../broker/broker-port.ts'
import type { Cluster, PartitionLeader } from '../broker/cluster.ts'
import { connectCluster } from '../broker/connect-cluster.ts'
import { BrokerError } from '../broker/errors.ts'
import type { Api } from '../broker/request.ts'
import { kafkaFailure } from '../failure.ts'
import { Coordinator } from '../group/coordinator.ts'
import { pause } from '../pause.ts'
import { ProducerSession } from '../produce/producer-session.ts'
import type { KafkaSettings } from '../settings.ts'
import { apiVersions } from '../wire/api-versions.ts'
import { apis } from '../wire/apis.ts'
import { fetchCommitted } from '../wire/coordinator-requests.ts'
import { fetchFrom } from '../wire/fetch-request.ts'
import { offsetOf } from '../wire/list-offsets.ts'
import { markerTimes } from '../wire/record-batch.ts'
import { addPartitions, endTransaction } from '../wire/transaction-requests.ts'
import { describeCluster } from './describe-cluster.ts'

export interface DiagnosisTarget {
  readonly topics: readonly string[]
  readonly group: string
  /** Prefix of the transactional ids. */
  readonly idPrefix: string
}

/** The health of a configured broker, or of one in the cluster's metadata. */
export interface BrokerHealth {
  readonly address: string
  /** Null if the metadata lacks this address: the broker is down, or is advertised by another address. */
  readonly id: number | null
  /** Time from connecting to the answer; null without an answer. */
  readonly answeredInMs: number | null
  /** The broker's clock minus this machine's; null if the broker leads no partition. Accurate to about `answeredInMs`. */
  readonly clockAheadMs: number | null
  /** Requests that vaino sends and the broker does not support: `Produce 8`. */
  readonly missing: readonly string[]
  readonly problem: string | null
}

export interface PermissionCheck {
  /** For example `WRITE on the topic vaino.changes`. */
  readonly permission: string
  readonly problem: string | null
}

export interface Diagnosis {
  readonly clusterId: string
  readonly controller: number | null
  readonly brokers: readonly BrokerHealth[]
  readonly permissions: readonly PermissionCheck[]
}

/** The requests that vaino encodes, and the client's request to join a group. */
const required: readonly Api[] = [...Object.values(apis), { key: 11, version: 5, name: 'JoinGroup' }]
const withinMs = 10_000
const markerTries = 40
const markerPauseMs = 25

/**
 * Tries everything that vaino needs of a cluster and reports what fails. Writes nothing that a reader could see: the permission to
 * write is tried by an aborted transaction without records, whose markers also carry the brokers' time.
 * @throws VainoError `broker_unreachable`, `broker_refused` when no broker answers at all
 */
export async function diagnose(port: BrokerPort, settings: KafkaSettings, target: DiagnosisTarget): Promise<Diagnosis> {
  const { clusterId, controller, nodes } = await describeCluster(port, settings)
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
  const cluster = await connectCluster(port, settings)
  connected.defer(() => cluster.close())
  let session: ProducerSession | null = null
  await tried(`WRITE on the transactional id ${transactionalId}`, async () => {
    session = connected.use(await ProducerSession.open(port, settings, { transactionalId }))
  })
  const group = new Coordinator(cluster, 'group', target.group)
  await tried(`READ on the group ${target.group}`, () =>
    group.ask((each, node) => fetchCommitted(each, node, target.group, new Map()), withinMs),
  )
  for (const topic of target.topics) {
    await tried(`READ on the topic ${topic}`, () => readOnce(cluster, topic))
    await tried(`WRITE on the topic ${topic}`, async () => {
      if (session === null) throw new Error('not tried without the transactional id')
      await mark(session, topic, clocks)
    })
  }
  const addresses = [...new Set([...settings.brokers, ...nodes.map(({ address }) => address)])]
  const brokers = await Promise.all(
    addresses.map(async (address): Promise<BrokerHealth> => {
      const id = nodes.find((node) => node.address === address)?.id ?? null
      const clockAheadMs = id === null ? null : (clocks.get(id) ?? null)
      return { address, id, clockAheadMs, ...(await examine(port, settings, cluster, address, id)) }
    }),
  )
  return { clusterId, controller, brokers, permissions }
}

async function examine(
  port: BrokerPort,
  settings: KafkaSettings,
  cluster: Cluster,
  address: string,
  id: number | null,
): Promise<Pick<BrokerHealth, 'answeredInMs' | 'missing' | 'problem'>> {
  const startedAt = performance.now()
  try {
    await describeCluster(port, { ...settings, brokers: [address] })
    const answeredInMs = performance.now() - startedAt
    if (id === null) return { answeredInMs, missing: [], problem: null }
    const ranges = await apiVersions(cluster, id)
    const missing = required
      .filter(
        ({ key, version }) => !ranges.some((one) => one.key === key && one.oldest <= version && version <= one.newest),
      )
      .map(({ name, version }) => `${name} ${version}`)
    return { answeredInMs, missing, problem: null }
  } catch (error) {
    return { answeredInMs: null, missing: [], problem: messageOf(error) }
  }
}

/** The partitions of a topic with their leaders. */
async function leadersOf(cluster: Cluster, topic: string): Promise<readonly PartitionLeader[]> {
  await cluster.follow([topic])
  return cluster.partitionsOf(topic).filter(({ leader }) => leader >= 0)
}

const readLimits = { maxWaitMs: 100, maxBytes: 1024 * 1024, maxPartitionBytes: 64 * 1024 }

async function fetchAt(cluster: Cluster, topic: string, { partition, leader }: PartitionLeader, offset: number) {
  const { partitions } = await fetchFrom(cluster, leader, [{ topic, partition, offset }], readLimits)
  const [answer] = partitions
  if (answer === undefined || answer.errorCode !== 0) {
    throw new BrokerError(answer?.errorCode ?? -1, `${topic}/${partition}`)
  }
  return answer
}

async function readOnce(cluster: Cluster, topic: string): Promise<void> {
  const [first] = await leadersOf(cluster, topic)
  if (first === undefined) throw new Error('no partition has a leader')
  await fetchAt(cluster, topic, first, await offsetOf(cluster, topic, first.partition, 'latest'))
}

/** Aborts a transaction without records over one partition of each leader, and reads the brokers' time from its markers. */
async function mark(session: ProducerSession, topic: string, clocks: Map<number, number>): Promise<void> {
  const { cluster } = session
  const leaders = await leadersOf(cluster, topic)
  const chosen = [...new Map(leaders.map((each) => [each.leader, each])).values()]
  const startedAtMs = Date.now()
  const before = await Promise.all(chosen.map(({ partition }) => offsetOf(cluster, topic, partition, 'latest')))
  const coordinator = new Coordinator(cluster, 'transaction', session.producer.transactionalId)
  const topics = new Map([[topic, chosen.map(({ partition }) => partition)]])
  await coordinator.ask((each, node) => addPartitions(each, node, session.producer, topics), withinMs)
  await coordinator.ask((each, node) => endTransaction(each, node, session.producer, false), withinMs)
  for (const [index, led] of chosen.entries()) {
    const { leader } = led
    // Brokers write the markers after they answer.
    for (let tries = 0; tries < markerTries && !clocks.has(leader); tries++) {
      const { bytes } = await fetchAt(cluster, topic, led, before[index] ?? 0)
      const [time] = markerTimes(bytes)
      if (time !== undefined) clocks.set(leader, Math.round(time - (startedAtMs + Date.now()) / 2))
      else await pause(markerPauseMs)
    }
  }
}
