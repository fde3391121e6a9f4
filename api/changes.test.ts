import { expect, test } from 'bun:test'
import { openFollower, type SeenChange } from './test-follower.ts'
import { gone, observed, scanOf, startTestServer, until } from './test-server.ts'

interface ChangesPage {
  changes: SeenChange[]
  cursor: string
  up_to_date: boolean
}
const page = async (answer: Response | Promise<Response>) => (await (await answer).json()) as ChangesPage
const ids = (changes: readonly SeenChange[]) => changes.map(({ id }) => id)
/** Scopes that lie in different partitions. */
const scopes = Array.from({ length: 12 }, (_, n) => `aws/${n}/eu-west-1/vm`)

test('catching up by pages gives every change once, each page beginning where the one before ended', async () => {
  await using server = await startTestServer()
  for (let round = 0; round < 3; round++)
    await server.ingest(
      ...scopes.flatMap((scope) => [observed('a', { round }, scope), observed('b', { round }, scope)]),
    )
  const all = await page(server.get('/v1/changes?offset=-1&limit=1000'))
  expect(all.changes).toHaveLength(scopes.length * 2 * 3)
  expect(all.up_to_date).toBe(true)

  const collected: SeenChange[] = []
  let cursor = '-1'
  for (;;) {
    const answer = await server.get(`/v1/changes?offset=${cursor}&limit=7`)
    const part = await page(answer)
    expect(answer.headers.get('stream-next-offset')).toBe(part.cursor)
    expect(answer.headers.get('stream-up-to-date')).toBe(String(part.up_to_date))
    expect(part.changes.length).toBeLessThanOrEqual(7)
    collected.push(...part.changes)
    cursor = part.cursor
    if (part.up_to_date) break
  }
  expect(ids(collected).toSorted()).toEqual(ids(all.changes).toSorted())
  for (const scope of scopes) {
    const versions = collected.filter((change) => change.key === `${scope}/a`).map(({ version }) => version)
    expect(versions).toEqual([1, 2, 3])
  }
})

test("I8: each change's own cursor resumes right after it", async () => {
  await using server = await startTestServer()
  await server.ingest(...scopes.map((scope) => observed('a', {}, scope)))
  await server.ingest(...scopes.map((scope) => observed('a', { n: 2 }, scope)))
  const all = await page(server.get('/v1/changes?offset=-1&limit=1000'))
  for (const [index, change] of all.changes.entries()) {
    const rest = await page(server.get(`/v1/changes?offset=${change.cursor}&limit=1000`))
    expect(ids(rest.changes).toSorted()).toEqual(ids(all.changes.slice(index + 1)).toSorted())
  }
})

test('now begins at the end, now-N so many changes before it in each partition', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a'), observed('b'), observed('c'))
  const now = await page(server.get('/v1/changes?offset=now'))
  expect(now).toMatchObject({ changes: [], up_to_date: true })
  await server.ingest(observed('d'))
  expect((await page(server.get(`/v1/changes?offset=${now.cursor}`))).changes).toHaveLength(1)
  expect((await page(server.get('/v1/changes?offset=now-2'))).changes).toHaveLength(2)
  expect((await page(server.get('/v1/changes?offset=now-500'))).changes).toHaveLength(4)
  expect((await server.get('/v1/changes?offset=now-9999')).status).toBe(400)
})

test('filters, operations and fields choose changes, and the cursor passes over the rest', async () => {
  await using server = await startTestServer()
  const other = 'gcp/acme/-/bucket'
  await server.ingest(...scanOf('s1', ['a', 'b']), observed('x', {}, other))
  await server.ingest(observed('a', { net: { ingress: [1], name: 'n' }, size: 1 }))
  await server.ingest(observed('a', { net: { ingress: [1, 2], name: 'n' }, size: 1 }), gone('b'))
  const asked = async (query: string) => {
    const found = await page(server.get(`/v1/changes?offset=-1&${query}`))
    expect(found.up_to_date).toBe(true)
    return found.changes.map(({ op, key }) => `${op} ${key.at(-1)}`)
  }
  expect(await asked('op=d')).toEqual(['d b'])
  expect(await asked('op=d,r')).toEqual(['r a', 'r b', 'd b'])
  expect(await asked('field=configuration.net')).toEqual(['u a', 'u a'])
  expect(await asked('field=configuration.size')).toEqual(['u a'])
  expect(await asked('field=configuration.siz')).toEqual([])
  expect(await asked(`scope=${encodeURIComponent(other)}`)).toEqual(['c x'])
  expect(await asked('key_prefix=aws/')).toHaveLength(5)
  expect(await asked('name=name%20of%20b&op=d')).toEqual(['d b'])
  expect(await asked('location=eu-west-1&type=vm&provider=aws&tag.team=web')).toEqual([])
})

