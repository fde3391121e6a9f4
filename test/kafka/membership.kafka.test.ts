import { expect, test } from 'bun:test'
import { ensureTopics, joinGroup } from '../../connectors/kafka/kafka.ts'
import { createKafka } from '../../connectors/kafka/kafkajs/client.ts'
import { startKafka } from './cluster.ts'
import { crowd } from './crowd.ts'
import { until } from './reading.ts'

const partitions = 4
const sessionTimeoutMs = 2000

test('a member that gave up while it was still connecting takes no share of the group later', async () => {
  await using kafka = await startKafka({
    config: { 'group.min.session.timeout.ms': 1000, 'socket.listen.backlog.size': 1 },
  })
  const { settings } = kafka
  const topic = 'input'
  await ensureTopics(settings, {
    topics: [{ name: topic, cleanup: 'delete', maxMessageBytes: 1_000_000 }],
    partitions,
    replication: 1,
    create: true,
  })
  let disturbances = 0
  let lastAssignedAtMs = 0
  const options = { group: 'members', topic, sessionTimeoutMs, rebalanceTimeoutMs: sessionTimeoutMs, heartbeatMs: 500 }
  await using group = joinGroup(settings, options, {
    own: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    failed: () => undefined,
    disturbed: () => disturbances++,
    assigned: () => {
      lastAssignedAtMs = performance.now()
    },
  })
  await until('all is ours', () => group.owned.length === partitions)

  const broker = kafka.node(1)
  await broker.hang()
  {
    const [host = '', port] = broker.address.split(':')
    using _crowd = crowd(host, Number(port))
    // Once for the member that was, and twice for one that didn't get as far.
    await until('three have given up', () => disturbances >= 3)
  }
  lastAssignedAtMs = 0
  broker.goOn()

  // Whoever joins makes all others join again: when that has not happened for so long, everybody is there.
  await until(
    'the group is settled',
    () => lastAssignedAtMs > 0 && performance.now() - lastAssignedAtMs > 2 * sessionTimeoutMs,
  )
  expect(group.owned).toEqual([0, 1, 2, 3])
  const admin = createKafka(settings, { retry: { retries: 3 } }).admin()
  await admin.connect()
  try {
    const { groups } = await admin.describeGroups([options.group])
    expect(groups.map(({ members }) => members.length)).toEqual([1])
  } finally {
    await admin.disconnect()
  }
}, 120_000)
