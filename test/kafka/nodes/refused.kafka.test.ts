import { afterAll, expect, test } from 'bun:test'
import { openLogReader, openTopicProducer } from '../../../connectors/kafka/kafka.ts'
import { createKafka } from '../../../connectors/kafka/kafkajs/client.ts'
import type { DeadLetter } from '../../../model/status.ts'
import type { ServerProcess } from '../../server-process.ts'
import { startKafka } from '../cluster.ts'
import { readAll, textOf, until } from '../reading.ts'
import { inputTo, scopeIn } from './input.ts'
import { ask, whenMarked, whenReady } from './outcome.ts'
import { endOf, truncate } from './retention.ts'
import { brokerConfig, ownsAny, vainoNode } from './vaino-node.ts'

const kafka = await startKafka({ config: brokerConfig })
const { settings } = kafka
const reader = openLogReader(settings)

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
})

interface Listed {
  readonly deadletters: readonly DeadLetter[]
  readonly page: string | null
}

async function pageOf(node: ServerProcess, limit: number, page?: string): Promise<Listed> {
  const { status, body } = await ask(node, `/v1/deadletters?limit=${limit}${page === undefined ? '' : `&page=${page}`}`)
  expect([status, body]).toEqual([200, body])
  return body as Listed
}

/** All pages, from a node each in turn. */
async function listOf(nodes: readonly ServerProcess[], limit: number, first?: string): Promise<DeadLetter[]> {
  const all: DeadLetter[] = []
  let page: string | null | undefined = first
  for (let turn = 0; page !== null; turn++) {
    const found: Listed = await pageOf(nodes[turn % nodes.length] as ServerProcess, limit, page)
    if (found.page !== null) expect(found.deadletters).toHaveLength(limit)
    all.push(...found.deadletters)
    page = found.page
  }
  return all
}

/** Sends lines; where none of them is usable, the answer says so. */
async function post(node: ServerProcess, lines: readonly string[], status = 200): Promise<void> {
  const answer = await fetch(`${node.url}/v1/ingest`, { method: 'POST', body: lines.join('\n') })
  expect([answer.status, await answer.text()]).toEqual([status, expect.anything()])
}

const sourcesOf = (letters: readonly DeadLetter[]) => letters.map(({ source, preview }) => `${source} ${preview}`)
const wordOf = ({ reason }: DeadLetter) => reason.split(':')[0] ?? ''
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