test('a filtered follower gets the change by which a resource leaves the filter, by page, stream and long-poll', async () => {
  await using server = await startTestServer()
  const tagged = (team: string) => observed('a', {}, undefined, { team })
  const cursor = await server.ingest(tagged('web'), observed('b', {}, undefined, { team: 'db' }))
  const query = `offset=${cursor}&tag.team=web`
  await using follower = await openFollower(`${server.url}/v1/changes?live=sse&${query}`)
  const polled = page(server.get(`/v1/changes?live=long-poll&${query}`))
  await server.ingest(tagged('db'))
  await server.ingest(tagged('ops'))
  await follower.untilChanges(1)
  const answers = [await page(server.get(`/v1/changes?${query}`)), await polled, follower]
  for (const { changes } of answers)
    expect(changes.map(({ key, version }) => [key, version])).toEqual([[`aws/1/eu-west-1/vm/a`, 2]])
  expect(answers[0]?.changes[0]).toMatchObject({ before: { tags: { team: 'web' } }, after: { tags: { team: 'db' } } })
  for (const [filter, count] of [
    ['name=name%20of%20a', 3],
    ['tag.team=ops', 1],
    ['tag.team=db&op=u', 2],
    ['tag.team=none', 0],
  ] as const) {
    const { changes } = await page(server.get(`/v1/changes?offset=-1&${filter}&key_prefix=aws/1/eu-west-1/vm/a`))
    expect([filter, changes.length]).toEqual([filter, count])
  }
})

test('a live stream sends what was there, then what comes, and says when it is up to date', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a'))
  await using follower = await openFollower(`${server.url}/v1/changes?live=sse&offset=-1`)
  expect(follower.headers.get('content-type')).toBe('text/event-stream')
  await follower.until('it is up to date', () => follower.events.at(-1)?.event === 'control')
  expect(follower.events.map(({ event }) => event)).toEqual(['change', 'control'])
  expect(follower.events[1]?.data).toEqual({ cursor: follower.lastId, up_to_date: true })
  const cursor = await server.ingest(observed('a', { size: 2 }), observed('b'))
  await follower.untilChanges(3)
  await follower.until('it is up to date again', () => follower.events.at(-1)?.event === 'control')
  expect(follower.lastId).toBe(cursor)
  expect(follower.changes[1]?.fields).toEqual([
    { path: 'configuration.size', pointer: '/configuration/size', op: 'add', before: null, after: 2 },
  ])
  for (const { event, id, data } of follower.events) if (event === 'change') expect(data.cursor).toBe(id)
})

test('without an offset a live stream begins now', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a'))
  await using follower = await openFollower(`${server.url}/v1/changes?live=sse`)
  await follower.until('it is up to date', () => follower.events.length > 0)
  await server.ingest(observed('b'))
  await follower.untilChanges(1)
  expect(follower.changes.map(({ key }) => key)).toEqual(['aws/1/eu-west-1/vm/b'])
})

