import { expect, test } from 'bun:test'
import type { Change } from '../model/change.ts'
import { compileRules, type IgnoreRule } from '../model/rules.ts'
import { openFollower } from './test-follower.ts'
import { gone, observed, scanOf, startTestServer, type TestServer, testScope, until } from './test-server.ts'

const rulesOf = (...ignore: Partial<IgnoreRule>[]) =>
  compileRules({
    ignore: ignore.map((rule, at) => ({ name: `r${at}`, reason: 'noise', untilMs: null, ...rule })),
    severity: [],
    owner: [],
    driftIgnores: [],
  })

interface ChangePage {
  readonly changes: readonly Change[]
  readonly cursor: string
  readonly up_to_date: boolean
}
const page = async (server: TestServer, query: string): Promise<ChangePage> =>
  (await (await server.get(`/v1/changes?${query}`)).json()) as ChangePage
const said = ({ changes }: ChangePage) =>
  changes.map(({ key, op, rule }) => [key.slice(testScope.length + 1), op, rule ?? null])

/** Three things with a counter and a size; then the counter moves, the size moves, both move, one is gone. */
async function history(server: TestServer): Promise<void> {
  await server.ingest(observed('a', { n: 1, size: 1 }), observed('b', { n: 1, size: 1 }))
  await server.ingest(observed('a', { n: 2, size: 1 }))
  await server.ingest(observed('a', { n: 2, size: 2 }))
  await server.ingest(observed('a', { n: 3, size: 3 }))
  await server.ingest(gone('b'))
}

test('what a rule ignores is recorded, and left out of the stream unless asked for', async () => {
  await using server = await startTestServer()
  server.rules.set(rulesOf({ path: ['n'] }))
  await history(server)
  const shown = [
    ['a', 'c', null],
    ['b', 'c', null],
    ['a', 'u', null],
    ['a', 'u', null],
    ['b', 'd', null],
  ]
  expect(said(await page(server, ''))).toEqual(shown)
  const all = await page(server, 'include_suppressed=true')
  expect(said(all)).toEqual([...shown.slice(0, 2), ['a', 'u', 'r0'], ...shown.slice(2)])
  expect(all.cursor).toBe((await page(server, '')).cursor)
  expect((await server.get('/v1/changes?include_suppressed=yes')).status).toBe(400)
})

test('history has all changes and names the rule; state knows nothing of rules', async () => {
  await using server = await startTestServer()
  await history(server)
  const read = async (target: string) => (await server.get(target)).text()
  const before = await read('/v1/resources')
  server.rules.set(rulesOf({ path: ['n'] }, { type: ['*'], change: ['create', 'delete'] }))
  expect(await read('/v1/resources')).toBe(before)
  const { changes } = JSON.parse(
    await read(`/v1/resources/${encodeURIComponent(`${testScope}/a`)}/history`),
  ) as ChangePage
  expect(changes.map(({ rule }) => rule ?? null)).toEqual([null, null, 'r0', 'r1'])
})

test('rules that change hold for what was recorded before, and take nothing away for good', async () => {
  await using server = await startTestServer()
  await history(server)
  const all = said(await page(server, ''))
  server.rules.set(rulesOf({ type: ['vm'], change: ['create', 'update', 'delete'] }))
  expect(said(await page(server, ''))).toEqual([])
  server.rules.set(rulesOf())
  expect(said(await page(server, ''))).toEqual(all)
})

test('an end of a rule counts from when a change was recorded', async () => {
  await using server = await startTestServer()
  server.rules.set(rulesOf({ type: ['vm'], untilMs: Date.now() + 3_600_000 }, { type: ['vm'], untilMs: 1 }))
  await server.ingest(observed('a'))
  expect(said(await page(server, 'include_suppressed=true'))).toEqual([['a', 'c', 'r0']])
})

test('a cursor goes on over what is ignored: over pages, a long-poll and a stream', async () => {
  await using server = await startTestServer({ limits: { longPollMs: 50 } })
  server.rules.set(rulesOf({ path: ['n'] }))
  await using stream = await openFollower(`${server.url}/v1/changes?live=sse&offset=-1`)
  await using everything = await openFollower(`${server.url}/v1/changes?live=sse&offset=-1&include_suppressed=true`)
  await server.ingest(observed('a', { n: 0 }))
  let end = ''
  for (let n = 1; n <= 20; n++) end = await server.ingest(observed('a', { n }))
  await stream.until('the stream has gone on', () => stream.events.at(-1)?.data.cursor === end)
  await everything.untilChanges(21)
  expect(stream.changes).toHaveLength(1)
  expect(everything.changes.map(({ rule }) => rule ?? null).slice(0, 2)).toEqual([null, 'r0'])
  const poll = await server.get('/v1/changes?live=long-poll&offset=-1&limit=5')
  const first = (await poll.json()) as ChangePage
  expect([first.changes.length, first.cursor, first.up_to_date]).toEqual([1, end, true])
  const next = await server.get(`/v1/changes?live=long-poll&offset=${first.cursor}`)
  expect([next.status, next.headers.get('stream-next-offset')]).toEqual([204, end])
  expect((await page(server, 'limit=1')).changes).toHaveLength(1)
})

test('I12: what is ignored is counted by rule and can be looked up with its reason', async () => {
  await using server = await startTestServer()
  server.rules.set(
    rulesOf({ name: 'counter', path: ['n'], reason: 'it counts' }),
    new Map([['counter', 'rules.yaml:2:5']]),
  )
  await history(server)
  const suppressed = async (query = '') =>
    (await (await server.get(`/v1/suppressed?${query}`)).json()) as ChangePage & {
      rules: { ignored: number; last_at: string | null }[]
    }
  await until('it is counted', async () => (await suppressed()).rules[0]?.ignored === 1)
  const found = await suppressed()
  expect(said(found)).toEqual([['a', 'u', 'counter']])
  expect(found.up_to_date).toBe(true)
  expect(found.rules).toEqual([
    expect.objectContaining({ rule: 'counter', reason: 'it counts', until: null, place: 'rules.yaml:2:5', ignored: 1 }),
  ])
  expect(found.rules[0]?.last_at).not.toBeNull()
  expect((await suppressed(`since=${found.cursor}`)).changes).toEqual([])
  expect((await suppressed('type=disk')).changes).toEqual([])
  expect(await (await server.get('/metrics')).text()).toContain('vaino_ignored_changes_total{rule="counter"} 1')
})

test('without rules nothing is read to count', async () => {
  await using server = await startTestServer()
  let reads = 0
  const { reader } = server.engine
  const { changes } = reader
  Object.assign(reader, {
    changes: (...range: Parameters<typeof changes>) => {
      reads++
      return changes(...range)
    },
  })
  await server.ingest(...scanOf('1', ['a', 'b']))
  await server.ingest(observed('a', { n: 1 }))
  expect(reads).toBe(0)
  server.rules.set(rulesOf({ type: ['vm'] }))
  await server.ingest(observed('a', { n: 2 }))
  await until('the counter reads', () => reads > 0)
})