test('I12: every node lists what any node has refused and what others wrote there, each once, in pages of any size', async () => {
  const prefix = 'refused'
  const partitions = 4
  const limits = { record_size: '20KB' }
  await using a = vainoNode(kafka, prefix, partitions, { roles: ['api'], limits })
  await using b = vainoNode(kafka, prefix, partitions, { roles: ['processor', 'api'], limits })
  await Promise.all([a.start(), b.start()])
  await until('the second node owns all', () => ownsAny(b))
  await Promise.all([whenReady(a), whenReady(b)])
  expect(await listOf([a], 100)).toEqual([])

  // Refused by the first node, which owns no partition.
  const tooLarge = 150
  await post(
    a,
    numbers(tooLarge).map((n) => `{"kind":"observed","id":"huge-${n}","rest":"${'x'.repeat(21_000)}"}`),
    400,
  )
  // Refused by the second, at each place where it looks, in many transactions.
  const bad = 300
  const badLine = (n: number) => {
    const scope = scopeIn(n % partitions, partitions)
    const lines = [
      `{"kind":"observed","scope":"${scope}","resource":{"id":"bad-${n}","size":1}}`,
      `{"kind":"scan.end","scope":"${scope}","scan":"bad-${n}","complete":true,"count":0}`,
      `{"kind":"bad-${n}","scope":"${scope}"}`,
    ]
    return lines[n % lines.length] ?? ''
  }
  for (let n = 0; n < bad; n += 10)
    await post(
      a,
      numbers(10).map((more) => badLine(n + more)),
    )
  // Another program's, in the input and in the dead letters themselves.
  await using producer = openTopicProducer(settings, { topic: `${prefix}.resources` })
  await producer.send(0, [{ key: null, value: 'stranger in the input' }])
  await using other = openTopicProducer(settings, { topic: `${prefix}.deadletters` })
  for (const partition of numbers(partitions)) {
    const values = [`stranger ${partition}, password=hunter2`, null, Buffer.from([0xff, 0, 0xc3])]
    await other.send(
      partition,
      values.map((value) => ({ key: 'somebody', value })),
    )
  }
  const total = tooLarge + bad + 1 + 3 * partitions
  await until('all are listed', async () => (await listOf([a], 1000)).length === total)

  const all = await listOf([a], 1000)
  expect(new Set(sourcesOf(all)).size).toBe(total)
  const counts = Map.groupBy(all, wordOf)
  expect(Object.fromEntries([...counts].map(([reason, found]) => [reason, found.length]))).toEqual({
    ...{ too_large: tooLarge, invalid_resource: 100, scan_not_open: 100, unknown_kind: 100, not_json: 1 },
    foreign: 3 * partitions,
  })
  for (const limit of [7, 64, 500, 1000]) {
    const ofEach = await Promise.all([listOf([a], limit), listOf([b], limit)])
    expect(ofEach[0]).toEqual(ofEach[1])
    expect(sourcesOf(ofEach[0]).toSorted()).toEqual(sourcesOf(all).toSorted())
  }

  // A page of one node is a page of the other, and what comes meanwhile moves nothing.
  const first = await pageOf(a, 100)
  await post(a, [badLine(0), badLine(1), badLine(2)])
  const rest = await listOf([b, a], 50, first.page ?? '')
  expect(sourcesOf([...first.deadletters, ...rest]).toSorted()).toEqual(sourcesOf(all).toSorted())
  await until('what came is listed too', async () => (await listOf([a], 1000)).length === total + 3)

  // The place says where the record stands.
  const isProcessed = ({ source }: DeadLetter) => source.startsWith(`${prefix}.resources partition`)
  expect(all.filter(isProcessed)).toHaveLength(bad + 1)
  const inputs = await Promise.all(numbers(partitions).map((p) => readAll(reader, `${prefix}.resources`, p)))
  for (const { source, preview, reason } of all.filter(isProcessed)) {
    const [, partition, offset] = /^refused\.resources partition (\d+) offset (\d+)$/.exec(source) ?? []
    const input = textOf(inputs[Number(partition)]?.find((one) => one.offset === Number(offset))?.value ?? null)
    const [name] = /bad-\d+|stranger/.exec(`${preview} ${reason}`) ?? []
    expect([source, input]).toEqual([source, expect.stringContaining(name ?? 'nothing')])
  }
  const lines = all.filter((letter) => wordOf(letter) === 'too_large').map(({ source }) => source)
  expect(lines.toSorted()).toEqual(
    numbers(tooLarge)
      .map((n) => `ingest line ${n + 1}`)
      .toSorted(),
  )
  expect(JSON.stringify(all)).not.toContain('hunter2')
  for (const partition of numbers(partitions)) {
    const found = all.filter(({ source }) => source.startsWith(`${prefix}.deadletters partition ${partition} offset `))
    expect(found.map(({ preview }) => preview).toSorted()).toEqual(
      ['', `stranger ${partition}, password=(redacted)`, '�\0�'].toSorted(),
    )
  }
}, 120_000)

test('dead letters behind a long transaction that was aborted are found, and those that retention took are not missed', async () => {
  const prefix = 'gaps'
  await using node = vainoNode(kafka, prefix, 2)
  await node.start()
  await whenReady(node)
  const topic = `${prefix}.deadletters`
  await using other = openTopicProducer(settings, { topic })
  const write = (partition: number, name: string, count: number) =>
    other.send(
      partition,
      numbers(count).map((n) => ({ key: null, value: `${name} ${n}` })),
    )
  await write(0, 'old', 100)
  await write(1, 'other', 30)
  const retry = { retries: 5 }
  const aborting = createKafka(settings, { retry }).producer({
    transactionalId: 'aborting',
    maxInFlightRequests: 1,
    retry,
  })
  await aborting.connect()
  const transaction = await aborting.transaction()
  await transaction.send({ topic, messages: numbers(5_000).map((n) => ({ value: `aborted ${n}`, partition: 0 })) })
  await transaction.abort()
  await aborting.disconnect()
  await write(0, 'new', 10)
  expect(await endOf(reader, topic)).toBe(5_111)

  const previews = async (limit: number, page?: string) =>
    (await listOf([node], limit, page)).map(({ preview }) => preview)
  const named = (name: string, from: number, to: number) => numbers(to - from).map((n) => `${name} ${from + n}`)
  const everything = [...named('old', 0, 100), ...named('other', 0, 30), ...named('new', 0, 10)]
  for (const limit of [3, 20, 1000]) expect((await previews(limit)).toSorted()).toEqual(everything.toSorted())

  const begun = await pageOf(node, 20)
  await truncate(settings, topic, 0, 60)
  const kept = [...named('old', 60, 100), ...named('other', 0, 30), ...named('new', 0, 10)]
  expect((await previews(1000)).toSorted()).toEqual(kept.toSorted())
  const wentOn = [...begun.deadletters.map(({ preview }) => preview), ...(await previews(7, begun.page ?? ''))]
  expect(wentOn.toSorted()).toEqual(kept.toSorted())
  await truncate(settings, topic, 0, 5_111)
  expect((await previews(7)).toSorted()).toEqual(named('other', 0, 30).toSorted())

  for (const wrong of ['1', '1-2-3', 'x y']) {
    expect(await ask(node, `/v1/deadletters?page=${encodeURIComponent(wrong)}`)).toMatchObject({
      status: 400,
      body: { code: 'bad_request', detail: expect.stringContaining('is not a page of dead letters') },
    })
  }
}, 60_000)

