import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openLogReader, openTopicProducer } from '../../../connectors/kafka/kafka.ts'
import { partitionOf } from '../../../model/partition.ts'
import type { Scope } from '../../../model/scope.ts'
import { defaultEngineOptions } from '../../../pipeline/engine-options.ts'
import type { Role } from '../../../pipeline/kafka/node/kafka-options.ts'
import { openKafkaEngine } from '../../../pipeline/kafka/node/open-kafka-engine.ts'
import type { RunningEngine } from '../../../pipeline/running-engine.ts'
import { createTelemetry } from '../../../pipeline/telemetry/telemetry.ts'
import { startKafka } from '../cluster.ts'
import { readAll, textOf, until } from '../reading.ts'
import { scopeIn } from './input.ts'
import { headerOf } from './outcome.ts'
import { brokerConfig, sessionTimeoutMs } from './vaino-node.ts'

const kafka = await startKafka({ config: brokerConfig })
const { settings } = kafka
const folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-deadly-'))
const reader = openLogReader(settings)
const hangMs = 2_000
const partitions = 3

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** A node in this process, whose one worker has all partitions. */
async function startNode(prefix: string, name = 'a', roles: readonly Role[] = ['processor', 'api']) {
  const telemetry = createTelemetry({ version: '0.0.0', redact: (text) => text, format: 'none' })
  const dataDir = path.join(folder, prefix, name)
  const engine = await openKafkaEngine(
    { ...defaultEngineOptions, partitions, workers: 1, dataDir, hangMs },
    {
      settings,
      prefix,
      encoding: 'json',
      maxMessageBytes: null,
      replication: 1,
      createTopics: true,
      redactionKey: 'the same on every node',
      sessionTimeoutMs,
      roles,
    },
    telemetry,
  )
  return {
    engine,
    metric: async (series: string) => {
      const found = (await telemetry.metrics.render()).split('\n').find((line) => line.startsWith(`${series} `))
      return Number(found?.slice(series.length) ?? 0)
    },
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]()
      telemetry[Symbol.dispose]()
    },
  }
}

const isReady = (engine: RunningEngine) => until('it is ready', () => engine.health().ready)
const keysOf = ({ reader: state }: RunningEngine): string[] =>
  [...state.items(state.head(), {})].flatMap((item) => item?.key ?? []).toSorted()

const observed = (scope: string, id: string, text = 'harmless') =>
  JSON.stringify({ kind: 'observed', scope, resource: { id, type: 't', provider: 'p', configuration: { text } } })
const deadly = 'deadly "dose"'
const atText = deadly.replaceAll('"', '\\"')

async function inputOf(prefix: string) {
  const producer = openTopicProducer(settings, { topic: `${prefix}.resources` })
  const send = (scope: string, ...lines: string[]) =>
    producer.send(partitionOf(scope as Scope, partitions), [{ key: scope, value: lines.join('\n') }])
  return { send, [Symbol.asyncDispose]: () => producer[Symbol.asyncDispose]() }
}

const lettersIn = async (prefix: string) => {
  const all = await Promise.all([0, 1, 2].map((partition) => readAll(reader, `${prefix}.deadletters`, partition)))
  return all.flat().map(({ value, headers }) => ({
    reason: headerOf(headers, 'vaino_reason'),
    source: headerOf(headers, 'vaino_source'),
    preview: textOf(value),
  }))
}

test.each(['throw', 'exit', 'hang'] as const)(
  'I12, I13: a record at which workers die by %s, again and again, ends as a dead letter, and all around it goes on',
  async (fault) => {
    const prefix = `deadly-${fault}`
    await using node = await startNode(prefix)
    const { engine } = node
    await isReady(engine)
    await using input = await inputOf(prefix)
    const [scope, other] = [scopeIn(0, partitions), scopeIn(1, partitions)]
    await input.send(scope, observed(scope, 'before'))
    engine.injectFault(0, fault, atText)
    await input.send(scope, observed(scope, 'a'), observed(scope, 'x', deadly), observed(scope, 'b'))
    await input.send(other, observed(other, 'a'))
    await input.send(scope, observed(scope, 'after'))
    const expected = ['a', 'after', 'b', 'before'].map((id) => `${scope}/${id}`)
    const problems = new Set<string>()
    await until('all others are there', () => {
      for (const problem of engine.health().problems) problems.add(problem.replace(/\d+ ms/, 'N ms'))
      return keysOf(engine).length === expected.length + 1
    })
    if (fault === 'hang') expect([...problems]).toContain('worker 0 has been silent for N ms')
    expect(keysOf(engine)).toEqual([...expected, `${other}/a`].toSorted())
    expect(await lettersIn(prefix)).toEqual([
      {
        reason: 'crashed_worker',
        source: `${prefix}.resources partition 0 offset 1`,
        preview: expect.stringContaining(atText),
      },
    ])
    const losses = await node.metric(`vaino_worker_losses_total{reason="${fault === 'hang' ? 'hung' : 'ended'}"}`)
    expect(losses).toBeGreaterThanOrEqual(3)
    expect(await node.metric('vaino_dead_letters_total{reason="crashed_worker"}')).toBe(1)
    await isReady(engine)
  },
  60_000,
)

