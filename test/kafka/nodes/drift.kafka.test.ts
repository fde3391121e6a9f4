import { afterAll, expect, test } from 'bun:test'
import { openLogReader, openTopicProducer, takePartition } from '../../../connectors/kafka/kafka.ts'
import { packRecords } from '../../../connectors/kafka/wire/packed-batch.ts'
import { partitionOf } from '../../../model/partition.ts'
import type { Scope } from '../../../model/scope.ts'
import type { DriftEntry } from '../../../pipeline/drift/drift-log.ts'
import { desired, liveScopeOf, reading, scanOf, stateScope } from '../../../pipeline/drift/estate.case.ts'
import { driftMessage, type PublishedEntry } from '../../../pipeline/kafka/drift/drift-message.ts'
import type { ServerProcess } from '../../server-process.ts'
import { startKafka } from '../cluster.ts'
import { readAll, textOf, until } from '../reading.ts'
import { publishedSchemas } from '../schemas.ts'
import { inputTo } from './input.ts'
import { ask, whenReady } from './outcome.ts'
import { brokerConfig, vainoNode } from './vaino-node.ts'

const partitions = 4
const kafka = await startKafka({ config: brokerConfig })
const { settings } = kafka
const reader = openLogReader(settings)

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
})

const states = ['app', 'net', 'data', 'edge', 'mail']
const wantedSize = 1
const thing = (n: number) => desired(`toy_web.t${n}`, { size: wantedSize, name: `t${n}` })
const things = [0, 1, 2].map(thing)

/** What is out there: the size of each thing of each state. */
class Estate {
  readonly #sizes = new Map<string, number>()
  #scans = 0

