import { expect, test } from 'bun:test'
import { observed, startTestServer, type TestServer } from './test-server.ts'

interface Diff {
  readonly to: string
  readonly as_of: string
  readonly changes: readonly { readonly op: string; readonly key: string }[]
}
const scopes = Array.from({ length: 8 }, (_, n) => `push/-/-/things-${n}`)

async function diff(server: TestServer, from: string, to: string): Promise<Diff> {
  const answer = await server.get(`/v1/diff?${new URLSearchParams({ from, to })}`)
  expect(answer.status).toBe(200)
  const body = (await answer.json()) as Diff
  expect(answer.headers.get('vaino-as-of')).toBe(body.as_of)
  return body
}

test('windows chained by time, or by cursor, over concurrent writers hold every change once, and no answer changes later', async () => {
  // A page that ends by the clock may end elsewhere the next time.
  await using server = await startTestServer({ limits: { pageMs: 60_000 } })
  const start = new Date(Date.now() - 1000).toISOString()
  let written = 0
  const writers = scopes.map(async (scope, n) => {
    for (let round = 0; round < 12; round++) {
      // One request is one transaction of a partition; some hold many changes and take longer.
      const ids = Array.from({ length: round % 5 === n % 5 ? 300 : 1 }, (_, i) => `${round}-${i}`)
      await server.ingest(...ids.map((id) => observed(id, {}, scope)))
      written += ids.length
    }
  })
  let isDone = false
  const writing = Promise.all(writers).finally(() => {
    isDone = true
  })

  const byTime: Diff[] = []
  const byCursor: Diff[] = []
  const listed: { at: string; text: string }[] = []
  for (let [time, cursor, isLast] = [start, start, false]; !isLast; ) {
    isLast = isDone
    const now = new Date().toISOString()
    const window = await diff(server, time, now)
    time = window.as_of
    byTime.push(window)
    const next = await diff(server, cursor, 'now')
    cursor = next.to
    byCursor.push(next)
    listed.push({ at: time, text: await (await server.get(`/v1/resources?at=${time}&limit=7`)).text() })
  }
  await writing

  for (const windows of [byTime, byCursor]) {
    const keys = windows.flatMap(({ changes }) => changes.map(({ op, key }) => `${op} ${key}`))
    expect([keys.length, new Set(keys).size]).toEqual([written, written])
  }
  for (const { at, text } of listed) {
    expect(await (await server.get(`/v1/resources?at=${at}&limit=7`)).text()).toBe(text)
  }
  let from = start
  for (const { as_of, changes } of byTime) {
    const again = await diff(server, from, as_of)
    expect([again.as_of, again.changes.map(({ key }) => key).sort()]).toEqual([
      as_of,
      changes.map(({ key }) => key).sort(),
    ])
    from = as_of
  }
}, 60_000)

test('a time in the future is answered as of now, which the answer names, on all pages of a list', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a'), observed('b'))
  const before = Date.now()
  const query = 'at=2999-01-01T00:00:00Z&limit=1'
  const first = (await (await server.get(`/v1/resources?${query}`)).json()) as { as_of: string; page: string }
  expect(Date.parse(first.as_of)).toBeWithin(before - 1000, Date.now() + 1000)
  await server.ingest(observed('c'))
  const second = await server.get(`/v1/resources?${query}&page=${first.page}`)
  expect(second.headers.get('vaino-as-of')).toBe(first.as_of)
  expect(await second.json()).toMatchObject({ as_of: first.as_of, page: null, resources: [{ resource: { id: 'b' } }] })
  const one = await server.get('/v1/resources/aws%2F1%2Feu-west-1%2Fvm%2Fa?at=now')
  expect(Date.parse(one.headers.get('vaino-as-of') ?? '')).toBeGreaterThanOrEqual(Date.parse(first.as_of))
  const current = await server.get('/v1/resources')
  expect([current.headers.get('vaino-as-of'), ((await current.json()) as { as_of: null }).as_of]).toEqual([null, null])
})
