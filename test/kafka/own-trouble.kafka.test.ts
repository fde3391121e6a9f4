import { afterAll, expect, setSystemTime, test } from 'bun:test'
import { ensureTopics, type LogReader, openLogReader, openTopicProducer } from '../../connectors/kafka/kafka.ts'
import { createKafka } from '../../connectors/kafka/kafkajs/client.ts'
import { freePorts, startKafka } from './cluster.ts'
import { textOf, until } from './reading.ts'
import { RefusingProxy } from './refusing-proxy.ts'

const outOfRange = 1
const notLeader = 6
const [port = 0] = await freePorts(1)
const proxy = await RefusingProxy.open(() => port)
const kafka = await startKafka({
  ports: [port],
  config: { 'advertised.listeners': `CLIENT://127.0.0.1:${proxy.port}` },
})
const { settings } = kafka

afterAll(async () => {
  proxy[Symbol.dispose]()
  await kafka[Symbol.asyncDispose]()
})

async function make(...names: string[]): Promise<void> {
  const topics = names.map((name) => ({ name, cleanup: 'delete', maxMessageBytes: 1_000_000 }) as const)
  await ensureTopics(settings, { topics, partitions: 1, replication: 1, create: true })
}

/** Appends, over a producer of its own. */
async function tell(topic: string, ...values: string[]): Promise<void> {
  await using producer = openTopicProducer(settings, { topic })
  await producer.send(
    0,
    values.map((value) => ({ key: null, value })),
  )
}

/** What arrives of a topic, and how reading it ended. */
function follow(reader: LogReader, topic: string) {
  const values: (string | null)[] = []
  const stop = new AbortController()
  const read = async () => {
    const request = { topic, partition: 0, from: 0, signal: stop.signal }
    for await (const { records } of reader.read(request)) values.push(...records.map(({ value }) => textOf(value)))
  }
  const ended = read().then(
    () => null,
    (error: unknown) => error,
  )
  return { values, ended, [Symbol.dispose]: () => stop.abort() }
}

test('a partition that a broker refused for a while is read again, though the clock was set back', async () => {
  await make('refused')
  await using reader = openLogReader(settings)
  using refused = follow(reader, 'refused')
  await tell('refused', 'before')
  await until('it is read', () => refused.values.length === 1)
  proxy.refuses = { topic: 'refused', code: notLeader }
  proxy.refused = 0
  await until('it is refused', () => proxy.refused > 0)
  try {
    setSystemTime(Date.now() - 3_600_000)
    proxy.refuses = null
    await tell('refused', 'after')
    await until('it is read again', () => refused.values.length === 2, 20_000)
  } finally {
    setSystemTime()
  }
})

test('a partition of which nobody says what it holds keeps no other of its broker from being read', async () => {
  await make('unbounded', 'bounded')
  await using reader = openLogReader(settings)
  using unbounded = follow(reader, 'unbounded')
  using bounded = follow(reader, 'bounded')
  for (const topic of ['unbounded', 'bounded']) await tell(topic, 'before')
  await until('both are read', () => unbounded.values.length + bounded.values.length === 2)
  proxy.losesAnswersTo = 'listOffsets'
  proxy.refuses = { topic: 'unbounded', code: outOfRange }
  proxy.refused = 0
  await until('one is refused', () => proxy.refused > 0)
  await tell('bounded', 'after')
  await until('the other is read', () => bounded.values.length === 2, 20_000)
  proxy.losesAnswersTo = null
  expect(await unbounded.ended).toMatchObject({ code: 'log_truncated', details: { earliest: 0, latest: 1, offset: 1 } })
  proxy.refuses = null
}, 60_000)

test('a topic that is deleted keeps no other from being read, and its reader ends with `log_truncated` when it is re-created', async () => {
  await make('deleted', 'kept')
  await using reader = openLogReader(settings)
  using deleted = follow(reader, 'deleted')
  using kept = follow(reader, 'kept')
  for (const topic of ['deleted', 'kept']) await tell(topic, 'before')
  await until('both are read', () => deleted.values.length + kept.values.length === 2)
  const admin = createKafka(settings, { retry: { retries: 3 } }).admin()
  await admin.connect()
  await admin.deleteTopics({ topics: ['deleted'] })
  await admin.disconnect()
  for (let n = 1; n <= 3; n++) {
    await tell('kept', `after ${n}`)
    await until('the other is read', () => kept.values.length === 1 + n, 20_000)
  }
  // Somebody new begins with both: who leads what is asked anew.
  using later = follow(reader, 'kept')
  await until('it is read from its beginning', () => later.values.length === 4, 20_000)
  await make('deleted')
  expect(await deleted.ended).toMatchObject({ code: 'log_truncated', details: { earliest: 0, latest: 0, offset: 1 } })
}, 90_000)
