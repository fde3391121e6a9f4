import { afterAll, expect, test } from 'bun:test'
import { openLogReader, openTopicProducer } from '../../../connectors/kafka/kafka.ts'
import { planRequests } from '../../crash/request-plan.ts'
import { seedOf } from '../../random.ts'
import { startKafka } from '../cluster.ts'
import { readAll, textOf, until } from '../reading.ts'
import { inputTo, scopeIn } from './input.ts'
import {
  ask,
  embeddedHistories,
  headerOf,
  snapshotOf,
  sorted,
  stateInTopic,
  topicHistories,
  whenMarked,
  whenReady,
} from './outcome.ts'
import { brokerConfig, ownsAny, vainoNode } from './vaino-node.ts'

/** So many inputs go through both transports; more where somebody looks for a fault: KAFKA_INPUTS=20. */
const inputs = Number(process.env.KAFKA_INPUTS ?? 2)
/** All brokers are away for so long; KAFKA_OUTAGE_SECONDS=5 where somebody waits for the test. */
const outageMs = Number(process.env.KAFKA_OUTAGE_SECONDS ?? 60) * 1000
const kafka = await startKafka({ config: brokerConfig })
const { settings } = kafka
const reader = openLogReader(settings)

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
})

test('I12, I13: what cannot be used is a dead letter with its reason, and its partition goes on', async () => {
  const prefix = 'poison'
  const partitions = 2
  await using a = vainoNode(kafka, prefix, partitions)
  await using b = vainoNode(kafka, prefix, partitions)
  await a.start()
  await until('the first node owns all', () => ownsAny(a))
  await using producer = openTopicProducer(settings, { topic: `${prefix}.resources` })
  const input = inputTo(producer, partitions)
  const here = scopeIn(0, partitions)
  const elsewhere = scopeIn(1, partitions)
  const observed = (scope: string) =>
    JSON.stringify({ kind: 'observed', scope, resource: { id: 'x', type: 't', provider: 'p' } })
  const poison: [key: string | null, value: string | Uint8Array | null, reason: string][] = [
    [null, 'hello', 'not_json'],
    [here, '{"kind":"observed",', 'not_json'],
    [here, null, 'not_json'],
    [here, '', 'not_json'],
    [null, '{"order":17,"customer":"c"}', 'unknown_kind'],
    [null, '[1,2,3]', 'invalid_record'],
    [here, '{"kind":"observed","scope":"no scope","resource":{"id":"x","type":"t","provider":"p"}}', 'invalid_record'],
    [here, `{"kind":"observed","scope":"${here}","resource":{"type":"t"}}`, 'invalid_resource'],
    [elsewhere, observed(elsewhere), 'wrong_partition'],
  ]
  for (const [key, value] of poison) await producer.send(0, [{ key, value }])
  // Another program writes where only owners should.
  for (const topic of [`${prefix}.changes`, `${prefix}.state`]) {
    await using other = openTopicProducer(settings, { topic })
    const messages = ['hello', '{"a":1}', '[]', 'null', Buffer.from([0xc1, 0xff, 0x00]), null]
    for (const value of messages) await other.send(0, [{ key: 'somebody', value }])
    // Kafka itself refuses a null key where a topic is compacted.
    if (topic.endsWith('changes')) await other.send(0, [{ key: null, value: 'hello' }])
  }
  await producer.send(0, [{ key: here, value: `${observed(here)}\r\n\n${observed(here)}` }])
  await input.mark('after')
  await whenMarked(a, 'after', partitions)

  const letters = await readAll(reader, `${prefix}.deadletters`, 0)
  const reasons = poison.map(([, , reason]) => reason).sort()
  expect(letters.map(({ headers }) => headerOf(headers, 'vaino_reason') ?? '').sort()).toEqual(reasons)
  const order = letters.find(({ value }) => textOf(value)?.includes('"order":17'))
  expect(headerOf(order?.headers ?? [], 'vaino_source')).toBe(`${prefix}.resources partition 0 offset 4`)
  const { body } = await ask(a, '/v1/deadletters')
  const listed = (body as { deadletters: { reason: string }[] }).deadletters
  expect(listed.map(({ reason }) => reason.split(':')[0]).sort()).toEqual(reasons)

  // A node that begins with these topics passes the strangers over.
  await b.start()
  await whenReady(b)
  expect(await snapshotOf(b)).toEqual(await snapshotOf(a))
  await a.kill()
  await input.mark('later')
  await whenMarked(b, 'later', partitions)
  expect(b.stderr).not.toContain('it is tried again')
}, 60_000)

test(
  'I1, I10: with all brokers away senders wait and are told why, and everything goes on by itself when they are back',
  async () => {
    const prefix = 'outage'
    const partitions = 2
    await using a = vainoNode(kafka, prefix, partitions)
    await using b = vainoNode(kafka, prefix, partitions)
    await Promise.all([a.start(), b.start()])
    await Promise.all([whenReady(a), whenReady(b)])
    const scope = 'push/-/-/thing'
    const post = async (id: string) => {
      const record = { kind: 'observed', scope, resource: { id, type: 'thing', provider: 'push' } }
      const answer = await fetch(`${a.url}/v1/ingest`, { method: 'POST', body: `${JSON.stringify(record)}\n` })
      return { id, status: answer.status }
    }
    expect(await post('before')).toEqual({ id: 'before', status: 200 })
    await kafka.node(1).kill()
    const waiting = Array.from({ length: 20 }, (_, n) => post(`during-${n}`))
    for (const node of [a, b]) {
      await until('it says that it is not ready', async () => (await ask(node, '/readyz')).status === 503, 30_000)
      // What is here is still served.
      expect((await ask(node, '/v1/resources')).status).toBe(200)
    }
    await new Promise((resolve) => setTimeout(resolve, outageMs))
    await kafka.start()
    const answers = await Promise.all(waiting)
    for (const node of [a, b]) await whenReady(node)
    const acknowledged = answers.filter(({ status }) => status === 200).map(({ id }) => id)
    expect(acknowledged.length).toBeGreaterThan(0)
    // What was not acknowledged was refused in a way that says to send it again.
    for (const { status } of answers) expect([200, 503]).toContain(status)
    expect(await post('after')).toEqual({ id: 'after', status: 200 })
    for (const node of [a, b]) {
      await until('all that was acknowledged is there', async () => {
        const keys = new Set((await snapshotOf(node)).map(({ key }) => key))
        return ['before', ...acknowledged, 'after'].every((id) => keys.has(`${scope}/${id}`))
      })
    }
    await topicHistories(reader, prefix, partitions)
  },
  60_000 + outageMs,
)

test('I11: the same input through Kafka and through the embedded engine gives the same changes', async () => {
  const seed = seedOf()
  const partitions = 3
  for (let n = 0; n < inputs; n++) {
    const prefix = `same-${n}`
    console.log(`VAINO_SEED=${seed + n}`)
    await using node = vainoNode(kafka, prefix, partitions)
    await node.start()
    await using producer = openTopicProducer(settings, { topic: `${prefix}.resources` })
    const input = inputTo(producer, partitions)
    for (const plan of planRequests(seed + n, 3, 100)) for (const { body } of plan) await input.send(body)
    await input.mark('end')
    await whenMarked(node, 'end', partitions)
    const expected = sorted(await embeddedHistories(reader, prefix, partitions))
    expect(sorted(await topicHistories(reader, prefix, partitions))).toEqual(expected)
    expect(await snapshotOf(node)).toEqual(await stateInTopic(reader, prefix, partitions))
    expect(await node.stop()).toBe(0)
  }
}, 120_000)
