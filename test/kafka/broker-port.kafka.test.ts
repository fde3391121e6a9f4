import { afterAll, describe, expect, test } from 'bun:test'
import { BrokerError, BrokerUnreachable } from '../../connectors/kafka/broker/errors.ts'
import { leaderOf } from '../../connectors/kafka/broker/leader.ts'
import { kafkaFailure } from '../../connectors/kafka/failure.ts'
import { ensureTopics, openTopicProducer } from '../../connectors/kafka/kafka.ts'
import { kafkajsPort } from '../../connectors/kafka/kafkajs/kafkajs-port.ts'
import { apis } from '../../connectors/kafka/wire/apis.ts'
import { offsetOf } from '../../connectors/kafka/wire/list-offsets.ts'
import { freePorts, startKafka } from './cluster.ts'
import { until } from './reading.ts'
import { RefusingProxy } from './refusing-proxy.ts'

// The contract of connectors/kafka/broker/, for each client that implements it.
const ports = { kafkajs: kafkajsPort }

const partitions = 8
const topic = 'numbered'
const [brokerPort = 0] = await freePorts(1)
const proxy = await RefusingProxy.open(() => brokerPort)
const kafka = await startKafka({
  ports: [brokerPort],
  config: {
    'advertised.listeners': `CLIENT://127.0.0.1:${proxy.port}`,
    'group.min.session.timeout.ms': 1000,
  },
})
const settings = { ...kafka.settings, brokers: [`127.0.0.1:${proxy.port}`] }
await ensureTopics(settings, {
  topics: [{ name: topic, cleanup: 'delete', maxMessageBytes: 1_000_000 }],
  partitions,
  replication: 1,
  create: true,
})
{
  // Partition n ends at offset n, so an answer shows for which partition it is.
  await using producer = openTopicProducer(settings, { topic })
  for (let partition = 1; partition < partitions; partition++)
    await producer.send(
      partition,
      Array.from({ length: partition }, () => ({ key: null, value: 'x' })),
    )
}

afterAll(async () => {
  proxy[Symbol.dispose]()
  await kafka[Symbol.asyncDispose]()
})

const failureOf = (pending: Promise<unknown>): Promise<unknown> =>
  pending.then(
    () => 'answered',
    (error: unknown) => error,
  )

