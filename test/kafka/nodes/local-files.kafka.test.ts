import { afterAll, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { openLogReader, openTopicProducer } from '../../../connectors/kafka/kafka.ts'
import { readHistories } from '../../crash/key-histories.ts'
import { planRequests } from '../../crash/request-plan.ts'
import { seedOf } from '../../random.ts'
import type { ServerProcess } from '../../server-process.ts'
import { startKafka } from '../cluster.ts'
import { until } from '../reading.ts'
import { inputTo, markKey } from './input.ts'
import {
  ask,
  embeddedHistories,
  snapshotOf,
  sorted,
  stateInTopic,
  topicHistories,
  whenMarked,
  whenReady,
} from './outcome.ts'
import { endOf, forgetGroup, truncate } from './retention.ts'
import { brokerConfig, vainoNode } from './vaino-node.ts'

const partitions = 2
const kafka = await startKafka({ config: brokerConfig })
const { settings } = kafka
const reader = openLogReader(settings)

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
})

/** Two nodes, and load that is processed when `load` resolves. */
async function setUp(prefix: string) {
  const a = vainoNode(kafka, prefix, partitions)
  const b = vainoNode(kafka, prefix, partitions)
  await Promise.all([a.start(), b.start()])
  const producer = openTopicProducer(settings, { topic: `${prefix}.resources` })
  const input = inputTo(producer, partitions)
  const seed = seedOf()
  console.log(`VAINO_SEED=${seed}`)
  const plan = planRequests(seed, 3, 1_000).map((requests) => requests.values())
  let marks = 0
  return {
    ...{ a, b, input },
    async load(...nodes: ServerProcess[]) {
      for (let n = 0; n < 60; n++) for (const requests of plan) await input.send(requests.next().value?.body ?? '')
      const id = `mark-${marks++}`
      await input.mark(id)
      for (const node of nodes) await whenMarked(node, id, partitions)
    },
    async [Symbol.asyncDispose]() {
      await producer[Symbol.asyncDispose]()
      await a[Symbol.asyncDispose]()
      await b[Symbol.asyncDispose]()
    },
  }
}

test('I11: a node whose files are gone, or older than the topics, shows what the others show', async () => {
  const prefix = 'files'
  await using world = await setUp(prefix)
  const { a, b } = world
  await world.load(a, b)
  await b.stop()
  await world.load(a)
  await b.start()
  await world.load(a, b)
  await b.kill()
  rmSync(b.dataDir, { recursive: true })
  await world.load(a)
  await b.start()
  await world.load(a, b)
  // The one with the new files goes on alone.
  await a.kill()
  await world.load(b)
  await a.start()
  await world.load(a, b)

  const expected = sorted(await embeddedHistories(reader, prefix, partitions))
  expect(sorted(await topicHistories(reader, prefix, partitions))).toEqual(expected)
  const state = await stateInTopic(reader, prefix, partitions)
  for (const node of [a, b]) {
    expect(sorted(await readHistories(node.url))).toEqual(expected)
    expect(await snapshotOf(node)).toEqual(state)
  }
}, 120_000)

test('I11: where the brokers have forgotten how far the input was processed, the topics of states say it', async () => {
  const prefix = 'forgotten'
  await using world = await setUp(prefix)
  const { a, b } = world
  await world.load(a, b)
  await Promise.all([a.stop(), b.stop()])
  await forgetGroup(settings, `${prefix}.processors`)
  await a.start()
  await world.load(a)
  expect(a.stderr).toContain('the brokers have forgotten how far the input was processed')
  await a.stop()
  await forgetGroup(settings, `${prefix}.processors`)
  rmSync(a.dataDir, { recursive: true })
  await a.start()
  await world.load(a)

  const expected = sorted(await embeddedHistories(reader, prefix, partitions))
  expect(sorted(await topicHistories(reader, prefix, partitions))).toEqual(expected)
  expect(sorted(await readHistories(a.url))).toEqual(expected)
}, 120_000)

test("a data directory of another cluster's log, or another prefix's, is refused and stays as it is", async () => {
  await using node = vainoNode(kafka, 'mine', partitions)
  await node.start()
  await node.stop()
  const config = { data_dir: node.dataDir }
  await using stranger = vainoNode(kafka, 'theirs', partitions, config)
  await expect(stranger.start()).rejects.toThrow('belongs to another log or Kafka cluster')
  expect(await stranger.ended).toBe(2)
  await node.start()
  await whenReady(node)
}, 60_000)

test('I8, I11: where Kafka keeps fewer changes than a node has missed, its files are rebuilt, loudly, and old cursors are refused', async () => {
  const prefix = 'short'
  await using world = await setUp(prefix)
  const { a, b, input } = world
  await world.load(a, b)
  const scope = 'aws/-/-/queue'
  const observed = (id: string) => ({
    ...{ kind: 'observed', scope },
    resource: { id, type: 'queue', provider: 'aws' },
  })
  await input.records(observed('x'), observed('y'))
  await world.load(a, b)
  const { cursor } = (await ask(b, '/v1/changes?offset=now')).body as { cursor: string }
  await b.stop()
  await input.records(observed('x'), { kind: 'gone', scope, id: 'x' })
  await world.load(a)
  // The last changes are deletes: no state tells their numbers.
  for (let partition = 0; partition < partitions; partition++) {
    const key = markKey(partition, partitions, 'mark-0')
    const at = key.lastIndexOf('/')
    await input.records({ kind: 'gone', scope: key.slice(0, at), id: key.slice(at + 1) })
  }
  await until410(a)
  const before = await snapshotOf(a)
  for (let partition = 0; partition < partitions; partition++) {
    await truncate(settings, `${prefix}.changes`, partition, await endOf(reader, `${prefix}.changes`, partition))
  }
  await b.start()
  await whenReady(b)
  expect(b.stderr).toContain('is rebuilt from the topics')
  expect(await snapshotOf(b)).toEqual(before)
  expect((await ask(b, `/v1/changes?offset=${cursor}`)).status).toBe(410)

  // It is a full member: the other one's files can go, and the numbers go on.
  const heads = await Promise.all([a, b].map((node) => ask(node, '/v1/changes?offset=now')))
  expect(heads[1]?.body).toEqual(heads[0]?.body)
  await a.kill()
  await input.records(observed('x'))
  await world.load(b)
  expect((await ask(b, `/v1/resources/${encodeURIComponent(`${scope}/x`)}`)).body).toMatchObject({ version: 3 })
  await a.start()
  await world.load(a, b)
  expect(a.stderr).not.toContain('is rebuilt from the topics')
  expect(await snapshotOf(a)).toEqual(await snapshotOf(b))
  expect(await stateInTopic(reader, prefix, partitions)).toEqual(await snapshotOf(a))
}, 120_000)

async function until410(node: ServerProcess): Promise<void> {
  for (let partition = 0; partition < partitions; partition++) {
    const route = `/v1/resources/${encodeURIComponent(markKey(partition, partitions, 'mark-0'))}`
    await until('the mark is deleted', async () => (await ask(node, route)).status === 410)
  }
}
