import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startTestServer, type TestServer, until } from '../../api/test-server.ts'
import { partitionOf } from '../../model/partition.ts'
import type { Scope } from '../../model/scope.ts'
import { homeOf } from '../../pipeline/intake/producers.ts'
import { readHistories } from '../crash/key-histories.ts'

const partitions = 4
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ engine: { partitions, recordBytes: 200_000 } })
})
afterAll(() => server[Symbol.asyncDispose]())

let producers = 0
const newProducer = () => `producer-${producers++}`
const scopes = Array.from({ length: 16 }, (_, n) => `push/-/-/things-${n}`)
const line = (scope: string, id: string, value: unknown) =>
  `${JSON.stringify({ kind: 'observed', scope, resource: { id, type: 't', provider: 'p', configuration: { value } } })}\n`

async function send(id: string, epoch: number, seq: number, body: string | ReadableStream) {
  const headers = { 'producer-id': id, 'producer-epoch': String(epoch), 'producer-seq': String(seq) }
  const init = { method: 'POST', body, headers, duplex: 'half' } as RequestInit
  const answer = await server.get('/v1/ingest', init)
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) }
}
const lengthOf = async (scope: string, id: string) =>
  (await readHistories(server.url)).get(`${scope}/${id}`)?.length ?? 0

describe('a producer that numbers its requests', () => {
  test('has each applied once; a repeated one is answered with 204 and where the log stands', async () => {
    const id = newProducer()
    const body = scopes.map((scope) => line(scope, id, 1)).join('')
    expect(await send(id, 0, 0, body)).toMatchObject({ status: 200, body: { records: 16, changes: 16 } })
    for (let n = 0; n < 3; n++) {
      const again = await send(id, 0, 0, body)
      expect([again.status, again.body]).toEqual([204, null])
      const cursor = again.headers.get('stream-next-offset')
      expect((await server.get(`/v1/changes?offset=${cursor}`)).status).toBe(200)
    }
    // What is repeated counts by its number, whatever is in it.
    expect((await send(id, 0, 0, line(scopes[0] as string, id, 2))).status).toBe(204)
    expect(await send(id, 0, 1, line(scopes[0] as string, id, 2))).toMatchObject({ status: 200, body: { changes: 1 } })
    expect((await send(id, 0, 0, body)).status).toBe(204)
    expect(await lengthOf(scopes[0] as string, id)).toBe(2)
  })

  test('is refused with the number that comes next when one is missing, and nothing is applied', async () => {
    const id = newProducer()
    expect((await send(id, 0, 0, line('push/-/-/gap', id, 1))).status).toBe(200)
    const gap = await send(id, 0, 2, line('push/-/-/gap', id, 2))
    expect([gap.status, gap.body]).toMatchObject([
      409,
      { code: 'producer_gap', expected_seq: 1, received_seq: 2, hint: expect.stringContaining('Producer-Seq 1') },
    ])
    expect(gap.headers.get('producer-expected-seq')).toBe('1')
    expect(await lengthOf('push/-/-/gap', id)).toBe(1)
    expect((await send(newProducer(), 0, 5, '')).status).toBe(409)
  })

  test('that another instance has replaced is refused with 403, and a new one begins at 0', async () => {
    const id = newProducer()
    expect((await send(id, 3, 0, line('push/-/-/epochs', id, 1))).status).toBe(200)
    expect((await send(id, 3, 1, line('push/-/-/epochs', id, 2))).status).toBe(200)
    expect((await send(id, 4, 1, line('push/-/-/epochs', id, 3))).status).toBe(409)
    expect((await send(id, 4, 0, line('push/-/-/epochs', id, 3))).status).toBe(200)
    const stale = await send(id, 3, 2, line('push/-/-/epochs', id, 4))
    expect([stale.status, stale.body]).toMatchObject([403, { code: 'stale_epoch', producer_epoch: 4 }])
    expect(await lengthOf('push/-/-/epochs', id)).toBe(3)
  })

  test('that states only a part of its identity, or states it wrongly, is refused with what is expected', async () => {
    const wrong: Record<string, string>[] = [
      { 'producer-id': 'a' },
      { 'producer-id': 'a', 'producer-epoch': '0' },
      { 'producer-epoch': '0', 'producer-seq': '0' },
      { 'producer-id': 'a', 'producer-epoch': '-1', 'producer-seq': '0' },
      { 'producer-id': 'a', 'producer-epoch': '0', 'producer-seq': '1.5' },
      { 'producer-id': 'a', 'producer-epoch': '0', 'producer-seq': '99999999999999999999' },
      { 'producer-id': 'x'.repeat(201), 'producer-epoch': '0', 'producer-seq': '0' },
    ]
    for (const headers of wrong) {
      const answer = await server.get('/v1/ingest', { method: 'POST', body: '', headers })
      expect([headers, answer.status]).toEqual([headers, 400])
    }
  })

  test('I11: and sends one request many times at once has it applied once', async () => {
    const id = newProducer()
    const body = scopes.map((scope) => line(scope, id, 1)).join('')
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(id, 0, 0, body)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 204)])
    const histories = await readHistories(server.url)
    expect(scopes.map((scope) => histories.get(`${scope}/${id}`)?.length)).toEqual(scopes.map(() => 1))
  })

  test('I11: and sends many requests without waiting has them applied in their order', async () => {
    const id = newProducer()
    const bodyOf = async function* (seq: number) {
      yield Buffer.from(line('push/-/-/order', id, seq))
    }
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, seq) => server.engine.ingest(bodyOf(seq), 'test', { id, epoch: 0, seq }, 1_000)),
    )
    expect(results.map(({ outcome, changes }) => [outcome, changes])).toEqual(results.map(() => ['committed', 1]))
    const history = (await readHistories(server.url)).get(`push/-/-/order/${id}`) ?? []
    expect(history.map(({ after }) => (after as { configuration: { value: number } }).configuration.value)).toEqual(
      Array.from({ length: 50 }, (_, seq) => seq),
    )
  })
})

