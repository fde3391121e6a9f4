import { expect, test } from 'bun:test'
import { encodeCursor } from '../model/cursor.ts'
import { observed, scanOf, startTestServer, type TestServer, testScope, until } from './test-server.ts'

const key = encodeURIComponent(`${testScope}/a`)
const routes = (from: string): readonly string[] => [
  '/v1/resources',
  `/v1/resources/${key}`,
  `/v1/resources/${key}/history`,
  '/v1/snapshot',
  '/v1/changes',
  `/v1/diff?from=${from}`,
  '/v1/scopes',
]
const withCursor = (route: string, cursor: string) => `${route}${route.includes('?') ? '&' : '?'}min_cursor=${cursor}`

/** Cursors that hold the next changes too, which the log doesn't have yet. */
const ahead = ({ engine: { reader } }: TestServer, changes = 1): string =>
  encodeCursor(
    reader.logId,
    reader.head().map((offset) => (offset > 0 ? offset + changes : 0)),
  )

test('every read route answers at once when the cursor is contained, and says a cursor', async () => {
  await using server = await startTestServer()
  const cursor = await server.ingest(...scanOf('s1', ['a', 'b']))
  for (const route of routes(cursor)) {
    const answer = await server.get(withCursor(route, cursor), { headers: { prefer: 'wait=0' } })
    const body = await answer.text()
    expect([route, answer.status]).toEqual([route, 200])
    expect([route, `${answer.headers.get('stream-next-offset')} ${body}`.includes(cursor)]).toEqual([route, true])
  }
})

test('every read route waits for a cursor that this node does not contain yet', async () => {
  await using server = await startTestServer()
  const from = await server.ingest(...scanOf('s1', ['a', 'b']))
  const cursor = ahead(server)
  let answered = 0
  const asked = routes(from).map(async (route) => {
    const answer = await server.get(withCursor(route, cursor))
    answered++
    return [route, answer.status, `${answer.headers.get('stream-next-offset')} ${await answer.text()}`] as const
  })
  await server.get('/v1/scopes')
  expect(answered).toBe(0)
  const now = await server.ingest(observed('a', { size: 2 }))
  expect(now).toBe(cursor)
  for (const [route, status, text] of await Promise.all(asked)) {
    expect([route, status, text.includes(now)]).toEqual([route, 200, true])
  }
})

test('a node that stays behind answers 503 with where it is and when to come back', async () => {
  await using server = await startTestServer({ limits: { minCursorMs: 30 } })
  const cursor = await server.ingest(...scanOf('s1', ['a', 'b']))
  const wanted = ahead(server, 3)
  const answer = await server.get(withCursor('/v1/resources', wanted))
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('1')
  expect(await answer.json()).toMatchObject({ code: 'not_ready', cursor, min_cursor: wanted, changes_behind: 3 })
})

test('Prefer: wait shortens the wait', async () => {
  await using server = await startTestServer()
  await server.ingest(...scanOf('s1', ['a', 'b']))
  const startedMs = performance.now()
  const answer = await server.get(withCursor('/v1/scopes', ahead(server)), {
    headers: { prefer: 'respond-async, wait=0' },
  })
  expect(answer.status).toBe(503)
  expect(performance.now() - startedMs).toBeLessThan(5000)
})

test('what is no cursor of this log is refused, not waited for', async () => {
  await using server = await startTestServer()
  const foreign = encodeCursor(
    '0123456789abcdef',
    server.engine.reader.head().map(() => 9),
  )
  const codes = await Promise.all(
    ['nonsense', foreign].map(async (cursor) => {
      const answer = await server.get(withCursor('/v1/resources', cursor))
      return [answer.status, ((await answer.json()) as { code: string }).code]
    }),
  )
  expect(codes).toEqual([
    [400, 'bad_cursor'],
    [400, 'foreign_cursor'],
  ])
})

test('only so many wait at once, and one whose client has left makes room', async () => {
  await using server = await startTestServer({ limits: { maxCursorWaiters: 1 } })
  await server.ingest(...scanOf('s1', ['a', 'b']))
  const target = withCursor('/v1/scopes', ahead(server))
  const leaving = new AbortController()
  const first = server.get(target, { signal: leaving.signal }).catch(() => null)
  await until('the second is turned away', async () => {
    const answer = await server.get(target, { headers: { prefer: 'wait=0' } })
    return answer.status === 429
  })
  leaving.abort()
  await first
  await until('there is room again', async () => {
    const answer = await server.get(target, { headers: { prefer: 'wait=0' } })
    return answer.status === 503
  })
})
