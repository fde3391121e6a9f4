import { afterAll, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { openLogReader, openTopicProducer } from '../../../connectors/kafka/kafka.ts'
import type { AttributionEntry, Change } from '../../../model/change.ts'
import type { ServerProcess } from '../../server-process.ts'
import { startKafka } from '../cluster.ts'
import { readAll, textOf, until } from '../reading.ts'
import { problemsOf, publishedSchemas } from '../schemas.ts'
import { inputTo } from './input.ts'
import { ask, headerOf, snapshotOf, whenMarked } from './outcome.ts'
import { endOf, truncate } from './retention.ts'
import { brokerConfig, ownsAny, vainoNode } from './vaino-node.ts'

const kafka = await startKafka({ config: brokerConfig })
const { settings } = kafka
const reader = openLogReader(settings)
const schema = publishedSchemas()

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
})

const scope = 'aws/-/-/vm'
const ann = { name: 'ann' }
const at = (minute: number): string => new Date(Date.parse('2026-11-23T12:00:00Z') + minute * 60_000).toISOString()
const observed = (id: string, n: number, minute: number) => ({
  ...{ kind: 'observed', scope, observed_at: at(minute) },
  resource: { id, type: 'vm', provider: 'aws', configuration: { n } },
})
const attributed = (id: string, minute: number, event: string) => ({
  ...{ kind: 'attributed', scope, id, occurred_at: at(minute), actor: ann },
  event: { id: event, name: 'ModifyInstance', source: 'ec2.amazonaws.com' },
})

/** Two nodes and the input of one partition; what is sent is processed and known to those that run before it goes on. */
async function setUp(prefix: string) {
  const [a, b] = [vainoNode(kafka, prefix, 1), vainoNode(kafka, prefix, 1)]
  const running = new Set([a, b])
  await Promise.all([a.start(), b.start()])
  const producer = openTopicProducer(settings, { topic: `${prefix}.resources` })
  const input = inputTo(producer, 1)
  let marks = 0
  return {
    async send(...records: object[]): Promise<void> {
      await input.records(...records)
      const id = `mark-${marks++}`
      await input.mark(id)
      for (const node of running) await whenMarked(node, id, 1)
    },
    async kill(node: ServerProcess): Promise<void> {
      running.delete(node)
      await node.kill()
    },
    async start(node: ServerProcess): Promise<void> {
      await node.start()
      running.add(node)
    },
    /** The owner first. */
    async byOwner(): Promise<readonly [ServerProcess, ServerProcess]> {
      await until('one of them owns the partition', () => ownsAny(a) || ownsAny(b))
      return ownsAny(a) ? [a, b] : [b, a]
    },
    async [Symbol.asyncDispose]() {
      await producer[Symbol.asyncDispose]()
      for (const node of [a, b]) await node[Symbol.asyncDispose]()
    },
  }
}

/** What a node's log says of a scope's resources. */
async function entriesOf(node: ServerProcess): Promise<(Change | AttributionEntry)[]> {
  const { body } = await ask(node, '/v1/changes?offset=-1&limit=1000')
  const { changes } = body as { changes: (Change | AttributionEntry)[] }
  return changes.filter((change) => change.scope === scope)
}
const makersOf = async (node: ServerProcess, id: string) => {
  const { body } = await ask(node, `/v1/resources/${encodeURIComponent(`${scope}/${id}`)}/history`)
  return (body as { changes: Change[] }).changes.map(({ version, actor }) => [version, actor])
}

/** Takes the files of a node that has ended. */
const loseFiles = (node: ServerProcess): void => rmSync(node.dataDir, { recursive: true })

