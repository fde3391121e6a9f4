import { afterAll, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import {
  ensureTopics,
  highWatermark,
  offsetAtTime,
  openLogReader,
  openTopicProducer,
  takePartition,
} from '../../connectors/kafka/kafka.ts'
import { createKafka } from '../../connectors/kafka/kafkajs/client.ts'
import { startKafka } from './cluster.ts'
import { type JobEvent, runCopyJob } from './copy-job.ts'
import { JobProcess } from './job-process.ts'
import { differenceOf, readAll, textOf, until, valuesIn } from './reading.ts'
import { topicBatches } from './topic-batches.ts'

const sessionTimeoutMs = 2000
const kafka = await startKafka({ config: { 'group.min.session.timeout.ms': 1000 } })
const { settings } = kafka
const reader = openLogReader(settings)

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
})

const make = async (name: string, partitions = 1) => {
  const names = { input: `${name}.in`, output: `${name}.out`, state: `${name}.state` }
  const topic = (topicName: string, cleanup: 'delete' | 'compact') => ({
    name: topicName,
    cleanup,
    maxMessageBytes: 100_000,
  })
  await ensureTopics(settings, {
    topics: [topic(names.input, 'delete'), topic(names.output, 'delete'), topic(names.state, 'compact')],
    partitions,
    replication: 1,
    create: true,
  })
  return { ...names, name, options: { idPrefix: name, group: name, inputTopic: names.input } }
}

/** Numbered records, spread over the partitions. */
async function fill(topic: string, partitions: number, perPartition: number, first = 0): Promise<void> {
  await using producer = openTopicProducer(settings, { topic })
  await Promise.all(
    Array.from({ length: partitions }, (_, partition) =>
      producer.send(
        partition,
        Array.from({ length: perPartition }, (_, index) => ({
          key: null,
          value: `${first + index} ${'.'.repeat(200)}`,
        })),
      ),
    ),
  )
}

/** Each input record exactly once in the output, in order. */
async function expectCopied(output: string, partitions: number, perPartition: number): Promise<void> {
  for (let partition = 0; partition < partitions; partition++) {
    const origins = (await valuesIn(reader, output, partition)).map((value) => value?.split(' ')[0] ?? null)
    const wanted = Array.from({ length: perPartition }, (_, index) => `${partition}-${index}`)
    expect(differenceOf(origins, wanted)).toBeNull()
  }
}

test('I2: records of several topics and the position are committed together, and the note comes back', async () => {
  const { output, state, options } = await make('together')
  {
    await using owned = await takePartition(settings, options, 0)
    expect(owned.position).toEqual({ nextOffset: null, note: '' })
    await owned.commit({
      batches: topicBatches([
        { topic: output, key: 'a', value: '1', headers: { ce_id: '0-1' } },
        { topic: state, key: 'a', value: '{}' },
        { topic: output, key: 'b', value: '2' },
        { topic: state, key: 'b', value: null },
      ]),
      nextOffset: 41,
      note: 'head 2',
    })
    await owned.commit({ batches: [], nextOffset: 42, note: 'head 2, nothing changed' })
  }
  await using again = await takePartition(settings, options, 0)
  expect(again.position).toEqual({ nextOffset: 42, note: 'head 2, nothing changed' })
  expect(await valuesIn(reader, output)).toEqual(['1', '2'])
  expect((await readAll(reader, state)).map(({ key, value }) => [textOf(key), textOf(value)])).toEqual([
    ['a', '{}'],
    ['b', null],
  ])
})

test('I2: a transaction that fails leaves nothing behind, and its partition can be taken again', async () => {
  const { output, options } = await make('failing')
  await using owned = await takePartition(settings, options, 0)
  const records = [
    { topic: output, key: 'a', value: 'written, then aborted' },
    { topic: output, key: 'b', value: randomBytes(100_000).toString('hex') },
  ]
  await expect(owned.commit({ batches: topicBatches(records), nextOffset: 1 })).rejects.toMatchObject({
    code: 'too_large',
  })
  await expect(owned.commit({ batches: [], nextOffset: 1 })).rejects.toMatchObject({ code: 'internal' })
  await using again = await takePartition(settings, options, 0)
  expect(again.position.nextOffset).toBeNull()
  await again.commit({ batches: topicBatches([{ topic: output, key: 'c', value: 'kept' }]), nextOffset: 1 })
  expect(await valuesIn(reader, output)).toEqual(['kept'])
})

