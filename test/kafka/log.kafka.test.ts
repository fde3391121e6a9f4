import { afterAll, expect, test } from 'bun:test'
import { Kafka, logLevel } from 'kafkajs'
import {
  type Codec,
  ensureTopics,
  type LogBatch,
  openLogReader,
  openTopicProducer,
  type TopicSpec,
  type TopicsWanted,
} from '../../connectors/kafka/kafka.ts'
import { startKafka } from './cluster.ts'
import { consoleConsume, consoleProduce } from './console.ts'
import { readAll, textOf, until, valuesIn } from './reading.ts'

const kafka = await startKafka({
  config: { 'log.cleaner.backoff.ms': 100, 'log.initial.task.delay.ms': 100, 'log.segment.delete.delay.ms': 100 },
})
const { settings } = kafka
const reader = openLogReader(settings)
const admin = new Kafka({ brokers: [...settings.brokers], logLevel: logLevel.NOTHING }).admin()
await admin.connect()

afterAll(async () => {
  await admin.disconnect()
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
})

const spec = (name: string, more: Partial<TopicSpec> = {}): TopicSpec => ({
  name,
  cleanup: 'delete',
  maxMessageBytes: 1_000_000,
  ...more,
})
const wanted = (topics: readonly TopicSpec[], more: Partial<TopicsWanted> = {}): TopicsWanted => ({
  topics,
  partitions: 1,
  replication: 1,
  create: true,
  ...more,
})
const make = async (name: string, more: Partial<TopicSpec> = {}): Promise<string> => {
  await ensureTopics(settings, wanted([spec(name, more)]))
  return name
}
const codecs: readonly Codec[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

test('records come back as they were sent, with every codec', async () => {
  const topic = await make('codecs')
  const sent = (codec: Codec) => [
    {
      key: codec,
      value: 'text ü€𐐷 '.repeat(2000),
      headers: { 'content-type': 'text/plain', raw: Buffer.from([0, 255]) },
    },
    { key: null, value: null, timestampMs: 1_700_000_000_123 },
    { key: Buffer.from([0, 0, 0, 0]), value: Buffer.alloc(0) },
  ]
  for (const codec of codecs) {
    await using producer = openTopicProducer(settings, { topic, codec })
    await producer.send(0, sent(codec))
  }
  const records = await readAll(reader, topic)
  expect(records).toHaveLength(codecs.length * 3)
  for (const [index, codec] of codecs.entries()) {
    const [first, second, third] = records.slice(index * 3)
    expect([textOf(first?.key ?? null), textOf(first?.value ?? null)]).toEqual([codec, 'text ü€𐐷 '.repeat(2000)])
    expect(first?.headers.map(([name, value]) => [name, [...(value ?? [])]])).toEqual([
      ['content-type', [...Buffer.from('text/plain')]],
      ['raw', [0, 255]],
    ])
    expect(second).toMatchObject({ key: null, value: null, timestampMs: 1_700_000_000_123, headers: [] })
    expect([third?.key?.length, third?.value?.length]).toEqual([4, 0])
  }
  expect(records.map(({ offset }) => offset)).toEqual(records.map((_, index) => index))
})

test("Apache Kafka's own clients read what is written here, and what they write is read here", async () => {
  const topic = await make('interop')
  const lines = (codec: string) => Array.from({ length: 200 }, (_, index) => `${codec}-${index}\tvalue ${index}`)
  await Promise.all(codecs.map((codec) => consoleProduce(kafka, topic, codec, lines(codec).join('\n'))))
  const read = (await readAll(reader, topic)).map(({ key, value }) => `${textOf(key)}\t${textOf(value)}`)
  expect(read.toSorted()).toEqual(codecs.flatMap(lines).toSorted())

  const ours = await make('interop-ours')
  for (const codec of codecs) {
    await using producer = openTopicProducer(settings, { topic: ours, codec })
    await producer.send(0, [{ key: codec, value: `by ${codec}`, headers: { ce_id: '0-1' } }])
  }
  expect(await consoleConsume(kafka, ours, codecs.length)).toEqual(
    codecs.map((codec) => `ce_id:0-1\t${codec}\tby ${codec}`),
  )
})

test('a reader begins at the offset that is asked for, says when it is caught up, and goes on with new records', async () => {
  const topic = await make('live')
  await using producer = openTopicProducer(settings, { topic })
  const stop = new AbortController()
  const seen: LogBatch[] = []
  const values = () => seen.flatMap(({ records }) => records.map(({ value }) => textOf(value)))
  const reading = (async () => {
    for await (const batch of reader.read({ topic, partition: 0, from: 0, signal: stop.signal })) seen.push(batch)
  })()
  await until('an empty partition is caught up', () => seen.at(-1)?.isCaughtUp === true)
  expect(seen.at(-1)).toMatchObject({ records: [], nextOffset: 0, endOffset: 0 })
  await producer.send(
    0,
    [1, 2, 3].map((n) => ({ key: null, value: `${n}` })),
  )
  await until('what was sent arrives', () => values().length === 3 && seen.at(-1)?.isCaughtUp === true)
  await producer.send(0, [{ key: null, value: '4' }])
  await until('what was sent later arrives', () => values().length === 4)
  stop.abort()
  await reading
  expect(values()).toEqual(['1', '2', '3', '4'])
  expect(seen.at(-1)?.nextOffset).toBe(4)
  expect((await readAll(reader, topic, 0, 2)).map(({ value }) => textOf(value))).toEqual(['3', '4'])
  expect(await readAll(reader, topic, 0, 'latest')).toEqual([])
})

test('I10: what is sent at once is split into batches that the broker takes, and read in bounded pieces', async () => {
  const topic = await make('large')
  await using producer = openTopicProducer(settings, { topic, codec: 'none' })
  const records = Array.from({ length: 300 }, (_, index) => ({ key: `${index}`, value: 'x'.repeat(20_000) }))
  await producer.send(0, records)
  const sizes: number[] = []
  let count = 0
  await using slow = openLogReader(settings, { maxBufferedBytes: 100_000, maxPartitionBytes: 50_000 })
  for await (const batch of slow.read({ topic, partition: 0, from: 0, toEnd: true })) {
    sizes.push(batch.bytes)
    count += batch.records.length
  }
  expect(count).toBe(300)
  // A batch is never cut; more than one is not asked for.
  expect(Math.max(...sizes)).toBeLessThan(1_000_000)
})

test('a reading that ends, ends at what was the end when it began, whatever came meanwhile', async () => {
  const topic = await make('moving-end')
  await using producer = openTopicProducer(settings, { topic, codec: 'none' })
  const send = async (values: readonly string[]) => {
    for (const value of values) await producer.send(0, [{ key: null, value: value.repeat(20_000) }])
  }
  await send(['a', 'b', 'c', 'd', 'e'])
  // Two batches a fetch, and none ahead: the third fetch would bring the last of these and the first of those.
  await using slow = openLogReader(settings, { maxBufferedBytes: 1, maxPartitionBytes: 50_000 })
  const read: string[] = []
  let next = 0
  for await (const { records, nextOffset } of slow.read({ topic, partition: 0, from: 0, toEnd: true })) {
    if (read.length === 0) await send(['f', 'g', 'h'])
    read.push(...records.map(({ value }) => textOf(value)?.slice(0, 1) ?? ''))
    next = nextOffset
  }
  expect([read.join(''), next]).toEqual(['abcde', 5])
  expect(await readAll(slow, topic, 0, next)).toHaveLength(3)
})

test('a record over the limit is refused with what to do, and what comes after it goes on', async () => {
  const topic = await make('small', { maxMessageBytes: 1000 })
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: 2, name: topic, configEntries: [{ name: 'max.message.bytes', value: '1000' }] }],
  })
  await using producer = openTopicProducer(settings, { topic, codec: 'none' })
  await expect(producer.send(0, [{ key: null, value: 'x'.repeat(5000) }])).rejects.toMatchObject({ code: 'too_large' })
  await producer.send(0, [{ key: null, value: 'fits' }])
  expect(await valuesIn(reader, topic)).toEqual(['fits'])
})

