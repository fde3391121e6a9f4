import { afterAll, beforeEach, expect, test } from 'bun:test'
import { ensureTopics, openGroupPositions, openLogReader, openTopicProducer } from '../../connectors/kafka/kafka.ts'
import { createKafka } from '../../connectors/kafka/kafkajs/client.ts'
import { startKafka } from './cluster.ts'
import type { CopyJob } from './copy-job.ts'
import { dumpNear } from './dump-near.ts'
import { JobProcess } from './job-process.ts'
import { countArrivals, differenceOf, readAll, textOf, until, valuesIn } from './reading.ts'

// VAINO_KAFKA_ROUNDS=10 kills more; VAINO_KAFKA_OUTAGE_SECONDS=60 leaves all brokers down for longer.
const rounds = Number(process.env.VAINO_KAFKA_ROUNDS ?? 1)
const outageSeconds = Number(process.env.VAINO_KAFKA_OUTAGE_SECONDS ?? 5)
const partitions = 4
/** Between two calls for a partition: the load is there to be disturbed, not to fill the disk. */
const pauseMs = 20
const timeoutMs = 240_000 + rounds * 60_000 + outageSeconds * 1000

const kafka = await startKafka({ nodes: 3, config: { 'group.min.session.timeout.ms': 1000 } })
const { settings } = kafka
const reader = openLogReader(settings)

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
})
beforeEach(() => kafka.start(), 60_000)

const make = async (names: readonly string[], replication = 3): Promise<void> => {
  await ensureTopics(settings, {
    topics: names.map((name) => ({ name, cleanup: 'delete', maxMessageBytes: 1_000_000 })),
    partitions,
    replication,
    create: true,
  })
}

