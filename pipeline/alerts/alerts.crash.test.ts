import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { until } from '../../api/test-server.ts'
import { HttpReceiver } from '../../test/http-receiver.ts'
import { ServerProcess } from '../../test/server-process.ts'
import { desired, liveScopeOf, reading, scanOf, stateScope } from '../drift/estate.case.ts'
import type { AlertMessage } from './message.ts'

const route = { name: 'all', to: ['hook'], digest: '0s' }
const alerts = (url: string) => ({ sinks: { hook: { kind: 'webhook', url } }, routes: [route] })

async function send(server: ServerProcess, ...records: readonly object[]): Promise<void> {
  const body = records.map((record) => `${JSON.stringify(record)}\n`).join('')
  const answer = await fetch(`${server.url}/v1/ingest`, { method: 'POST', body })
  expect(answer.status).toBe(200)
}

/** The state wants one size, and another is there. */
function scans(wanted: number, size: number, scan: string): object[] {
  const web = desired('toy_web.a', { size: wanted })
  return [
    ...scanOf(stateScope('app'), `s${scan}`, [web]),
    ...scanOf(liveScopeOf('app'), `l${scan}`, [reading(web, { size })]),
  ]
}
const messagesOf = ({ bodies }: HttpReceiver) => bodies.map((event) => (event as { data: AlertMessage }).data)

/** The messages as a receiver keeps them that knows them by their ids. */
function distinct(receiver: HttpReceiver): AlertMessage[] {
  const kept = new Map<string, AlertMessage>()
  for (const message of messagesOf(receiver)) {
    expect(kept.get(message.id) ?? message).toEqual(message)
    kept.set(message.id, message)
  }
  return [...kept.values()]
}

test('a message whose sending was cut by SIGKILL comes again with the same id, and nothing is told twice otherwise', async () => {
  await using receiver = await HttpReceiver.open()
  // The first one is taken, but vaino never hears of it.
  receiver.answer = (_, count) => (count === 1 ? { hang: true } : {})
  await using server = new ServerProcess({ alerts: alerts(receiver.url) })
  const came = (count: number) => until('it is told', () => distinct(receiver).length === count, 60_000)
  await server.start()
  await send(server, ...scans(1, 1, '1'), ...scans(1, 2, '2'))
  await receiver.count(1)
  await server.kill()
  const before = receiver.received.length
  await server.start()
  await receiver.count(before + 1)
  await send(server, ...scans(2, 2, '3'))
  await came(2)
  const [first, over] = distinct(receiver)
  expect(first?.items.map(({ event, name }) => [event, name])).toEqual([['open', 'toy_web.a']])
  expect(over?.items.map(({ event }) => event)).toEqual(['resolved'])
  expect(over?.incident).toBe(first?.incident ?? '')
  expect(over?.still_open).toBe(0)
  // A start finds what is told already.
  await server.stop()
  await server.start()
  await send(server, ...scans(2, 3, '4'))
  await came(3)
  expect(distinct(receiver).map(({ title }) => title)).toEqual([
    'medium: toy_web.a drifted in terraform/app/-/state',
    'resolved: medium: toy_web.a drifted in terraform/app/-/state',
    'medium: toy_web.a drifted in terraform/app/-/state',
  ])
}, 240_000)

test('what was open before there were alerts is told once, at the first start with them', async () => {
  await using receiver = await HttpReceiver.open()
  await using server = new ServerProcess()
  await server.start()
  await send(server, ...scans(1, 1, '1'), ...scans(1, 2, '2'))
  await server.stop()
  server.configure({ alerts: alerts(receiver.url) })
  await server.start()
  await receiver.count(1)
  await server.stop()
  await server.start()
  await send(server, ...scans(2, 2, '3'))
  await receiver.count(2)
  expect(messagesOf(receiver).map(({ counts }) => [counts.open, counts.resolved])).toEqual([
    [1, 0],
    [0, 1],
  ])
}, 120_000)

test('I9: what a sink refuses is a dead letter that is listed and counted, and its secrets are nowhere', async () => {
  await using receiver = await HttpReceiver.open()
  receiver.answer = ({ path: asked }) => ({ status: 400, body: `no ${asked}` })
  const secret = 'planted-in-the-path'
  const environment = { ...process.env, HOOK: `${receiver.url}/${secret}` }
  const sinks = { hook: 'webhook:env:HOOK' }
  await using server = new ServerProcess({ alerts: { sinks, routes: [route] }, log_level: 'trace' }, [], environment)
  await server.start()
  await send(server, ...scans(1, 1, '1'), ...scans(1, 2, '2'))
  await receiver.count(1)
  const read = async (asked: string) => (await fetch(`${server.url}${asked}`)).text()
  let listed = ''
  await until('it is given up', async () => {
    listed = await read('/v1/deadletters?of=alerts')
    return listed.includes('refused')
  })
  const { deadletters } = JSON.parse(listed) as { deadletters: object[] }
  expect(deadletters).toMatchObject([{ reason: 'refused', source: expect.stringContaining('sink hook, route all') }])
  expect(listed).toContain('the last: 400: no (hidden)')
  expect(JSON.parse(await read('/v1/deadletters')).deadletters).toEqual([])
  const metrics = await read('/metrics')
  expect(metrics).toContain('vaino_alert_messages_total{sink="hook",outcome="given_up"} 1')
  expect(metrics).toContain('vaino_alert_queue_messages{sink="hook"} 0')
  await server.stop()
  const files = readdirSync(server.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const kept = files.map(({ parentPath, name }) => readFileSync(path.join(parentPath, name), 'latin1'))
  expect(files.some(({ name }) => name === 'alerts.sqlite')).toBe(true)
  expect(`${kept.join()}${listed}${metrics}${server.stderr}`).not.toContain(secret)
}, 120_000)