test('I8: followers that come and go at any time, with their last event id, get every change once and in order', async () => {
  // A tiny feed, so that followers fall off its path and come back to it.
  await using server = await startTestServer({ limits: { feedBytes: 4096 } })
  const rounds = 40
  const followers = 4
  const lists: SeenChange[][] = Array.from({ length: followers }, () => [])
  let isWritten = false
  const total = rounds * scopes.length
  const follow = async (list: SeenChange[], breaks: number) => {
    let lastId = ''
    while (list.length < total) {
      const resumed: Record<string, string> = lastId === '' ? {} : { 'last-event-id': lastId }
      await using follower = await openFollower(`${server.url}/v1/changes?live=sse&offset=-1`, resumed)
      const upTo = Math.min(breaks, total - list.length)
      await follower.untilChanges(isWritten ? total - list.length : upTo)
      const taken = follower.events.filter(({ event }) => event === 'change')
      list.push(...follower.changes)
      lastId = taken.at(-1)?.id ?? lastId
    }
  }
  const following = lists.map((list, n) => follow(list, 30 + 40 * n))
  for (let round = 0; round < rounds; round++)
    await server.ingest(...scopes.map((scope) => observed('a', { round }, scope)))
  isWritten = true
  await Promise.all(following)
  const expected: string[] = []
  for (let offset = '-1', upToDate = false; !upToDate; ) {
    // A page of a busy machine ends by the clock.
    const next = await page(server.get(`/v1/changes?offset=${offset}&limit=10000`))
    expected.push(...ids(next.changes))
    offset = next.cursor
    upToDate = next.up_to_date
  }
  expected.sort()
  for (const list of lists) {
    expect(ids(list).toSorted()).toEqual(expected)
    for (const scope of scopes) {
      const versions = list.filter((change) => change.scope === scope).map(({ version }) => version)
      expect(versions).toEqual(Array.from({ length: rounds }, (_, n) => n + 1))
    }
  }
}, 60_000)

test('the last event id wins over the offset of the URL', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a'))
  const cursor = await server.ingest(observed('b'))
  await server.ingest(observed('c'))
  await using follower = await openFollower(`${server.url}/v1/changes?live=sse&offset=-1`, { 'last-event-id': cursor })
  await follower.untilChanges(1)
  expect(follower.changes[0]?.key).toBe('aws/1/eu-west-1/vm/c')
})

test('a filtered stream that lets nothing through still moves its cursor on', async () => {
  await using server = await startTestServer({ limits: { heartbeatMs: 50 } })
  await using follower = await openFollower(`${server.url}/v1/changes?live=sse&offset=now&type=nothing`)
  await follower.until('it is up to date', () => follower.events.length === 1)
  const cursor = await server.ingest(observed('a'))
  await follower.until('a control event has come', () => follower.lastId === cursor)
  expect(follower.changes).toEqual([])
})

test('a quiet stream sends heartbeats', async () => {
  await using server = await startTestServer({ limits: { heartbeatMs: 20 } })
  await using follower = await openFollower(`${server.url}/v1/changes?live=sse`)
  await follower.until('three heartbeats have come', () => follower.comments >= 3)
  expect(follower.events).toHaveLength(1)
})

test('a stream with a limit ends after so many changes and says where it ended', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a'), observed('b'), observed('c'))
  await using follower = await openFollower(`${server.url}/v1/changes?live=sse&offset=-1&limit=2`)
  await follower.until('it has ended', () => follower.ended)
  expect(follower.changes).toHaveLength(2)
  expect(follower.events.at(-1)?.data).toEqual({
    cursor: follower.changes[1]?.cursor,
    up_to_date: false,
    closing: 'limit',
  })
  const rest = await page(server.get(`/v1/changes?offset=${follower.lastId}`))
  expect(rest.changes).toHaveLength(1)
})

test('long-poll answers as soon as something comes, and 204 when nothing does', async () => {
  await using server = await startTestServer({ limits: { longPollMs: 300 } })
  await server.ingest(observed('a'))
  const behind = await page(server.get('/v1/changes?live=long-poll&offset=-1'))
  expect(behind).toMatchObject({ up_to_date: true, changes: [{ op: 'c' }] })
  const quiet = await server.get(`/v1/changes?live=long-poll&offset=${behind.cursor}`)
  expect(quiet.status).toBe(204)
  expect(quiet.headers.get('stream-next-offset')).toBe(behind.cursor)
  expect(quiet.headers.get('stream-up-to-date')).toBe('true')

  await using patient = await startTestServer({ limits: { longPollMs: 60_000 } })
  const waiting = page(patient.get('/v1/changes?live=long-poll&type=vm'))
  await until('the client waits', () => patient.events.some(({ event }) => event === 'stream_opened'))
  await patient.ingest({ ...observed('x', {}, 'gcp/1/-/net'), resource: { id: 'x', type: 'net', provider: 'gcp' } })
  await patient.ingest(observed('b'))
  expect((await waiting).changes.map(({ key }) => key)).toEqual(['aws/1/eu-west-1/vm/b'])
})