/** A scope of the partition that knows how far the producer has come, and one of another. */
function scopesOf(id: string): { home: string; away: string } {
  const home = homeOf({ id, epoch: 0, seq: 0 }, partitions)
  const find = (isHome: boolean) =>
    scopes.find((scope) => (partitionOf(scope as Scope, partitions) === home) === isHome) as string
  return { home: find(true), away: find(false) }
}

describe('a request that breaks off when a part of it is committed', () => {
  test.each([{ first: 'home' }, { first: 'away' }] as const)(
    'I11, I12: is applied wholly and once when it comes again (its first part goes $first)',
    async ({ first }) => {
      const id = newProducer()
      const { home, away } = scopesOf(id)
      const [begins, ends] = first === 'home' ? [home, away] : [away, home]
      const filler = 'x'.repeat(150_000)
      const lines = [
        // More than one parcel, and a record that is too large on the way.
        ...Array.from({ length: 12 }, (_, n) => line(begins, `${id}-first-${n}`, filler)),
        line(begins, `${id}-too-large`, 'x'.repeat(300_000)),
        ...Array.from({ length: 12 }, (_, n) => line(begins, `${id}-second-${n}`, filler)),
        ...Array.from({ length: 5 }, (_, n) => line(ends, `${id}-last-${n}`, 'small')),
      ]
      const there = async (scope: string, name: string) => (await lengthOf(scope, `${id}-${name}`)) > 0
      const deadLetters = async () =>
        ((await (await server.get('/v1/deadletters?limit=1000')).json()) as { deadletters: object[] }).deadletters
          .length
      const before = await deadLetters()

      const broken = new ReadableStream({
        async start(controller) {
          for (const one of lines.slice(0, 20)) controller.enqueue(Buffer.from(one))
          await until('a part is committed', () => there(begins, 'first-0'))
          controller.error(new Error('the sender is gone'))
        },
      })
      await expect(send(id, 0, 0, broken)).rejects.toThrow()
      expect(await there(ends, 'last-0')).toBe(false)

      expect(await send(id, 0, 0, lines.join(''))).toMatchObject({ status: 200 })
      expect((await send(id, 0, 0, lines.join(''))).status).toBe(204)
      const histories = [...(await readHistories(server.url))].filter(([key]) => key.includes(`${id}-`))
      expect(histories.map(([, list]) => list.length)).toEqual(Array.from({ length: 29 }, () => 1))
      expect(await deadLetters()).toBe(before + 1)
    },
  )
})