test('I13: a batch that would fill the memory is skipped and reported, the rest is read', async () => {
  const topic = await make('bomb')
  await using producer = openTopicProducer(settings, { topic, maxBatchBytes: 2 ** 30 })
  await producer.send(0, [{ key: null, value: 'before' }])
  const zeros = Buffer.alloc(1024 * 1024)
  await producer.send(
    0,
    Array.from({ length: 130 }, () => ({ key: null, value: zeros })),
  )
  await producer.send(0, [{ key: null, value: 'after' }])
  const batches: LogBatch[] = []
  for await (const batch of reader.read({ topic, partition: 0, from: 0, toEnd: true })) batches.push(batch)
  expect(batches.flatMap(({ records }) => records.map(({ value }) => textOf(value)))).toEqual(['before', 'after'])
  expect(batches.flatMap(({ unreadable }) => unreadable)).toMatchObject([{ firstOffset: 1, lastOffset: 130 }])
})

test('a compacted topic is read to its end, though compaction leaves gaps and empty batches', async () => {
  const topic = await make('compacted', {
    cleanup: 'compact',
    config: { 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0', 'delete.retention.ms': '0' },
  })
  await using producer = openTopicProducer(settings, { topic })
  for (let round = 0; round < 5; round++) {
    await producer.send(
      0,
      [1, 2, 3].map((key) => ({ key: `${key}`, value: `${key} in round ${round}` })),
    )
  }
  const state = async () =>
    new Map((await readAll(reader, topic)).map(({ key, value }) => [textOf(key), textOf(value)]))
  await until('compaction has come by', async () => {
    // Only what is behind the last segment is compacted, so something has to come after it.
    await producer.send(0, [{ key: 'tick', value: `${Date.now()}` }])
    return (await readAll(reader, topic)).every(({ offset }) => offset >= 12)
  })
  const { offset: end } = (await admin.fetchTopicOffsets(topic))[0] ?? { offset: '0' }
  expect([...(await state()).keys()].toSorted()).toEqual(['1', '2', '3', 'tick'])
  expect((await state()).get('2')).toBe('2 in round 4')
  let last = 0
  for await (const { nextOffset } of reader.read({ topic, partition: 0, from: 3, toEnd: true })) last = nextOffset
  expect(last).toBe(Number(end))
})

test('an offset that retention has taken is an error that says what is there', async () => {
  const topic = await make('truncated')
  await using producer = openTopicProducer(settings, { topic })
  await producer.send(
    0,
    [1, 2, 3, 4].map((n) => ({ key: null, value: `${n}` })),
  )
  await until('kafkajs knows the topic', () =>
    admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] }).then(
      () => true,
      () => false,
    ),
  )
  await expect(readAll(reader, topic, 0, 1)).rejects.toMatchObject({
    code: 'log_truncated',
    details: { topic, partition: 0, offset: 1, earliest: 2, latest: 4 },
  })
  await expect(readAll(reader, topic, 0, 99)).rejects.toMatchObject({ code: 'log_truncated' })
  expect(await valuesIn(reader, topic)).toEqual(['3', '4'])
})

