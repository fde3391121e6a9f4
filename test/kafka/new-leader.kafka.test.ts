import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Cluster } from '../../connectors/kafka/broker/cluster.ts'
import { connectCluster } from '../../connectors/kafka/broker/connect-cluster.ts'
import { leaderOf } from '../../connectors/kafka/broker/leader.ts'
import {
  ensureTopics,
  type KafkaSettings,
  openGroupPositions,
  openLogReader,
  openTopicProducer,
  type TransactionsOptions,
  takePartition,
} from '../../connectors/kafka/kafka.ts'
import { kafkajsPort } from '../../connectors/kafka/kafkajs/kafkajs-port.ts'
import { type CoordinatorType, findCoordinator } from '../../connectors/kafka/wire/coordinator-requests.ts'
import { VainoError } from '../../model/errors.ts'
import { type KafkaCluster, startKafka } from './cluster.ts'
import { readAll, textOf, until } from './reading.ts'
import { RefusingProxy } from './refusing-proxy.ts'

async function make(settings: KafkaSettings, name: string, replication: number): Promise<string> {
  const topics = [{ name, cleanup: 'delete', maxMessageBytes: 100_000 }] as const
  await ensureTopics(settings, { topics, partitions: 1, replication, create: true })
  return name
}

async function asking<T>(settings: KafkaSettings, question: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = await connectCluster(kafkajsPort, settings)
  try {
    return await question(cluster)
  } finally {
    await cluster.close()
  }
}

/** What one broker answers. */
const coordinatorOf = (settings: KafkaSettings, asked: number, type: CoordinatorType, id: string): Promise<number> =>
  asking(settings, (cluster) => findCoordinator(cluster, asked, type, id))

const leader = (settings: KafkaSettings, topic: string): Promise<number> =>
  asking(settings, async (cluster) => {
    await cluster.follow([topic])
    return leaderOf(cluster, topic, 0)
  })

/** Names whose group one broker coordinates, and whose transactions another. */
async function namesApart({ settings }: KafkaCluster, inputTopic: string, ofGroup?: number) {
  // The brokers make the coordinators' topics when they are asked for the first time.
  for (const type of ['group', 'transaction'] as const) {
    const isThere = () => coordinatorOf(settings, 1, type, 'any').then(Boolean, () => false)
    await until(`there is a ${type} coordinator`, isThere)
  }
  let group = 'group'
  let lost = await coordinatorOf(settings, 1, 'group', group)
  while (ofGroup !== undefined && lost !== ofGroup) {
    group += 'x'
    lost = await coordinatorOf(settings, 1, 'group', group)
  }
  let idPrefix = 'id'
  while ((await coordinatorOf(settings, 1, 'transaction', `${idPrefix}-0`)) === lost) idPrefix += 'x'
  return { lost, names: { group, idPrefix, inputTopic } }
}

/** Takes the partition as soon as it can be taken, and commits positions. @returns the position that was there */
async function takeAndCommit(settings: KafkaSettings, names: TransactionsOptions, positions: readonly number[] = []) {
  for (;;) {
    try {
      await using owned = await takePartition(settings, names, 0)
      for (const nextOffset of positions) await owned.commit({ batches: [], nextOffset })
      return owned.position.nextOffset
    } catch (error) {
      if (!(error instanceof VainoError) || !error.canRetry) throw error
    }
  }
}

// A follower learns with the answer to its next fetch how much of a log is on all replicas. Here that fetch waits for records,
// and one of two replicas alone can't find it out: a follower that becomes leader has all of the log, and shows less of it until
// the former leader is back. With the brokers' defaults the same takes milliseconds, and longer under load.
const slowToKnow = { 'offsets.topic.replication.factor': 2, 'replica.fetch.wait.max.ms': 5000 }

describe('where a follower learns late how much of its log counts', () => {
  let kafka: KafkaCluster
  beforeAll(async () => {
    kafka = await startKafka({ nodes: 3, config: slowToKnow })
  }, 120_000)
  afterAll(() => kafka[Symbol.asyncDispose]())

  test('I11: who takes a partition gets its last position from a new coordinator that shows an older one', async () => {
    const { settings } = kafka
    // What the other coordinator writes must not make the followers of the group's fetch.
    const { lost, names } = await namesApart(kafka, await make(settings, 'in', 3))
    await using positions = openGroupPositions(settings, { group: names.group, topic: 'in', partitions: 1 })
    const shown = () =>
      positions.committed().then(
        ([position]) => position?.nextOffset,
        () => null,
      )
    await takeAndCommit(settings, names, [5])
    {
      await using former = await takePartition(settings, names, 0)
      await former.commit({ batches: [], nextOffset: 10 })
      await until('the coordinator shows it', async () => (await shown()) === 10)
      await kafka.node(lost).kill()
    }
    await until('the new coordinator answers', async () => (await shown()) !== null)
    expect(await shown()).toBe(5)
    const [position] = await Promise.all([takeAndCommit(settings, names), kafka.start()])
    expect(position).toBe(10)
  }, 180_000)

  test('I11: a reading to the end has all that was acknowledged, though a new leader shows less', async () => {
    const { settings } = kafka
    const topic = await make(settings, 'log', 2)
    {
      await using producer = openTopicProducer(settings, { topic })
      for (const value of ['a', 'b', 'c']) await producer.send(0, [{ key: null, value }])
    }
    const lost = await leader(settings, topic)
    await kafka.node(lost).kill()
    const isLed = () =>
      leader(settings, topic).then(
        (node) => node !== lost,
        () => false,
      )
    await until('there is a new leader', isLed)
    await using reader = openLogReader(settings)
    const [records] = await Promise.all([readAll(reader, topic, 0, 0), kafka.start()])
    expect(records.map(({ value }) => textOf(value))).toEqual(['a', 'b', 'c'])
  }, 180_000)
})

test('I11: who takes a partition gets its last position, not that of a broker that lost the group and does not know it', async () => {
  const proxies: RefusingProxy[] = []
  const ports: number[] = []
  for (const index of [0, 1, 2]) proxies.push(await RefusingProxy.open(() => ports[index] ?? 0))
  const controllerPort = (node: number, own: number): number => {
    ports[node - 1] = own
    return proxies[node - 1]?.port ?? 0
  }
  try {
    await using kafka = await startKafka({ nodes: 3, controllerPort })
    const { settings } = kafka
    // A client asks the broker with the lowest number first.
    const { lost, names } = await namesApart(kafka, await make(settings, 'in', 3), 1)
    await takeAndCommit(settings, names, [5])
    // It doesn't reach the other controllers, and they don't reach its own.
    proxies[0]?.[Symbol.dispose]()
    for (const other of proxies.slice(1)) other.cutOff(/(^|-)1$/)
    const others = { brokers: [2, 3].map((id) => kafka.node(id).address) }
    await until('another coordinates the group', () =>
      coordinatorOf(others, 2, 'group', names.group).then(
        (node) => node !== lost,
        () => false,
      ),
    )
    await takeAndCommit(others, names, [10])
    expect(await coordinatorOf({ brokers: [kafka.node(lost).address] }, lost, 'group', names.group)).toBe(lost)
    expect(await takeAndCommit({ brokers: [kafka.node(lost).address] }, names)).toBe(10)
  } finally {
    for (const proxy of proxies) proxy[Symbol.dispose]()
  }
}, 180_000)
