import { afterAll, expect, test } from 'bun:test'
import { openTopicProducer } from '../../../connectors/kafka/kafka.ts'
import { createKafka } from '../../../connectors/kafka/kafkajs/client.ts'
import type { AlertMessage } from '../../../pipeline/alerts/message.ts'
import { desired, liveScopeOf, reading, scanOf, stateScope } from '../../../pipeline/drift/estate.case.ts'
import { HttpReceiver } from '../../http-receiver.ts'
import { startKafka } from '../cluster.ts'
import { until } from '../reading.ts'
import { inputTo } from './input.ts'
import { brokerConfig, vainoNode } from './vaino-node.ts'

const partitions = 2
const kafka = await startKafka({ config: brokerConfig })
const { settings } = kafka

afterAll(() => kafka[Symbol.asyncDispose]())

let count = 0
/** The state wants each size, and others are there. */
function scans(wanted: number, sizes: readonly number[]): object[] {
  const things = sizes.map((_, n) => desired(`toy_web.t${n}`, { size: wanted }))
  const readings = things.map((thing, n) => reading(thing, { size: sizes[n] ?? wanted }))
  count++
  return [...scanOf(stateScope('app'), `s${count}`, things), ...scanOf(liveScopeOf('app'), `l${count}`, readings)]
}

test('of two nodes one tells, once; where it is killed the other goes on with what was told and what was not sent', async () => {
  await using receiver = await HttpReceiver.open()
  const routes = [{ name: 'all', on: 'drift', to: 'hook', digest: '0s', group_by: ['key'] }]
  const alerts = { sinks: { hook: `webhook:${receiver.url}` }, routes }
  await using first = vainoNode(kafka, 'telling', partitions, { alerts })
  await using second = vainoNode(kafka, 'telling', partitions, { alerts })
  await using producer = openTopicProducer(settings, { topic: 'telling.resources' })
  await first.start()
  const input = inputTo(producer, partitions)
  /** What came, as a receiver sees it that knows messages by their ids. */
  const told = () => {
    const kept = new Map<string, AlertMessage>()
    for (const event of receiver.bodies) {
      const { data } = event as { data: AlertMessage }
      expect(kept.get(data.id) ?? data).toEqual(data)
      kept.set(data.id, data)
    }
    return [...kept.values()].flatMap(({ items }) => items.map(({ event, name }) => `${event} ${name}`)).sort()
  }
  await input.records(...scans(1, [1, 2, 1]))
  await until('the first drift is told', () => told().length === 1, 120_000)
  await second.start()
  // From now on the receiver takes nothing.
  receiver.answer = () => ({ status: 503 })
  const before = receiver.received.length
  await input.records(...scans(1, [1, 2, 3]))
  await until('the second is tried', () => receiver.received.length > before, 120_000)
  await first.kill()
  receiver.answer = () => ({})
  await until('the second is taken', () => told().length === 2, 120_000)
  expect(told()).toEqual(['open toy_web.t1', 'open toy_web.t2'])
  await first.start()
  await input.records(...scans(2, [2, 2, 2]))
  await until('their ends are told', () => told().length === 4, 120_000)
  await second.kill()
  await input.records(...scans(2, [3, 2, 2]))
  await until('another drift is told by the other node', () => told().length === 5, 120_000)
  expect(told()).toEqual([
    'open toy_web.t0',
    'open toy_web.t1',
    'open toy_web.t2',
    'resolved toy_web.t1',
    'resolved toy_web.t2',
  ])
}, 600_000)

test('input that nobody can read for half a minute is a lag, and over when it is read', async () => {
  await using receiver = await HttpReceiver.open()
  const routes = [{ name: 'self', on: 'health', match: { condition: ['lag'] }, to: 'hook', digest: '0s' }]
  const alerts = { sinks: { hook: `webhook:${receiver.url}` }, routes, lag_after: '30s' }
  await using node = vainoNode(kafka, 'late', partitions, { alerts })
  await node.start()
  await using producer = openTopicProducer(settings, { topic: 'late.resources' })
  const input = inputTo(producer, partitions)
  const told = () =>
    receiver.bodies
      .flatMap((event) => (event as { data: AlertMessage }).data.items)
      .map(({ event, condition, message }) => `${event} ${condition}: ${message}`)
  await input.mark('before')
  const marks = async () => {
    const { resources } = (await (await fetch(`${node.url}/v1/resources?type=mark`)).json()) as { resources: object[] }
    return resources.length
  }
  await until('it reads', async () => (await marks()) === partitions, 60_000)
  // A program that leaves its transaction open holds up all that comes behind it.
  const foreign = createKafka(settings, { retry: { retries: 5 } }).producer({
    ...{ transactionalId: 'late-foreign', transactionTimeout: 300_000, idempotent: true, maxInFlightRequests: 1 },
  })
  await foreign.connect()
  try {
    const transaction = await foreign.transaction()
    await transaction.send({ topic: 'late.resources', messages: [{ partition: 1, value: 'open' }] })
    await input.mark('behind')
    const since = Date.now()
    await until('the lag is told', () => told().length === 1, 120_000)
    expect(Date.now() - since).toBeGreaterThan(29_000)
    expect(told()).toEqual(['open lag: behind by more than 30 s: the input in 1 partition'])
    await transaction.abort()
    await until('its end is told', () => told().length === 2, 60_000)
    expect(told()[1]).toStartWith('resolved lag')
    expect(await marks()).toBe(2 * partitions)
  } finally {
    await foreign.disconnect()
  }
}, 300_000)