test('a topic or partition that is not there is an error, not a wait', async () => {
  const topic = await make('there')
  await expect(readAll(reader, topic, 7)).rejects.toMatchObject({ code: 'not_found' })
  await expect(readAll(reader, 'nowhere')).rejects.toMatchObject({ code: 'not_found' })
})

test('topics are made once, and one that is not as it must be is refused with what to do', async () => {
  const topics = [spec('checked'), spec('checked-state', { cleanup: 'compact' })]
  expect((await ensureTopics(settings, wanted(topics, { partitions: 3 }))).created).toEqual([
    'checked',
    'checked-state',
  ])
  expect((await ensureTopics(settings, wanted(topics, { partitions: 3 }))).created).toEqual([])
  const refusal = async (more: Partial<TopicsWanted>, first: Partial<TopicSpec> = {}) => {
    const asked = wanted([spec('checked', first), spec('checked-state', { cleanup: 'compact' })], {
      partitions: 3,
      ...more,
    })
    return ensureTopics(settings, asked).then(
      () => 'accepted',
      ({ code, message, hint }) => `${code}: ${message}. ${hint}`,
    )
  }
  expect(await refusal({ partitions: 4 })).toMatch(
    /^topic_mismatch: checked has 3 partitions, not 4\. Set partitions: 3/,
  )
  expect(await refusal({}, { cleanup: 'compact' })).toMatch(/cleanup.policy=delete, not compact.*kafka-configs --alter/)
  expect(await refusal({}, { maxMessageBytes: 9_000_000 })).toMatch(
    /1000000 bytes, and 9000000.*max.message.bytes=9000000/,
  )
  expect(await refusal({ topics: [spec('other')], create: false })).toMatch(/There is no topic other/)
  expect(await refusal({ topics: [spec('other')], replication: 3 })).toMatch(/can't have 3 replicas/)
  expect((await ensureTopics(settings, wanted(topics, { partitions: 3, replication: 2 }))).warnings).toHaveLength(2)
})