test('I11: who made a change is an entry of the topic, with every node, and in files that are built anew', async () => {
  const prefix = 'attributed'
  await using world = await setUp(prefix)
  await world.send(observed('i-1', 1, 0), observed('i-2', 1, 0))
  const before = await endOf(reader, `${prefix}.changes`)
  await world.send(observed('i-1', 2, 30))
  await world.send(attributed('i-1', 20, 'e1'))

  const messages = (await readAll(reader, `${prefix}.changes`)).filter(
    ({ headers }) => headerOf(headers, 'ce_type') === 'io.vaino.resource.attributed',
  )
  expect(messages).toHaveLength(1)
  const body = JSON.parse(textOf(messages[0]?.value ?? null) ?? '')
  expect(problemsOf(schema('change'), body)).toEqual([])
  expect(body).toMatchObject({ op: 'a', before: null, after: null, source: { key: `${scope}/i-1`, actor: ann } })

  const [owner, other] = await world.byOwner()
  const entries = await entriesOf(owner)
  expect(entries.map(({ op, resource, actor }) => [op, resource.id, actor])).toEqual([
    ['c', 'i-1', null],
    ['c', 'i-2', null],
    ['u', 'i-1', ann],
    ['a', 'i-1', ann],
  ])
  expect(entries.at(-1)).toMatchObject({ id: headerOf(messages[0]?.headers ?? [], 'ce_id'), of: entries[2]?.id })
  expect(await entriesOf(other)).toEqual(entries)

  // From the topic of changes, from the states where that is no longer whole, and as the owner.
  const state = await snapshotOf(owner)
  await world.kill(other)
  loseFiles(other)
  await world.start(other)
  await world.send()
  expect(await entriesOf(other)).toEqual(entries)
  await world.kill(other)
  loseFiles(other)
  await truncate(settings, `${prefix}.changes`, 0, before)
  await world.start(other)
  await world.send()
  expect((await entriesOf(other)).map(({ id }) => id)).toEqual(entries.slice(2).map(({ id }) => id))
  expect(await makersOf(other, 'i-1')).toEqual([[2, ann]])
  expect((await snapshotOf(other)).filter(({ key }) => key.startsWith(scope))).toEqual(
    state.filter(({ key }) => key.startsWith(scope)),
  )
  await world.kill(owner)
  await until('the other one has taken over', () => ownsAny(other))
  // The event has made its entry, whoever hears of it again.
  await world.send(attributed('i-1', 20, 'e1'), observed('i-1', 3, 31))
  expect(await makersOf(other, 'i-1')).toEqual([
    [3, null],
    [2, ann],
  ])
}, 180_000)

test('I11: who made a change that has not been seen yet waits for it, though the partition moves and files are lost', async () => {
  const prefix = 'waiting'
  await using world = await setUp(prefix)
  await world.send(
    observed('i-1', 1, 0),
    observed('i-2', 1, 0),
    attributed('i-1', 20, 'e1'),
    attributed('i-2', 20, 'e2'),
  )
  const waits = (await readAll(reader, `${prefix}.state`)).filter(({ key }) => textOf(key)?.includes(':waiting:'))
  expect(waits.map(({ key }) => textOf(key))).toEqual(['partition:0:waiting:1', 'partition:0:waiting:2'])
  for (const { value } of waits)
    expect(problemsOf(schema('waiting-attribution'), JSON.parse(textOf(value) ?? ''))).toEqual([])
  // One of them comes.
  await world.send(observed('i-1', 2, 21))

  const [owner, other] = await world.byOwner()
  await world.kill(other)
  loseFiles(other)
  await truncate(settings, `${prefix}.changes`, 0, await endOf(reader, `${prefix}.changes`))
  await world.start(other)
  await world.send()
  await world.kill(owner)
  await until('the other one has taken over', () => ownsAny(other))
  await world.send(observed('i-2', 2, 21), observed('i-1', 3, 22))
  await world.start(owner)
  await world.send()
  for (const node of [other, owner]) {
    expect(await makersOf(node, 'i-2')).toContainEqual([2, ann])
    expect(await makersOf(node, 'i-1')).toContainEqual([3, null])
  }
}, 180_000)