test('a former owner is fenced: its next request fails, and nothing of its transaction is read', async () => {
  const { output, options } = await make('fencing')
  await using former = await takePartition(settings, options, 0)
  await former.commit({ batches: topicBatches([{ topic: output, key: null, value: 'by the former' }]), nextOffset: 1 })
  await using owner = await takePartition(settings, options, 0)
  expect(owner.position.nextOffset).toBe(1)
  const late = { batches: topicBatches([{ topic: output, key: null, value: 'too late' }]), nextOffset: 2 }
  await expect(former.commit(late)).rejects.toMatchObject({ code: 'fenced', canRetry: false })
  await owner.commit({ batches: topicBatches([{ topic: output, key: null, value: 'by the owner' }]), nextOffset: 2 })
  expect(await valuesIn(reader, output)).toEqual(['by the former', 'by the owner'])
})

test('a member that joins or leaves moves its share, and interrupts nothing else', async () => {
  const { input, output, name } = await make('rebalance', 4)
  const job = { settings, name, input, output, sessionTimeoutMs }
  const events: JobEvent[] = []
  const took = (partition: number) => events.filter((event) => event.kind === 'took' && event.partition === partition)
  await using first = runCopyJob(job, (event) => events.push(event))
  await until('the first has all', () => first.owned.length === 4)
  await fill(input, 4, 500)
  {
    await using second = runCopyJob(job, () => undefined)
    await until('each has two', () => first.owned.length === 2 && second.owned.length === 2)
    expect(new Set([...first.owned, ...second.owned])).toEqual(new Set([0, 1, 2, 3]))
    for (const kept of first.owned) expect(took(kept)).toHaveLength(1)
    await fill(input, 4, 500, 500)
  }
  await until('the first has all again', () => first.owned.length === 4)
  await fill(input, 4, 100, 1000)
  await until('all is copied', async () => (await readAll(reader, output, 3)).length >= 1100)
  await until('all is copied', async () => (await readAll(reader, output, 2)).length >= 1100)
  await expectCopied(output, 4, 1100)
  expect(events.filter(({ kind }) => kind === 'failed' || kind === 'disturbed')).toEqual([])
})

test('I11: a process that hangs past its session is fenced when it wakes, and takes its share again', async () => {
  const { input, output, name } = await make('zombie', 2)
  const job = { settings, name, input, output, sessionTimeoutMs }
  await using zombie = new JobProcess(job)
  await until('the first has all', () => zombie.of('took').length === 2)
  await using other = new JobProcess(job)
  await until('each has one', () => zombie.owned.length === 1 && other.owned.length === 1)
  await until('both work', () => other.of('took').length === 1)
  await fill(input, 2, 2000)
  await zombie.hang()
  await until('the other has all', () => other.owned.length === 2 && other.of('took').length === 2)
  await fill(input, 2, 1000, 2000)
  await until(
    'the other has copied',
    async () => (await readAll(reader, output, 0)).length + (await readAll(reader, output, 1)).length === 6000,
  )
  zombie.goOn()
  await until('each has one again', () => zombie.owned.length === 1 && other.owned.length === 1)
  await fill(input, 2, 500, 3000)
  await until(
    'all is copied',
    async () => (await readAll(reader, output, 0)).length + (await readAll(reader, output, 1)).length >= 7000,
  )
  await expectCopied(output, 2, 3500)
  expect([zombie.errors, other.errors]).toEqual(['', ''])
})

test('I11: a process that is killed in the middle of a transaction delays readers no longer than until the next owner', async () => {
  const { input, output, name } = await make('killed', 2)
  const job = { settings, name, input, output, sessionTimeoutMs }
  let first = 0
  for (let round = 0; round < 4; round++) {
    await using victim = new JobProcess(job)
    await until('it works', () => victim.of('took').length === 2, 30_000)
    await fill(input, 2, 3000, first)
    first += 3000
    await until('it is in the middle', async () => (await readAll(reader, output, 0)).length > first - 3000)
    await victim.end('SIGKILL')
  }
  await using last = new JobProcess(job)
  await until(
    'all is copied',
    async () => (await readAll(reader, output, 0)).length + (await readAll(reader, output, 1)).length >= 2 * first,
  )
  await expectCopied(output, 2, first)
  expect(last.errors).toBe('')
})

test('the end of a log counts what stands behind a transaction that another program leaves open', async () => {
  const { input } = await make('foreign')
  const foreign = createKafka(settings, { retry: { retries: 5 } }).producer({ transactionalId: 'foreign' })
  await foreign.connect()
  try {
    const transaction = await foreign.transaction()
    await transaction.send({ topic: input, messages: [{ partition: 0, value: 'open' }] })
    await using producer = openTopicProducer(settings, { topic: input })
    const behind = await producer.send(0, [{ key: null, value: 'ours' }])
    expect(behind).toBe(2)
    expect(await highWatermark(settings, input, 0)).toBe(2)
    // Who reads what is committed has not got to ours.
    expect(await offsetAtTime(settings, input, 0, Date.now() + 60_000)).toBe(0)
    await transaction.abort()
  } finally {
    await foreign.disconnect()
  }
})