test('I13: several of them, alone and among others, end one after another; each other record is applied once', async () => {
  const prefix = 'deadly-many'
  await using node = await startNode(prefix)
  const { engine } = node
  await isReady(engine)
  engine.injectFault(0, 'exit', atText)
  await using input = await inputOf(prefix)
  const scope = scopeIn(2, partitions)
  const lines = Array.from({ length: 30 }, (_, n) => observed(scope, `id-${n}`, n % 10 === 3 ? deadly : 'harmless'))
  for (let n = 0; n < 30; n += 5) await input.send(scope, ...lines.slice(n, n + 5))
  await until('all others are there', () => keysOf(engine).length === 27)
  const source = (offset: number) => `${prefix}.resources partition 2 offset ${offset}`
  expect((await lettersIn(prefix)).map(({ source: of }) => of)).toEqual([0, 2, 4].map(source))
  const changes = await readAll(reader, `${prefix}.changes`, 2)
  expect(changes).toHaveLength(27)
  expect(new Set(changes.map(({ key }) => textOf(key))).size).toBe(27)
}, 60_000)

test('I5, I13: a node that takes over an open scan and dies of what it had seen believes its end no more', async () => {
  const prefix = 'deadly-memory'
  const scope = scopeIn(0, partitions)
  await using input = await inputOf(prefix)
  await using moved = new AsyncDisposableStack()
  const first = await startNode(prefix, 'first')
  await using second = await startNode(prefix, 'second')
  moved.use(first)
  await isReady(first.engine)
  const of = (scan: string, line: string) => JSON.stringify({ ...JSON.parse(line), scan })
  const scan = (name: string, ids: readonly string[]) => [
    JSON.stringify({ kind: 'scan.begin', scope, scan: name }),
    ...ids.map((id) => of(name, observed(scope, id, id === 'x' ? deadly : 'harmless'))),
  ]
  const end = (name: string, count: number) =>
    JSON.stringify({ kind: 'scan.end', scope, scan: name, complete: true, count })
  await input.send(scope, ...scan('one', ['a', 'b', 'x']), end('one', 3))
  await input.send(scope, ...scan('two', ['a', 'x', 'd']))
  await until('the scan is under way', () => keysOf(second.engine).length === 4)
  second.engine.injectFault(0, 'exit', atText)
  await first[Symbol.asyncDispose]()
  await input.send(scope, end('two', 3), observed(scope, 'c'))
  await until('it goes on', () => keysOf(second.engine).length === 5)
  expect(keysOf(second.engine)).toEqual(['a', 'b', 'c', 'd', 'x'].map((id) => `${scope}/${id}`))
  const losses = (reason: string) => second.metric(`vaino_worker_losses_total{reason="${reason}"}`)
  // On a busy machine one that is about to end is silent for too long.
  expect((await losses('ended')) + (await losses('hung'))).toBeGreaterThanOrEqual(3)
  const [status] = second.engine.scopes()
  expect(status).toMatchObject({ status: 'failing' })
}, 60_000)

test('I13: a follower whose workers die of a change reads it later and later and says so, and goes on when it can', async () => {
  const prefix = 'deadly-followed'
  await using owner = await startNode(prefix, 'owner')
  const follower = await startNode(prefix, 'follower', ['api'])
  await Promise.all([isReady(owner.engine), isReady(follower.engine)])
  follower.engine.injectFault(0, 'exit', atText, 'followed')
  await using input = await inputOf(prefix)
  const [scope, other] = [scopeIn(0, partitions), scopeIn(1, partitions)]
  await input.send(scope, observed(scope, 'a'), observed(scope, 'x', deadly))
  const deaths = () => follower.metric('vaino_follower_deaths_total{topic="changes"}')
  await until('workers have died of it', async () => (await deaths()) >= 3)
  const said = /^partition 0: deadly-followed.changes\/0: a worker died at offsets 0 to \d/
  const { ready, problems } = follower.engine.health()
  expect([ready, problems]).toEqual([false, expect.arrayContaining([expect.stringMatching(said)])])
  // What the same worker follows beside goes on.
  await input.send(other, observed(other, 'a'))
  await until('the other partition is followed', () => keysOf(follower.engine).length === 1)
  expect(await deaths()).toBeLessThanOrEqual(5)
  await isReady(owner.engine)
  await follower[Symbol.asyncDispose]()
  await using healed = await startNode(prefix, 'follower', ['api'])
  await isReady(healed.engine)
  expect(keysOf(healed.engine)).toEqual(keysOf(owner.engine))
  expect(keysOf(owner.engine)).toHaveLength(3)
}, 60_000)
