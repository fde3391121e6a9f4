import { expect, test } from 'bun:test'
import { until } from '../../api/test-server.ts'
import { compileRules, noRules } from '../../model/rules.ts'
import { HttpReceiver } from '../../test/http-receiver.ts'
import { alertsSchema } from '../config/alerts-schema.ts'
import { desired, type Estate, liveScopeOf, openEstate, reading, scanOf, stateScope } from '../drift/estate.case.ts'
import { CurrentRules } from '../rules/current-rules.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'
import type { StreamPosition } from './lag-watch.ts'
import type { AlertMessage } from './message.ts'
import { type AlertsParts, openAlerts } from './open-alerts.ts'
import { openSink } from './sinks/open-sinks.ts'

const messagesOf = ({ bodies }: HttpReceiver) => bodies.map((event) => (event as { data: AlertMessage }).data)
const titlesOf = (receiver: HttpReceiver) => messagesOf(receiver).map(({ title }) => title)

/** Alerts over an estate, to one webhook. */
async function start(estate: Estate, url: string, routes: readonly object[], parts: Partial<AlertsParts> = {}) {
  const stack = new AsyncDisposableStack()
  const view = stack.use(await estate.open())
  const config = alertsSchema.parse({ sinks: { hook: `webhook:${url}` }, routes })
  const sinks = Object.entries(config.sinks).map(([name, sink]) =>
    openSink(name, sink, { environment: {}, readFile: () => '' }),
  )
  const telemetry = createTelemetry({ version: '0.0.0', redact: (text) => text, format: 'none' })
  const rules = new CurrentRules()
  const { engine, dataDir } = estate
  const scopes = () => engine.scopes()
  stack.use(openAlerts({ config, sinks, engine, scopes, dataDir, view, rules, telemetry, lookEveryMs: 50, ...parts }))
  return { rules, telemetry, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const web = desired('toy_web.a', { size: 1 })
const db = desired('toy_db.b', { size: 1 })
let scans = 0
const drifts = (sizes: readonly [number, number]) => [
  ...scanOf(stateScope('app'), `s${++scans}`, [web, db]),
  ...scanOf(liveScopeOf('app'), `l${scans}`, [reading(web, { size: sizes[0] }), reading(db, { size: sizes[1] })]),
]
const ignoring = (type: string) =>
  compileRules({ ...noRules.set, ignore: [{ name: 'r', reason: 'noise', untilMs: null, type: [type] }] })

test('drift that a rule ignores alerts nothing, and is over for alerts when a rule comes to ignore it', async () => {
  await using receiver = await HttpReceiver.open()
  await using estate = await openEstate()
  await using alerts = await start(estate, receiver.url, [{ to: 'hook', digest: '0s' }])
  alerts.rules.set(ignoring('toy_web'))
  await estate.send(...drifts([1, 1]), ...drifts([2, 2]))
  await receiver.count(1)
  expect(titlesOf(receiver)).toEqual(['medium: toy_db.b drifted in terraform/app/-/state'])
  alerts.rules.set(ignoring('toy_*'))
  await receiver.count(2)
  alerts.rules.set(noRules)
  await receiver.count(3)
  expect(
    messagesOf(receiver)
      .slice(1)
      .map(({ counts, items }) => [counts.resolved, counts.open, items.map(({ name }) => name).sort()]),
  ).toEqual([
    [1, 0, ['toy_db.b']],
    [0, 2, ['toy_db.b', 'toy_web.a']],
  ])
}, 60_000)

/** Sends changes until the first is told: those before the start are not. */
async function changeUntilTold(receiver: HttpReceiver, send: () => Promise<void>): Promise<void> {
  await until('changes are told', async () => {
    await send()
    return receiver.received.length > 0
  })
}
const idsOf = (messages: readonly AlertMessage[]) =>
  messages.flatMap(({ items }) => items.map(({ subject }) => subject))
const loggedIds = ({ engine: { reader } }: Estate) =>
  reader
    .head()
    .flatMap((end, partition) => reader.changes(partition, 0, end, 1_000).map(({ offset }) => `${partition}-${offset}`))
const things = (size: number, team = 'web') =>
  scanOf('p/-/-/a', `c${++scans}`, [{ ...web, configuration: { size }, tags: { team } }])

test('changes are told that match, from the first start on, each once whatever is restarted', async () => {
  await using receiver = await HttpReceiver.open()
  await using estate = await openEstate(1)
  const routes = [{ on: 'changes', match: { op: ['u', 'd'], type: 'toy_*', field: 'size' }, to: 'hook', digest: '0s' }]
  await estate.send(...things(1), ...things(2))
  {
    await using _ = await start(estate, receiver.url, routes)
    await changeUntilTold(receiver, () => estate.send(...things(scans + 10)))
  }
  await estate.send(...things(1), ...things(1, 'db'), ...things(2, 'db'))
  const all = loggedIds(estate)
  // Of the last three the one in the middle is of a tag.
  const expected = (from: string | undefined) =>
    all.filter((_id, at) => at >= all.indexOf(from ?? '') && at !== all.length - 2)
  await using _ = await start(estate, receiver.url, routes)
  await until('the last is told', () => idsOf(messagesOf(receiver)).includes(all.at(-1) ?? ''))
  const told = idsOf(messagesOf(receiver)).toSorted((a, b) => all.indexOf(a) - all.indexOf(b))
  expect(told[0]).not.toBe(all[1])
  expect(told).toEqual(expected(told[0]))
  const last = messagesOf(receiver)
    .at(-1)
    ?.items.find(({ subject }) => subject === all.at(-1))
  expect(last?.fields).toEqual([{ path: 'configuration.size', before: '1', after: '2' }])
}, 60_000)

test('a change whose maker is known only later is told by a route that asks for the maker, once, and by no other again', async () => {
  await using receiver = await HttpReceiver.open()
  await using estate = await openEstate(1)
  const match = { type: 'toy_web' }
  const routes = [
    { name: 'eve', on: 'changes', match: { ...match, op: 'u', actor: '*eve' }, to: 'hook', digest: '0s' },
    { name: 'any', on: 'changes', match, to: 'hook', digest: '0s' },
  ]
  await estate.send(...things(1))
  await using _ = await start(estate, receiver.url, routes)
  await changeUntilTold(receiver, () => estate.send(...things(scans + 10)))
  const by = (id: string) => ({
    ...{ kind: 'attributed', scope: 'p/-/-/a', id: web.id, actor: { arn: `${id}/eve` } },
    ...{ occurred_at: new Date().toISOString(), event: { id, name: 'Modify', source: 'log' } },
  })
  // One is known when its change is read, or not: both at once; the other surely later.
  await estate.send(...things(-1), by('e1'))
  const ofRoute = (name: string) => messagesOf(receiver).filter(({ route }) => route === name)
  await until('it is told', () => idsOf(ofRoute('eve')).length > 0)
  await estate.send(...things(-2))
  const all = loggedIds(estate)
  await until('it is told without its maker', () => idsOf(ofRoute('any')).includes(all.at(-1) ?? ''))
  await estate.send(by('e2'))
  await until('it is told with its maker', () => idsOf(ofRoute('eve')).length > 1)
  const made = ofRoute('eve').flatMap(({ items }) => items.map(({ subject, actor }) => [subject, actor]))
  expect(made).toEqual([
    [all.at(-3) ?? '', { arn: 'e1/eve' }],
    [all.at(-1) ?? '', { arn: 'e2/eve' }],
  ])
  const others = idsOf(ofRoute('any'))
  expect(new Set(others).size).toBe(others.length)
}, 60_000)

test('vaino tells of a scope that cannot be read, of held deletes and of dead letters, and when that is over', async () => {
  await using receiver = await HttpReceiver.open()
  await using estate = await openEstate()
  await using _ = await start(estate, receiver.url, [
    { on: 'health', to: 'hook', digest: '0s', group_by: ['condition'] },
  ])
  const things = ['a', 'b', 'c'].map((id) => ({ ...web, id }))
  await estate.send(...scanOf('p/-/-/a', 'h1', things))
  await estate.send(...scanOf('p/-/-/a', 'h2', []))
  await receiver.count(1)
  expect(titlesOf(receiver)).toEqual(['high: 3 of 3 deletes are held in p/-/-/a; vaino scopes release ends that'])
  await estate.send(...scanOf('p/-/-/a', 'h3', things))
  await receiver.count(2)
  expect(messagesOf(receiver)[1]?.counts.resolved).toBe(1)
  await estate.send(...scanOf('p/-/-/a', 'h4', things, { errors: [{ message: 'AccessDenied' }] }))
  await receiver.count(3)
  expect(titlesOf(receiver)[2]).toBe("medium: p/-/-/a can't be read: AccessDenied")
  await estate
    .send({ kind: 'scan.end', scope: 'p/-/-/a', scan: 'unknown', complete: true, count: 0 })
    .catch(() => undefined)
  await receiver.count(4)
  expect(titlesOf(receiver)[3]).toStartWith('medium: records could not be used, the last: ')
}, 60_000)

test('a lag is told once when it begins and once when it is over, and a restart that cannot see it yet ends nothing', async () => {
  await using receiver = await HttpReceiver.open()
  await using estate = await openEstate()
  const feeds = [{ source: 'aws:ops', lagMs: 301_000 }]
  let input: StreamPosition = { stream: 'the input', partition: 0, done: 5, end: 5 }
  let looks = 0
  const streams = () => {
    looks++
    return [input]
  }
  const engine = { ...estate.engine, streams }
  const routes = [{ on: 'health', match: { condition: 'lag' }, to: 'hook', digest: '0s' }]
  const open = () => start(estate, receiver.url, routes, { engine, feeds: () => feeds })
  {
    await using _ = await open()
    await receiver.count(1)
    // How far it is behind changes, and that it is so does not.
    feeds.push({ source: 'aws:other', lagMs: 400_000 })
  }
  feeds.splice(0)
  input = { ...input, done: null, end: null }
  looks = 0
  await using _ = await open()
  await until('it has looked', () => looks > 2)
  expect(titlesOf(receiver)).toEqual(['high: behind by more than 300 s: the events of aws:ops'])
  input = { ...input, done: 9, end: 9 }
  await receiver.count(2)
  expect(titlesOf(receiver)[1]).toBe('resolved: high: behind by more than 300 s: the events of aws:ops')
  expect(receiver.received).toHaveLength(2)
}, 60_000)