  edit(state: string, n: number, size: number): void {
    this.#sizes.set(`${state} ${n}`, size)
  }
  states(): object[] {
    return states.flatMap((name) => scanOf(stateScope(name), `s${this.#scans++}`, things))
  }
  passes(): object[] {
    return states.flatMap((name) => {
      const readings = things.map((of, n) =>
        reading(of, { size: this.#sizes.get(`${name} ${n}`) ?? wantedSize, name: `t${n}` }),
      )
      return scanOf(liveScopeOf(name), `l${this.#scans++}`, readings)
    })
  }
}

interface Message {
  readonly key: string
  readonly entry: PublishedEntry | null
  readonly headers: Readonly<Record<string, string | null>>
}

/** All that the topic holds, partition by partition. */
async function messagesOf(topic: string): Promise<Message[]> {
  const all: Message[] = []
  for (let partition = 0; partition < partitions; partition++) {
    for (const { key, value, headers } of await readAll(reader, topic, partition)) {
      const text = textOf(value)
      const entry = text === null ? null : (JSON.parse(text) as PublishedEntry)
      if (entry !== null) expect(partition).toBe(partitionOf(entry.drift.state as Scope, partitions))
      all.push({
        key: textOf(key) ?? '',
        entry,
        headers: Object.fromEntries(headers.map(([name, bytes]) => [name, textOf(bytes)])),
      })
    }
  }
  return all
}

/** What is open, as a consumer that knows the topic alone sees it. */
function openIn(messages: readonly Message[]): string[] {
  const last = new Map(messages.map(({ key, entry }) => [key, entry]))
  return [...last.values()]
    .flatMap((entry) => (entry === null || entry.event === 'resolved' ? [] : [sayOf(entry.drift)]))
    .sort()
}

const sayOf = ({ state, address, fields }: DriftEntry['drift']): string =>
  `${state} ${address} ${JSON.stringify(fields)}`

async function openAt(node: ServerProcess): Promise<string[]> {
  const { body } = await ask(node, '/v1/drift?limit=1000&status=changed,missing')
  return (body as { drift: DriftEntry['drift'][] }).drift.map(sayOf).sort()
}

async function logAt(node: ServerProcess): Promise<DriftEntry[]> {
  const { body } = await ask(node, '/v1/drift/changes?limit=10000')
  return (body as { changes: DriftEntry[] }).changes
}

test('I14, I11: the drift topic has each entry of the log once and in order, whichever writer is killed', async () => {
  const prefix = 'drifting'
  const topic = `${prefix}.drift`
  await using producer = openTopicProducer(settings, { topic: `${prefix}.resources` })
  await using first = vainoNode(kafka, prefix, partitions)
  await using second = vainoNode(kafka, prefix, partitions)
  const nodes = [first, second]
  await Promise.all(nodes.map((node) => node.start()))
  const input = inputTo(producer, partitions)
  const estate = new Estate()
  await input.records(...estate.states(), ...estate.passes())
  const kills = Number(process.env.KAFKA_KILLS ?? 4)
  for (let round = 0; round < kills; round++) {
    for (const [at, name] of states.entries()) estate.edit(name, (round + at) % 3, wantedSize + ((round + at) % 4))
    await input.records(...estate.passes())
    const victim = nodes[round % 2]
    await victim?.kill()
    await victim?.start()
  }
  // Something is open in the end, in each partition that has a state.
  for (const name of states) estate.edit(name, 0, 40)
  await input.records(...estate.passes())
  const expected = states.map((name) => `${stateScope(name)} toy_web.t0`)
  await until(
    'both views show what is there, and the topic says the same',
    async () => {
      const [a, b] = await Promise.all(nodes.map(openAt))
      const published = openIn(await messagesOf(topic))
      const isThere = expected.every((start) => a?.some((one) => one.startsWith(start) && one.includes('40')))
      return isThere && JSON.stringify(a) === JSON.stringify(b) && JSON.stringify(a) === JSON.stringify(published)
    },
    240_000,
  )
  await Promise.all(nodes.map(whenReady))

  const messages = await messagesOf(topic)
  const ids = messages.map(({ headers }) => headers.ce_id)
  expect(ids.length).toBe(new Set(ids).size)
  const byItem = (entries: readonly DriftEntry[]) =>
    Map.groupBy(entries, ({ drift }) => drift.id)
      .entries()
      .map(([item, of]) => `${item} ${of.map(({ id, event }) => `${event}:${id}`).join(' ')}`)
      .toArray()
      .sort()
  for (const node of nodes) {
    const log = await logAt(node)
    expect(log.length).toBeGreaterThan(kills)
    expect(byItem(messages.flatMap(({ entry }) => entry ?? []))).toEqual(byItem(log))
  }
  const [validEntry, validHeaders] = ['drift', 'drift-headers'].map(publishedSchemas())
  for (const { entry, headers } of messages)
    expect([validEntry?.(entry), validHeaders?.(headers)]).toEqual([true, true])
  const [{ entry, headers, key } = { entry: null, headers: {}, key: '' }] = messages
  expect(headers).toMatchObject({
    ce_specversion: '1.0',
    ce_id: entry?.id,
    ce_source: '/vaino/drifting',
    ce_type: `io.vaino.drift.${entry?.event}`,
    ce_subject: entry?.drift.key,
    ce_partitionkey: entry?.drift.state,
  })
  expect(key).toBe(entry?.drift.id ?? '')
  expect(entry?.drift.severity).toBe('medium')
}, 400_000)

test('I14: what the topic says of a thing that no log knows any more is taken out of it, and a former writer is fenced', async () => {
  const prefix = 'forgotten'
  const topic = `${prefix}.drift`
  const names = { idPrefix: `${prefix}.drift`, group: `${prefix}.drift`, inputTopic: topic }
  await using node = vainoNode(kafka, prefix, partitions)
  await node.start()
  await whenReady(node)
  await node.stop()
  const drift = { id: 'of-nobody', state: stateScope('gone'), key: 'x', fields: [], omitted: 0 }
  const entry = { id: 'e1', event: 'open', at: '2026-11-23T12:00:00.000Z', duration_seconds: null, drift } as never
  const record = driftMessage(entry, 'no cursor of this log', { prefix, maxBytes: 1_000_000 })
  const partition = partitionOf(stateScope('gone') as Scope, partitions)
  const former = await takePartition(settings, names, partition)
  await former.commit({ batches: [...packRecords([record])].map((batch) => ({ topic, batch })), nextOffset: null })
  await node.start()
  await until('the item has a tombstone', async () =>
    (await messagesOf(topic)).some(({ key, entry: last }) => key === 'of-nobody' && last === null),
  )
  expect(openIn(await messagesOf(topic))).toEqual([])
  const late = former.commit({
    batches: [...packRecords([record])].map((batch) => ({ topic, batch })),
    nextOffset: null,
  })
  await expect(late).rejects.toMatchObject({ code: 'fenced' })
  await former[Symbol.asyncDispose]()
}, 200_000)
