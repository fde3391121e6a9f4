import { afterAll, expect, test } from 'bun:test'
import { ensureTopics, type KafkaSettings, openLogReader, openTopicProducer } from '../../connectors/kafka/kafka.ts'
import { freePorts, startKafka } from './cluster.ts'
import { until, valuesIn } from './reading.ts'
import { RefusingProxy } from './refusing-proxy.ts'

const [port = 0] = await freePorts(1)
const proxy = await RefusingProxy.open(() => port)
const kafka = await startKafka({
  ports: [port],
  config: { 'advertised.listeners': `CLIENT://127.0.0.1:${proxy.port}` },
})
const said: string[] = []
const settings: KafkaSettings = { ...kafka.settings, log: ({ text }) => void said.push(text) }
const reader = openLogReader(kafka.settings)

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  proxy[Symbol.dispose]()
  await kafka[Symbol.asyncDispose]()
})

async function make(name: string): Promise<string> {
  const topics = [{ name, cleanup: 'delete', maxMessageBytes: 1_000_000 }] as const
  await ensureTopics(settings, { topics, partitions: 2, replication: 1, create: true })
  return name
}

/** A producer says so when it tries again over a new connection. */
const hasGivenUp = (topic: string, partition: number): boolean =>
  said.some((text) => text.startsWith(`${topic}/${partition} could not be written`))
const numbered = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: null, value: `${first + index}` }))
const numbers = (count: number) => Array.from({ length: count }, (_, index) => `${index}`)

test('what was written, and its answer lost until the connection was given up, stands in the log once', async () => {
  const topic = await make('lost-answers')
  await using producer = openTopicProducer(settings, { topic })
  await producer.send(0, numbered(0, 3))
  await producer.send(1, numbered(0, 3))
  proxy.losesAnswersTo = 'produce'
  const sending = [0, 1].map((partition) => producer.send(partition, numbered(3, 3)))
  await until('both have given up', () => [0, 1].every((partition) => hasGivenUp(topic, partition)))
  proxy.losesAnswersTo = null
  expect(await Promise.all(sending)).toEqual([6, 6])
  expect(await producer.send(0, numbered(6, 3))).toBe(9)
  expect(await producer.send(1, numbered(6, 3))).toBe(9)
  for (const partition of [0, 1]) expect(await valuesIn(reader, topic, partition)).toEqual(numbers(9))
}, 90_000)

test('what reaches a broker late, over a connection that was given up, is not written behind what was sent later', async () => {
  const topic = await make('late')
  await using producer = openTopicProducer(settings, { topic })
  await producer.send(0, numbered(0, 3))
  const broker = kafka.node(1)
  await broker.hang()
  const sending = producer.send(0, numbered(3, 3))
  await until('it has given up', () => hasGivenUp(topic, 0))
  broker.goOn()
  await sending
  for (let first = 6; first < 60; first += 3) await producer.send(0, numbered(first, 3))
  expect(await valuesIn(reader, topic, 0)).toEqual(numbers(60))
}, 90_000)

test('what was given up before a broker had it keeps nothing behind it from being written', async () => {
  const topic = await make('given-up')
  await using producer = openTopicProducer(settings, { topic })
  await producer.send(0, numbered(0, 3))
  await kafka.node(1).kill()
  const stop = new AbortController()
  const givenUp = producer.send(0, [{ key: null, value: 'given up' }], stop.signal)
  await until('it was tried', () => hasGivenUp(topic, 0))
  stop.abort()
  await expect(givenUp).rejects.toMatchObject({ code: 'busy' })
  await kafka.start()
  expect(await producer.send(0, numbered(3, 3))).toBe(6)
  expect(await valuesIn(reader, topic)).toEqual(numbers(6))
  expect(said).toContainEqual(
    expect.stringMatching(/^given-up\/0 could not be written: .*OUT_OF_ORDER_SEQUENCE_NUMBER/),
  )
}, 90_000)