/** Sends numbered records to all partitions, one call after the other in each, until told to stop. */
function keepSending(topic: string) {
  const producer = openTopicProducer(settings, { topic })
  /** How many each partition has acknowledged. */
  const acknowledged = new Array<number>(partitions).fill(0)
  let isStopping = false
  const sending = Promise.all(
    acknowledged.map(async (_, partition) => {
      for (let first = 0; !isStopping; first += 20) {
        const numbers = Array.from({ length: 20 }, (_, index) => first + index)
        await producer.send(
          partition,
          numbers.map((number) => ({ key: null, value: `${number} ${'.'.repeat(100)}` })),
        )
        acknowledged[partition] = first + 20
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }),
  )
  return {
    acknowledged,
    async stop() {
      isStopping = true
      await sending
      await producer[Symbol.asyncDispose]()
    },
  }
}

/** How a partition differs from records numbered from 0, each once and in order. */
async function notNumbered(topic: string, partition: number, count: number): Promise<string | null> {
  const numbers = (await valuesIn(reader, topic, partition)).map((value) => value?.split(' ')[0] ?? null)
  return differenceOf(
    numbers,
    Array.from({ length: count }, (_, index) => `${index}`),
  )
}

/** How a partition's copy differs from each record once and in order; if it does, with where its owners began and why they failed, and what the logs hold. */
async function notCopied(job: CopyJob, partition: number, jobs: readonly JobProcess[], copied: { counts: number[] }) {
  const input = await readAll(reader, job.input, partition)
  const wanted = input.map(({ offset, value }) => `${partition}-${offset} ${textOf(value)}`)
  await until('all is copied', () => (copied.counts[partition] ?? 0) >= wanted.length)
  const difference = differenceOf(await valuesIn(reader, job.output, partition), wanted)
  if (difference === null) return null
  const took = jobs.map((one) =>
    one.of('took').flatMap((took) => (took.partition === partition ? [took.nextOffset] : [])),
  )
  const failures = jobs.flatMap((one) => one.of('failed').filter((failed) => failed.partition === partition))
  const twice = new RegExp(`${partition}-\\d+ `).exec(difference)?.[0] ?? `${partition}-`
  const dumps: string[] = []
  for (const node of kafka.nodes) dumps.push(await dumpNear(node, { topic: job.output, partition }, twice))
  return [
    `${difference}; each process took it at ${JSON.stringify(took)}`,
    ...failures.map(({ message }) => message),
    ...dumps,
  ].join('\n')
}

test(
  'I1: what was acknowledged survives the death of each broker in turn, in order',
  async () => {
    await make(['acknowledged'])
    const sender = keepSending('acknowledged')
    for (let round = 0; round < rounds; round++) {
      for (const node of kafka.nodes) {
        const before = [...sender.acknowledged]
        await node.kill()
        await until('every partition goes on without the broker', () =>
          sender.acknowledged.every((count, partition) => count > (before[partition] ?? 0) + 100),
        )
        await kafka.start()
      }
    }
    await sender.stop()
    for (let partition = 0; partition < partitions; partition++) {
      const acknowledged = sender.acknowledged[partition] ?? 0
      expect(acknowledged).toBeGreaterThan(500)
      // Once, whatever was tried again; nothing is missing, nothing else is there.
      expect(await notNumbered('acknowledged', partition, acknowledged)).toBeNull()
    }
  },
  timeoutMs,
)

test(
  'I11: two processes copy exactly once while brokers and processes are killed',
  async () => {
    await make(['in', 'out'])
    const job = { settings, name: 'copy', input: 'in', output: 'out', sessionTimeoutMs: 3000 }
    const sender = keepSending('in')
    const jobs = [new JobProcess(job), new JobProcess(job)]
    const all = [...jobs]
    await using copied = countArrivals(reader, 'out', partitions)
    try {
      await until('both work', () => jobs.every((one) => one.of('took').length > 0))
      for (let round = 0; round < rounds; round++) {
        for (const node of kafka.nodes) {
          await node.kill()
          const victim = jobs.shift()
          await victim?.end('SIGKILL')
          const next = new JobProcess(job)
          jobs.push(next)
          all.push(next)
          await kafka.start()
          const mark = [...sender.acknowledged]
          await until('all partitions are copied beyond this', () =>
            copied.counts.every((count, partition) => count >= (mark[partition] ?? 0)),
          )
        }
      }
      await sender.stop()
      for (let partition = 0; partition < partitions; partition++) {
        expect(await notCopied(job, partition, all, copied)).toBeNull()
      }
      expect(jobs.map(({ errors }) => errors)).toEqual(['', ''])
    } finally {
      await Promise.all(jobs.map((one) => one.end('SIGKILL')))
    }
  },
  timeoutMs,
)

test(
  'I11: all brokers away and back: senders wait, readers and jobs go on by themselves, nothing is lost or doubled',
  async () => {
    await make(['outage', 'outage-copy'])
    const job = { settings, name: 'outage', input: 'outage', output: 'outage-copy', sessionTimeoutMs: 3000 }
    const sender = keepSending('outage')
    await using process = new JobProcess(job)
    await using copied = countArrivals(reader, 'outage-copy', partitions)
    await until('it works', () => copied.counts.every((count) => count > 100))
    await Promise.all(kafka.nodes.map((node) => node.kill()))
    const before = [...sender.acknowledged]
    await new Promise((resolve) => setTimeout(resolve, outageSeconds * 1000))
    const during = [...sender.acknowledged]
    // One call may have been acknowledged as the brokers died.
    for (const [partition, count] of during.entries()) expect(count - (before[partition] ?? 0)).toBeLessThanOrEqual(20)
    await kafka.start()
    await until('sending goes on', () =>
      sender.acknowledged.every((count, partition) => count > (during[partition] ?? 0) + 100),
    )
    await sender.stop()
    for (let partition = 0; partition < partitions; partition++) {
      expect(await notCopied(job, partition, [process], copied)).toBeNull()
      expect(await notNumbered('outage', partition, sender.acknowledged[partition] ?? 0)).toBeNull()
    }
    expect(process.errors).toBe('')
  },
  timeoutMs,
)

test(
  'partitions that nobody leads keep no others from being written and read, by old clients and new ones',
  async () => {
    await make(['alone'], 1)
    const admin = createKafka(settings, { retry: { retries: 1 } }).admin()
    await admin.connect()
    const leaders = async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: ['alone'] })
      return new Map((topics[0]?.partitions ?? []).map(({ partitionId, leader }) => [partitionId, leader]))
    }
    const [victim] = kafka.nodes
    const led = [...(await leaders())].flatMap(([partition, leader]) => (leader === victim?.id ? [] : [partition]))
    expect(led.length).toBeWithin(1, partitions)

    const sender = keepSending('alone')
    await using arrived = countArrivals(reader, 'alone', partitions)
    await until('all partitions are read', () => arrived.counts.every((count) => count > 0))
    await victim?.kill()
    await until('nobody leads what it led', async () => {
      // Who is asked may be the one that has just died.
      const known = await leaders().catch(() => new Map<number, number>())
      return [...known.values()].includes(-1)
    })
    const goesOn = async ({ counts }: { readonly counts: readonly number[] }) => {
      const before = [...counts]
      await until(
        'what has a leader goes on',
        () => led.every((p) => (counts[p] ?? 0) > (before[p] ?? 0) + 100),
        30_000,
      )
    }
    await goesOn(arrived)
    await using newcomer = openLogReader(settings)
    await using arrivedThere = countArrivals(newcomer, 'alone', partitions)
    await goesOn(arrivedThere)
    await admin.disconnect()
    await using positions = openGroupPositions(settings, { group: 'none', topic: 'alone', partitions })
    // The question waits 20 s for leaders, and on a busy machine the broker takes longer to start.
    const ends = until('the ends are known when all are led', async () => {
      const known = await positions.ends().catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'broker_unreachable' })
        return null
      })
      return known !== null && led.every((p) => (known[p] ?? 0) > 100)
    })
    await Promise.all([ends, kafka.start()])
    await until('all partitions are read to what was sent', () =>
      sender.acknowledged.every((count, p) => count > 100 && (arrived.counts[p] ?? 0) >= count),
    )
    await sender.stop()
  },
  timeoutMs,
)
