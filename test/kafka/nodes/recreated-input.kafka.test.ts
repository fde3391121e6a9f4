import { afterAll, expect, test } from 'bun:test'
import { ensureTopics, openTopicProducer } from '../../../connectors/kafka/kafka.ts'
import { createKafka } from '../../../connectors/kafka/kafkajs/client.ts'
import { defaultEngineOptions } from '../../../pipeline/engine-options.ts'
import { messageLimits } from '../../../pipeline/kafka/messages/message-limits.ts'
import { wantedTopics } from '../../../pipeline/kafka/node/wanted-topics.ts'
import type { ServerProcess } from '../../server-process.ts'
import { startKafka } from '../cluster.ts'
import { until } from '../reading.ts'
import { scopeIn } from './input.ts'
import { ask, whenReady } from './outcome.ts'
import { brokerConfig, ownsAny, vainoNode } from './vaino-node.ts'

const kafka = await startKafka({ config: brokerConfig })
const { settings } = kafka
const partitions = 2
const scopes = Array.from({ length: partitions }, (_, partition) => scopeIn(partition, partitions))

afterAll(() => kafka[Symbol.asyncDispose]())

/** As an operator does it who wants to be rid of what is in it. */
async function makeAnew(prefix: string): Promise<void> {
  const retry = { retries: 3 }
  const admin = createKafka(settings, { retry }).admin({ retry })
  await admin.connect()
  try {
    await admin.deleteTopics({ topics: [`${prefix}.resources`] })
    await until('it is gone', async () => !(await admin.listTopics()).includes(`${prefix}.resources`))
  } finally {
    await admin.disconnect()
  }
  const topics = wantedTopics(prefix, messageLimits(defaultEngineOptions.recordBytes, null).topics)
  await ensureTopics(settings, { topics, partitions, replication: 1, create: true })
}

async function post(node: ServerProcess, id: string) {
  const record = (scope: string) =>
    JSON.stringify({ kind: 'observed', scope, resource: { id, type: 't', provider: 'p' } })
  const answer = await fetch(`${node.url}/v1/ingest`, { method: 'POST', body: scopes.map(record).join('\n') })
  return { status: answer.status, text: await answer.text() }
}

const shows = async (node: ServerProcess, id: string) => {
  const asked = scopes.map((scope) => ask(node, `/v1/resources/${encodeURIComponent(`${scope}/${id}`)}`))
  return (await Promise.all(asked)).map(({ status }) => status)
}

test('I1: when the input topic is deleted and re-created, no request is answered before its records are processed', async () => {
  const prefix = 'anew'
  await using owner = vainoNode(kafka, prefix, partitions)
  await using node = vainoNode(kafka, prefix, partitions, { roles: ['api'] })
  await Promise.all([owner.start(), node.start()])
  await until('the first node owns all', () => ownsAny(owner))
  await Promise.all([whenReady(owner), whenReady(node)])
  for (let n = 0; n < 10; n++) expect(await post(node, `before-${n}`)).toMatchObject({ status: 200 })

  await owner.hang()
  // Under way while it happens: whether it was processed nobody can say.
  const caught = post(node, 'caught').catch((error: unknown) => ({ status: 0, text: String(error) }))
  await makeAnew(prefix)
  const first = await post(node, 'first')
  expect(first.status).toBe(503)
  expect(first.text).toContain('was re-created')
  expect(first.text).toContain('"records_safe":false')
  expect(await caught).toMatchObject({ status: 503 })
  const second = post(node, 'second')
  owner.goOn()
  expect(await second).toMatchObject({ status: 200 })
  expect(await shows(node, 'second')).toEqual([200, 200])
  for (let n = 0; n < 10; n++) {
    expect(await post(owner, `after-${n}`)).toMatchObject({ status: 200 })
    expect(await shows(owner, `after-${n}`)).toEqual([200, 200])
  }
  await Promise.all([whenReady(owner), whenReady(node)])
  for (const { stderr } of [owner, node]) expect(stderr).toContain('"event":"input_recreated"')

  // And while no node runs.
  expect([await owner.stop(), await node.stop()]).toEqual([0, 0])
  await makeAnew(prefix)
  const saidBefore = owner.stderr.length
  await owner.start()
  await whenReady(owner)
  expect(await post(owner, 'again')).toMatchObject({ status: 200 })
  expect(await shows(owner, 'again')).toEqual([200, 200])
  expect(owner.stderr.slice(saidBefore)).toContain('"event":"input_recreated"')
  expect(owner.stderr).not.toMatch(/"event":"(input_lost|position_forgotten)"/)
}, 120_000)

test('I5, I11: where the input has lost its end, what was processed long ago does not come back', async () => {
  const prefix = 'shorter'
  await using node = vainoNode(kafka, prefix, 1)
  await node.start()
  const scope = scopeIn(0, 1)
  const observed = (id: string, name: string) =>
    JSON.stringify({ kind: 'observed', scope, resource: { id, type: 't', provider: 'p', name } })
  const producer = openTopicProducer(settings, { topic: `${prefix}.resources`, codec: 'none' })
  const send = (id: string, name: string, timestampMs = Date.now()) =>
    producer.send(0, [{ key: scope, value: observed(id, name), timestampMs }])
  const nameOf = async (id: string) => {
    const { body } = await ask(node, `/v1/resources/${encodeURIComponent(`${scope}/${id}`)}`)
    return (body as { resource?: { name?: string } }).resource?.name
  }
  const historyOf = async (id: string) => {
    const { body } = await ask(node, `/v1/resources/${encodeURIComponent(`${scope}/${id}`)}/history`)
    return (body as { changes: { after: { name: string } }[] }).changes.map(({ after }) => after.name)
  }
  await send('x', 'long ago', Date.now() - 7_200_000)
  await send('x', 'today')
  await send('y', 'lost with the end')
  await until('all is processed', async () => (await nameOf('y')) === 'lost with the end')
  await producer[Symbol.asyncDispose]()
  await node.stop()

  const [broker] = kafka.nodes
  await broker?.kill()
  broker?.loseEnd(`${prefix}.resources`, 0, 'lost with the end')
  await kafka.start()
  await node.start()
  await until('it is noticed', () => node.stderr.includes('"event":"input_recreated"'))
  await using next = openTopicProducer(settings, { topic: `${prefix}.resources` })
  await next.send(0, [{ key: scope, value: observed('z', 'afterwards') }])
  await until('what came later is processed', async () => (await nameOf('z')) === 'afterwards')
  expect(await historyOf('x')).toEqual(['today', 'long ago'])
  expect(await historyOf('y')).toEqual(['lost with the end'])
}, 120_000)
