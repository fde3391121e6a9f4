import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { until } from '../../api/test-server.ts'
import { AlertStore } from '../../storage/alerts/alert-store.ts'
import { HttpReceiver } from '../../test/http-receiver.ts'
import { Deliverer, type DelivererParts } from './deliverer.ts'
import { type AlertMessage, testMessage } from './message.ts'
import { openSink } from './sinks/open-sinks.ts'

let folder = ''
let store: AlertStore
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vaino-outbox-'))
  store = new AlertStore(folder, 'a'.repeat(16))
})
afterEach(() => {
  store[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

const put = (sink: string, id: string, incident = id, createdAtMs = Date.now()) => {
  const message = JSON.stringify({ ...testMessage(sink, 0), id, incident, title: id } satisfies AlertMessage)
  store.transaction(() => store.enqueue({ sink, id, incident, message, createdAtMs }))
}

/** What a deliverer has said. */
function deliver(name: string, url: string, parts: Partial<DelivererParts> = {}) {
  const said: string[] = []
  const sink = openSink(name, { kind: 'webhook', options: { url } }, { environment: {}, readFile: () => '' })
  const deliverer = new Deliverer({
    ...{ store, sink, giveUpAfterMs: 3_600_000, backoff: { baseMs: 100, maxMs: 100 } },
    delivered: ({ title }, attempts) => void said.push(`${title} at ${attempts}`),
    failed: (error, attempts) => void said.push(`failed ${attempts}: ${error}`),
    givenUp: (title, error, reason) => void said.push(`${title} ${reason}: ${error}`),
    broken: (error) => void said.push(`broken ${error}`),
    ...parts,
  })
  return { deliverer, said }
}
const idsOf = ({ received }: HttpReceiver) => received.map(({ headers }) => headers['webhook-id'])

test('a message is tried with one id until it is taken, and then it is off the outbox', async () => {
  await using receiver = await HttpReceiver.open()
  receiver.answer = (_, count) => ({ status: count < 4 ? 503 : 204 })
  put('hook', 'm1')
  const { deliverer, said } = deliver('hook', receiver.url)
  await using _ = deliverer
  await until('it is delivered', () => said.length === 4)
  expect(said).toEqual(['failed 1: 503: ok', 'failed 2: 503: ok', 'failed 3: 503: ok', 'm1 at 4'])
  expect(new Set(idsOf(receiver))).toEqual(new Set(['m1']))
  expect(store.depth('hook')).toBe(0)
})

test('a sink that hangs holds up no other sink, and no message is lost when vaino stops meanwhile', async () => {
  await using hanging = await HttpReceiver.open()
  await using well = await HttpReceiver.open()
  hanging.answer = () => ({ hang: true })
  put('slow', 'm1')
  put('fast', 'm1')
  const slow = deliver('slow', hanging.url)
  const fast = deliver('fast', well.url)
  await Promise.all([hanging.count(1), well.count(1)])
  await until('it is delivered', () => store.depth('fast') === 0)
  await Promise.all([slow.deliverer[Symbol.asyncDispose](), fast.deliverer[Symbol.asyncDispose]()])
  expect(store.depth('slow')).toBe(1)
  expect(slow.said).toEqual([])
})

test('messages of one incident keep their order, and a message that is never taken holds up no other incident', async () => {
  await using receiver = await HttpReceiver.open()
  receiver.answer = ({ headers }, count) => ({ status: headers['webhook-id'] === 'bad' || count < 3 ? 500 : 200 })
  put('hook', 'bad', 'poison')
  put('hook', 'open', 'i1')
  put('hook', 'close', 'i1')
  put('hook', 'after bad', 'poison')
  const { deliverer, said } = deliver('hook', receiver.url)
  await using _ = deliverer
  await until('one incident is delivered', () => said.some((line) => line.startsWith('close')))
  const taken = idsOf(receiver)
  expect(taken.lastIndexOf('open')).toBeLessThan(taken.indexOf('close'))
  expect(taken).not.toContain('after bad')
})

test('what is refused is a dead letter at once, and what is too old after some attempts at least', async () => {
  await using receiver = await HttpReceiver.open()
  receiver.answer = ({ headers }) => ({ status: headers['webhook-id'] === 'wrong' ? 422 : 500, body: 'no' })
  put('hook', 'wrong')
  put('hook', 'old', 'old', Date.now() - 86_400_000)
  const { deliverer, said } = deliver('hook', receiver.url)
  await using _ = deliverer
  await until('both are given up', () => store.depth('hook') === 0)
  expect(said.filter((line) => !line.startsWith('failed'))).toEqual(['wrong refused: 422: no', 'old too_old: 500: no'])
  expect(idsOf(receiver).filter((id) => id === 'old')).toHaveLength(5)
  expect(store.dead(Number.MAX_SAFE_INTEGER, 10).map(({ id, reason, error }) => [id, reason, error])).toEqual([
    ['old', 'too_old', '500: no'],
    ['wrong', 'refused', '422: no'],
  ])
})

test('a receiver that asks for a pause gets it, also from the other messages', async () => {
  await using receiver = await HttpReceiver.open()
  receiver.answer = () => ({ status: 429, headers: { 'retry-after': '60' } })
  put('hook', 'm1')
  put('hook', 'm2')
  const waits: number[] = []
  const { deliverer } = deliver('hook', receiver.url, { failed: (_error, _attempts, inMs) => void waits.push(inMs) })
  await until('it was told', () => waits.length === 1)
  await deliverer[Symbol.asyncDispose]()
  expect(waits).toEqual([60_000])
  expect(idsOf(receiver)).toEqual(['m1'])
})

test('a clock that is set back by a day does not put a message off by a day', () => {
  const nowMs = Date.now()
  put('hook', 'm1', 'm1', nowMs)
  const seq = store.next('hook', nowMs)?.seq ?? 0
  store.transaction(() => store.failed(seq, 'no', nowMs + 1_000, 1_000))
  expect(store.next('hook', nowMs)).toBeNull()
  expect(store.next('hook', nowMs - 86_400_000)?.id).toBe('m1')
})