test('with the brokers away the dead letters are answered for with what is wrong, and are back when they are', async () => {
  const prefix = 'away'
  await using node = vainoNode(kafka, prefix, 2)
  await node.start()
  await whenReady(node)
  await post(node, ['no record'], 400)
  await until('it is listed', async () => (await pageOf(node, 10)).deadletters.length === 1)
  await kafka.node(1).kill()
  for (const question of ['', '?page=1-1']) {
    const answer = await fetch(`${node.url}/v1/deadletters${question}`)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'broker_unreachable' }])
  }
  // What is here is still served.
  expect((await ask(node, '/v1/resources')).status).toBe(200)
  await kafka.start()
  await until('it is listed again', async () => (await ask(node, '/v1/deadletters')).status === 200)
  expect((await pageOf(node, 10)).deadletters).toHaveLength(1)
}, 120_000)

test('I12: what other programs write to changes and states is counted once by each node that reads it, and logged once', async () => {
  const prefix = 'strangers'
  const partitions = 2
  await using a = vainoNode(kafka, prefix, partitions)
  await using b = vainoNode(kafka, prefix, partitions)
  await a.start()
  await until('the first node owns all', () => ownsAny(a))
  await using producer = openTopicProducer(settings, { topic: `${prefix}.resources` })
  const input = inputTo(producer, partitions)
  await input.mark('before')
  await whenMarked(a, 'before', partitions)
  const messages = ['hello', '{"a":1}', '[]', 'null', Buffer.from([0xc1, 0xff, 0x00]), null]
  await using changes = openTopicProducer(settings, { topic: `${prefix}.changes` })
  await using states = openTopicProducer(settings, { topic: `${prefix}.state` })
  // What only looks like a change or a state does no more harm than what looks like nothing.
  await changes.send(0, [{ key: 'k', value: '{"source":{"connector":"vaino","offset":1,"scope":"a/b/c/d"}}' }])
  await states.send(0, [{ key: 'k', value: '{"key":"k","scope":"s","change":"0-1","version":1,"resource":null}' }])
  for (const other of [changes, states])
    await other.send(
      0,
      messages.map((value) => ({ key: 'somebody', value })),
    )
  // Kafka itself refuses a null key where a topic is compacted.
  await changes.send(0, [
    { key: null, value: 'hello' },
    { key: null, value: null },
  ])

  const counted = async ({ url }: ServerProcess) => {
    const text = await (await fetch(`${url}/metrics`)).text()
    const series = text.matchAll(/^vaino_foreign_messages_total\{topic="(\w+)",reason="(\w+)"\} ([1-9]\d*)$/gm)
    return Object.fromEntries([...series].map(([, topic, reason, count]) => [`${topic} ${reason}`, Number(count)]))
  }
  const toldBy = ({ stderr }: ServerProcess) =>
    stderr.match(/\w+ partition \d+: what stands at offset \d+ is not/g) ?? []
  const expected = { 'changes not_a_change': 6, 'changes no_value': 1, 'changes no_key': 2, 'state not_a_state': 7 }
  const told = ['changes partition 0: what', 'state partition 0: what']
  const heads = (node: ServerProcess) =>
    toldBy(node)
      .map((line) => line.split(' stands')[0])
      .toSorted()

  await b.start()
  await whenReady(b)
  await until('the second node has its share', () => ownsAny(b))
  expect(await counted(b)).toEqual(expected)
  expect(heads(b)).toEqual(told)
  // A node that follows a partition which it owned reads again what it has read.
  expect(await b.stop()).toBe(0)
  await input.mark('between')
  await whenMarked(a, 'between', partitions)
  for (const [name, count] of Object.entries(await counted(a)))
    expect([name, count]).toEqual([name, expected[name as keyof typeof expected]])

  await b.start()
  await whenReady(b)
  await a.kill()
  await input.mark('later')
  await whenMarked(b, 'later', partitions)
  // Where it knows how far it has read, it reads nothing again, and so counts nothing again.
  for (const [name, count] of Object.entries(await counted(b)))
    expect([name, count]).toEqual([name, expected[name as keyof typeof expected]])
  expect(new Set(heads(b))).toEqual(new Set(told))
  expect(b.stderr).not.toContain('it is tried again')
}, 120_000)