describe.each(Object.entries(ports))('a client over %s', (_, port) => {
  async function connected() {
    const cluster = port.openCluster(settings)
    await cluster.connect()
    await cluster.follow([topic])
    return Object.assign(cluster, { [Symbol.asyncDispose]: () => cluster.close() })
  }
  type Connected = Awaited<ReturnType<typeof connected>>
  const endOf = (cluster: Connected, partition: number) => offsetOf(cluster, topic, partition, 'latest')
  /** Asks for the ends of the partitions, in turn, all at the same time. */
  const answersOf = (cluster: Connected, count: number) =>
    Array.from({ length: count }, (_unused, index) => endOf(cluster, index % partitions))

  test('of many requests in flight on one connection, each gets its own answer', async () => {
    await using cluster = await connected()
    const before = proxy.clients
    const ends = await Promise.all(answersOf(cluster, 500))
    expect(ends).toEqual(Array.from({ length: 500 }, (_unused, index) => index % partitions))
    expect(proxy.clients).toBe(before)
  })

  test('when a connection is lost, everything pending on it fails so that a retry can succeed', async () => {
    await using cluster = await connected()
    proxy.losesAnswersTo = 'listOffsets'
    const failures = await Promise.all(answersOf(cluster, 50).map(failureOf))
    proxy.losesAnswersTo = null
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(BrokerUnreachable)
      expect(kafkaFailure(failure, 'it failed')).toMatchObject({ code: 'broker_unreachable', canRetry: true })
    }
    expect(await endOf(cluster, 3)).toBe(3)
  })

  test('a broker that hangs is given up at the deadline, its connection is closed, and the next request has a new one', async () => {
    await using cluster = await connected()
    expect(await endOf(cluster, 3)).toBe(3)
    const before = proxy.clients
    const node = leaderOf(cluster, topic, 0)
    const decode = () => ({ throttleMs: 0 })
    const request = { api: apis.apiVersions, body: Buffer.alloc(0), decode, timeoutMs: 500 }
    await kafka.node(1).hang()
    try {
      const startedAt = performance.now()
      // One with a short deadline; another behind it that would wait for 15 s.
      const [hurried, patient] = await Promise.all([
        failureOf(cluster.send(node, request)),
        failureOf(endOf(cluster, 3)),
      ])
      expect(performance.now() - startedAt).toBeLessThan(5000)
      expect([hurried, patient]).toEqual([expect.any(BrokerUnreachable), expect.any(BrokerUnreachable)])
      await until('the connection is closed', () => proxy.clients < before, 5000)
    } finally {
      kafka.node(1).goOn()
    }
    expect(await endOf(cluster, 3)).toBe(3)
  }, 30_000)

  test('what a broker refuses is an error with its code, and a topic that is refused is not followed', async () => {
    await using cluster = await connected()
    expect(await failureOf(cluster.follow(['nowhere']))).toMatchObject({ name: 'BrokerError', code: 3 })
    await cluster.refresh()
    expect(cluster.partitionsOf(topic)).toHaveLength(partitions)
    expect(cluster.partitionsOf('nowhere')).toEqual([])
    expect(() => leaderOf(cluster, 'nowhere', 0)).toThrow(BrokerError)
  })

  test('a description says what the broker knows, and leaves the followed topics as they are', async () => {
    await using cluster = await connected()
    const { controller, nodes, topics } = await cluster.describe()
    expect(nodes).toEqual([{ id: 1, address: `127.0.0.1:${proxy.port}` }])
    expect(controller).toBe(1)
    expect(topics.length).toBeGreaterThan(0)
    expect(cluster.partitionsOf(topic)).toHaveLength(partitions)
    expect((await cluster.describe([topic])).topics).toMatchObject([
      { name: topic, partitions: Array.from({ length: partitions }, () => ({ leader: 1, replicas: 1 })) },
    ])
  })

  /** COORDINATOR_LOAD_IN_PROGRESS */
  const coordinatorLoading = 14
  test('members share the partitions, and those of one that leaves go to the others at once', async () => {
    await using stack = new AsyncDisposableStack()
    const join = () => {
      const leaving = new AbortController()
      const member = { id: '', partitions: [] as readonly number[], heartbeats: 0, leave: () => leaving.abort() }
      const options = {
        group: 'sharing',
        topic,
        sessionTimeoutMs: 30_000,
        rebalanceTimeoutMs: 30_000,
        heartbeatMs: 200,
        protocol: { name: 'even', version: 1 },
        claim: () => Buffer.from('claimed'),
        assign: (members: readonly { memberId: string; claim: Uint8Array | undefined }[], count: number) =>
          new Map(
            members.map(({ memberId, claim }, index) => {
              expect(Buffer.from(claim ?? []).toString()).toBe('claimed')
              const all = Array.from({ length: count }, (_unused, partition) => partition)
              return [memberId, all.filter((partition) => partition % members.length === index)]
            }),
          ),
      }
      const events = {
        joined: (id: string, assigned: readonly number[]) => Object.assign(member, { id, partitions: assigned }),
        heartbeat: () => {
          member.heartbeats++
        },
      }
      // A broker that has just started still loads its groups; whoever joins asks again, as join-group.ts does.
      const beMember = (): Promise<void> =>
        port.beMember(settings, options, events, leaving.signal).catch((error: unknown) => {
          if (error instanceof BrokerError && error.code === coordinatorLoading) return beMember()
          throw error
        })
      const left = beMember()
      stack.defer(async () => {
        leaving.abort()
        await left
      })
      return Object.assign(member, { left })
    }
    const first = join()
    await until('the first has all', () => first.partitions.length === partitions)
    await until('it heartbeats', () => first.heartbeats > 0)
    const second = join()
    await until('they share', () => first.partitions.length === 4 && second.partitions.length === 4)
    expect([...first.partitions, ...second.partitions].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(first.id).not.toBe(second.id)
    first.leave()
    await first.left
    // Sooner than the session timeout, after which the group would notice by itself.
    await until('the second has all', () => second.partitions.length === partitions, 20_000)
  }, 90_000)

  test('a partition without a leader is shown as one, and keeps no other from its leader', async () => {
    await using three = await startKafka({ nodes: 3 })
    const single = 'single-replicas'
    await ensureTopics(three.settings, {
      topics: [{ name: single, cleanup: 'delete', maxMessageBytes: 1_000_000 }],
      partitions: 6,
      replication: 1,
      create: true,
    })
    const cluster = port.openCluster(three.settings)
    try {
      await cluster.connect()
      await cluster.follow([single])
      const lost = leaderOf(cluster, single, 0)
      await three.node(lost).kill()
      await until('it has no leader', async () => {
        // The client may still ask the broker that was killed.
        await cluster.refresh().catch((error: unknown) => expect(error).toBeInstanceOf(BrokerUnreachable))
        return cluster.partitionsOf(single).some(({ partition, leader }) => partition === 0 && leader === -1)
      })
      expect(await failureOf(offsetOf(cluster, single, 0, 'latest'))).toMatchObject({ name: 'BrokerError', code: 5 })
      const led = cluster.partitionsOf(single).filter(({ leader }) => leader >= 0)
      expect(led.length).toBeGreaterThan(0)
      for (const { partition } of led) expect(await offsetOf(cluster, single, partition, 'latest')).toBe(0)
    } finally {
      await cluster.close()
    }
  }, 120_000)
})
