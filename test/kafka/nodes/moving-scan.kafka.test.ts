import { afterAll, expect, test } from 'bun:test'
import { openLogReader, openTopicProducer } from '../../../connectors/kafka/kafka.ts'
import type { ServerProcess } from '../../server-process.ts'
import { startKafka } from '../cluster.ts'
import { until } from '../reading.ts'
import { inputTo } from './input.ts'
import { ask, embeddedHistories, snapshotOf, sorted, topicHistories, whenMarked } from './outcome.ts'
import { endOf, truncate } from './retention.ts'
import { brokerConfig, ownsAny, vainoNode } from './vaino-node.ts'

const kafka = await startKafka({ config: brokerConfig })
const { settings } = kafka
const reader = openLogReader(settings)

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
})

const scope = 'aws/-/-/vm'
/** An id that JSON has to escape is as good as any. */
const quoted = 'module.a["x"]'
const observed = (id: string, scan: string | null, value = 0) => ({
  ...{ kind: 'observed', scope, scan },
  resource: { id, type: 'vm', provider: 'aws', configuration: { value } },
})
const begin = (scan: string, observed_at?: string) => ({ kind: 'scan.begin', scope, scan, observed_at })
const end = (scan: string, count: number) => ({ kind: 'scan.end', scope, scan, complete: true, count, errors: [] })
const scanOf = (scan: string, ids: readonly string[], observed_at?: string) => [
  begin(scan, observed_at),
  ...ids.map((id) => observed(id, scan)),
  end(scan, ids.length),
]

interface Scopes {
  scopes: { scope: string; resources: number; held: { deletes: number; keys: string[] } | null }[]
}
const heldIn = async (node: ServerProcess) =>
  ((await ask(node, '/v1/scopes')).body as Scopes).scopes.find((one) => one.scope === scope)?.held ?? null
/** Holds are states, and those may come a moment after the changes. */
const whenHeld = (node: ServerProcess, deletes: number) =>
  until(`${deletes} deletes are held`, async () => ((await heldIn(node))?.deletes ?? 0) === deletes)
const liveIn = async (node: ServerProcess) =>
  (await snapshotOf(node)).flatMap(({ key }) => (key.startsWith(`${scope}/`) ? [key.slice(scope.length + 1)] : []))

/** Two nodes and the input of one partition; what is sent is processed and known to both before it goes on. */
async function setUp(prefix: string) {
  const nodes = [vainoNode(kafka, prefix, 1), vainoNode(kafka, prefix, 1)]
  await Promise.all(nodes.map((node) => node.start()))
  const producer = openTopicProducer(settings, { topic: `${prefix}.resources` })
  const input = inputTo(producer, 1)
  let marks = 0
  return {
    input,
    async send(...records: object[]) {
      for (const record of records) await input.records(record)
      const id = `mark-${marks++}`
      await input.mark(id)
      for (const node of nodes) if (node.pid !== 0) await whenMarked(node, id, 1)
    },
    /** The owner first. */
    async byOwner(): Promise<[ServerProcess, ServerProcess]> {
      await until('one of them owns the partition', () => nodes.some(ownsAny))
      const [a, b] = nodes as [ServerProcess, ServerProcess]
      return ownsAny(a) ? [a, b] : [b, a]
    },
    async [Symbol.asyncDispose]() {
      await producer[Symbol.asyncDispose]()
      for (const node of nodes) await node[Symbol.asyncDispose]()
    },
  }
}

test('I5, I6, I11: a scan that is open while its partition moves ends as if it had not moved', async () => {
  const prefix = 'moving'
  await using world = await setUp(prefix)
  const ids = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', quoted]
  await world.send(...scanOf('first', ids))

  const [owner, other] = await world.byOwner()
  await world.send(
    begin('second'),
    ...['r0', 'r1', 'r2', 'r3', 'r4', quoted].map((id) => observed(id, 'second')),
    observed('w0', null),
    { kind: 'gone', scope, id: 'r4' },
  )
  await owner.kill()
  await until('the other one has taken over', () => ownsAny(other))
  await world.input.records(observed('r5', 'second', 1), observed('r6', 'second'), observed('r7', 'second'))
  await world.input.records(observed('r8', 'second'), end('second', 10))
  await owner.start()
  await world.send()
  // r9 is what the scan has missed; r4 was gone before; w0 was seen by an event alone.
  const wanted = [quoted, 'r0', 'r1', 'r2', 'r3', 'r5', 'r6', 'r7', 'r8', 'w0'].sort()
  for (const node of [owner, other]) expect((await liveIn(node)).sort()).toEqual(wanted)

  // A hold moves too. The scan that it is of, sent again to the new owner, is not the next one; that confirms it.
  const held = scanOf('third', ['r0', 'r1'], '2026-11-23T12:00:00Z')
  await world.send(...held)
  for (const node of [owner, other]) await whenHeld(node, 8)
  const [second, third] = await world.byOwner()
  await second.kill()
  await until('the other one has taken over', () => ownsAny(third))
  await world.input.records(...held)
  await world.input.mark('sent again')
  await whenMarked(third, 'sent again', 1)
  expect((await liveIn(third)).sort()).toEqual(wanted)
  await world.input.records(...scanOf('fourth', ['r0', 'r1']))
  await second.start()
  await world.send()
  for (const node of [second, third]) {
    await whenHeld(node, 0)
    expect((await liveIn(node)).sort()).toEqual(['r0', 'r1'])
  }
  const told = sorted(await topicHistories(reader, prefix, 1))
  expect(told).toEqual(sorted(await embeddedHistories(reader, prefix, 1)))
}, 90_000)

test('I6: a hold is released through a node that does not own its partition', async () => {
  await using world = await setUp('release')
  await world.send(...scanOf('first', ['a', 'b', 'c']), ...scanOf('second', []))
  const [, other] = await world.byOwner()
  await whenHeld(other, 3)
  const release = (apply: boolean) =>
    fetch(`${other.url}/v1/scopes/${encodeURIComponent(scope)}/release`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ apply }),
    })
  expect((await release(true)).status).toBe(200)
  await world.send()
  expect(await liveIn(other)).toEqual([])
  await whenHeld(other, 0)
  expect((await release(true)).status).toBe(404)
}, 60_000)

test('I5, I12: a scan whose beginning Kafka no longer keeps deletes nothing after a move, and its end is reported', async () => {
  const prefix = 'forgotten'
  await using world = await setUp(prefix)
  await world.send(...scanOf('first', ['a', 'b', 'c', 'd']), begin('second'), observed('a', null), observed('b', null))
  const [owner, other] = await world.byOwner()
  await owner.kill()
  await truncate(settings, `${prefix}.resources`, 0, await endOf(reader, `${prefix}.resources`))
  await until('the other one has taken over', () => ownsAny(other))
  await world.input.records(observed('c', 'second'), end('second', 1))
  await owner.start()
  await world.send()
  expect((await liveIn(other)).sort()).toEqual(['a', 'b', 'c', 'd'])
  const letters = JSON.stringify(await Promise.all([owner, other].map((node) => ask(node, '/v1/deadletters'))))
  expect(letters).toContain('scan_not_open')
}, 60_000)