test('a cursor that is none, belongs elsewhere or lies ahead is refused with what to do', async () => {
  await using server = await startTestServer()
  await using other = await startTestServer()
  const foreign = await other.ingest(observed('a'))
  await server.ingest(observed('a'))
  const { reader } = server.engine
  const ahead = reader.encode(reader.head().map((offset) => offset + 5))
  for (const [offset, status, code] of [
    ['nonsense', 400, 'bad_cursor'],
    ['', 400, 'bad_cursor'],
    ['A'.repeat(300), 400, 'bad_cursor'],
    [foreign, 400, 'foreign_cursor'],
    [ahead, 410, 'cursor_ahead'],
  ] as const) {
    for (const live of ['', '&live=sse&limit=1', '&live=long-poll']) {
      const answer = await server.get(`/v1/changes?offset=${offset}${live}`, { signal: AbortSignal.timeout(5000) })
      const body = (await answer.json()) as { code: string; hint: string }
      expect([offset, answer.status, body.code]).toEqual([offset, status, code])
      expect(body.hint).toBeString()
    }
  }
})

test('I8: a cursor below retention is refused with 410', async () => {
  await using server = await startTestServer({ engine: { retention: { ageMs: 0, bytes: 1e9 }, partitions: 1 } })
  const first = await server.ingest(observed('a', { n: 0 }))
  for (let n = 1; n <= 3; n++) await server.ingest(observed('a', { n }))
  const { reader } = server.engine
  await until('retention has dropped the past', () => (reader.floor()[0] ?? 0) >= 3, 60_000)
  const refused = await server.get(`/v1/changes?offset=${first}`)
  expect(refused.status).toBe(410)
  expect(await refused.json()).toMatchObject({ code: 'cursor_expired', hint: expect.any(String) })
  expect((await server.get(`/v1/snapshot?since=${first}`)).status).toBe(410)
  expect((await page(server.get('/v1/changes?offset=-1'))).up_to_date).toBe(true)
}, 90_000)

test('one client more than the limit is refused with when to come back, and admitted when another has left', async () => {
  await using server = await startTestServer({ limits: { maxStreamClients: 2 } })
  const url = `${server.url}/v1/changes?live=sse`
  await using _first = await openFollower(url)
  {
    await using _second = await openFollower(url)
    const refused = await server.get('/v1/changes?live=sse')
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await server.get('/v1/changes?live=long-poll')).status).toBe(429)
    expect((await server.get('/v1/changes')).status).toBe(200)
  }
  await until('the place is free', async () => {
    await using third = await openFollower(url)
    return third.status === 200
  })
})

test('when the server stops, a stream ends with where to resume', async () => {
  const server = await startTestServer()
  await using follower = await openFollower(`${server.url}/v1/changes?live=sse`)
  const cursor = await server.ingest(observed('a'))
  await follower.untilChanges(1)
  await server[Symbol.asyncDispose]()
  await follower.until('it has ended', () => follower.ended)
  expect(follower.events.at(-1)?.data).toEqual({ cursor, up_to_date: false, closing: 'shutdown' })
})

test('when the server stops, whoever waits in a long-poll is answered', async () => {
  const server = await startTestServer({ limits: { longPollMs: 60_000 } })
  const waiting = server.get('/v1/changes?live=long-poll')
  await until('the client waits', () => server.events.some(({ event }) => event === 'stream_opened'))
  await server[Symbol.asyncDispose]()
  expect((await waiting).status).toBe(204)
})
