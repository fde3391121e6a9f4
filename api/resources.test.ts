import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import type { SeenChange } from './test-follower.ts'
import { gone, observed, scanOf, startTestServer, type TestServer, testScope } from './test-server.ts'

interface SeenItem {
  key: string
  version: number
  resource: { configuration: Record<string, unknown> }
}
interface ResourcesPage {
  resources: SeenItem[]
  page: string | null
  cursor: string
}
const list = async (server: TestServer, query = '') =>
  (await (await server.get(`/v1/resources${query}`)).json()) as ResourcesPage
const pathOf = (key: string) => `/v1/resources/${encodeURIComponent(key)}`
const names = ({ resources }: ResourcesPage) => resources.map(({ key }) => key.slice(key.lastIndexOf('/') + 1))

test('live resources come by key, page by page, and every page shows the same moment', async () => {
  await using server = await startTestServer()
  const ids = Array.from({ length: 25 }, (_, n) => `r${String(n).padStart(2, '0')}`)
  await server.ingest(...ids.map((id) => observed(id, { size: 1 })))
  const seen: SeenItem[] = []
  let page: string | null = null
  const cursors = new Set<string>()
  do {
    const answer: ResourcesPage = await list(server, `?limit=10${page === null ? '' : `&page=${page}`}`)
    seen.push(...answer.resources)
    cursors.add(answer.cursor)
    page = answer.page
    // What happens between two pages belongs to none of them.
    await server.ingest(gone('r20'), observed('r21', { size: 2 }), observed(`new${seen.length}`))
  } while (page !== null)
  expect(seen.map(({ resource }) => resource.configuration.size)).toEqual(ids.map(() => 1))
  expect(cursors.size).toBe(1)
  expect(names(await list(server, '?limit=1000'))).toHaveLength(25 - 1 + 3)
})

test('filters choose resources', async () => {
  await using server = await startTestServer()
  const other = 'kubernetes/prod/-/apps.Deployment'
  await server.ingest(
    observed('a', {}, testScope, { team: 'web', 'a b': 'x&y' }),
    observed('b', {}, testScope, { team: 'data' }),
    {
      kind: 'observed',
      scope: other,
      resource: { id: 'web/front', type: 'apps.Deployment', provider: 'kubernetes', namespace: 'web' },
    },
  )
  const asked = async (query: string) => names(await list(server, `?${query}`))
  expect(await asked('tag.team=web')).toEqual(['a'])
  expect(await asked('tag.a%20b=x%26y')).toEqual(['a'])
  expect(await asked('tag.team=web&tag.none=1')).toEqual([])
  expect(await asked('location=web')).toEqual(['front'])
  expect(await asked('account=1')).toEqual(['a', 'b'])
  expect(await asked(`scope=${encodeURIComponent(other)}`)).toEqual(['front'])
  expect(await asked(`key_prefix=${encodeURIComponent(`${testScope}/b`)}`)).toEqual(['b'])
  expect(await asked('provider=aws&name=name%20of%20b')).toEqual(['b'])
})

test('a resource is shown as it is, and as it was at a time or a cursor', async () => {
  await using server = await startTestServer()
  const first = await server.ingest(observed('a', { size: 1 }))
  const { changed_at } = (await (await server.get(pathOf(`${testScope}/a`))).json()) as { changed_at: string }
  const second = await server.ingest(observed('a', { size: 2 }))
  const at = async (point: string) => {
    const answer = await server.get(`${pathOf(`${testScope}/a`)}${point && `?at=${encodeURIComponent(point)}`}`)
    return [answer.status, ((await answer.json()) as Partial<SeenItem>).resource?.configuration.size]
  }
  expect(await at('')).toEqual([200, 2])
  expect(await at(first)).toEqual([200, 1])
  expect(await at(second)).toEqual([200, 2])
  expect(await at(new Date().toISOString())).toEqual([200, 2])
  expect(await at('2020-01-01T00:00:00+02:00')).toEqual([404, undefined])
  expect(await at(changed_at)).toEqual([200, expect.any(Number)])
  for (const wrong of ['tomorrow', '2026-13-23', '2026-11-23 12:00']) expect((await at(wrong))[0]).toBe(400)
  expect((await list(server, `?at=${first}`)).resources[0]?.resource.configuration.size).toBe(1)
})

test('a deleted resource answers 410 with when, one never seen 404, and its history both ways', async () => {
  await using server = await startTestServer()
  const key = `${testScope}/a`
  await server.ingest(...scanOf('s', ['a', 'b']))
  await server.ingest(gone('a'))
  const answer = await server.get(pathOf(key))
  expect(answer.status).toBe(410)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(await answer.json()).toMatchObject({ code: 'gone', version: 2, deleted_at: expect.stringMatching(/Z$/) })
  expect((await server.get(pathOf(`${testScope}/zzz`))).status).toBe(404)
  expect((await server.get(pathOf('no-key'))).status).toBe(404)
  expect((await server.get(`${pathOf(`${testScope}/zzz`)}/history`)).status).toBe(404)

  await server.ingest(observed('a'))
  const history = async (query: string) =>
    (await (await server.get(`${pathOf(key)}/history${query}`)).json()) as {
      changes: SeenChange[]
      page: string | null
    }
  const all = await history('')
  expect(all.changes.map(({ op, version }) => `${op}${version}`)).toEqual(['c3', 'd2', 'r1'])
  expect(all.page).toBeNull()
  const newest = await history('?limit=2')
  expect(newest.changes).toHaveLength(2)
  expect((await history(`?limit=2&page=${newest.page}`)).changes.map(({ version }) => version)).toEqual([1])
})

test('a page token is only good for the question that it came from', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a'), observed('b'), observed('c'))
  const { page } = await list(server, '?limit=1&provider=aws')
  expect((await server.get(`/v1/resources?limit=2&provider=aws&page=${page}`)).status).toBe(200)
  for (const query of [`page=${page}`, `provider=gcp&page=${page}`, 'page=zzz', `page=${page}x`]) {
    const answer = await server.get(`/v1/resources?${query}`)
    expect([query, answer.status]).toEqual([query, 400])
    expect(await answer.json()).toMatchObject({ hint: expect.stringContaining('page') })
  }
})

test('a resource is found by its key whatever characters its id holds', async () => {
  await using server = await startTestServer()
  const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((text) => !/\p{Cc}/u.test(text))
  const awkward = [
    'a/b',
    'a%2Fb',
    '%',
    '%zz',
    '%25',
    'é%C3%A9',
    '?x=1#y',
    '..',
    './..',
    'a b+c',
    '"\\',
    'module.a["x"]',
    '%00',
  ]
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(id, { minLength: 1, maxLength: 5 }), async (ids) => {
      await server.ingest(...ids.map((id) => observed(id)))
      for (const id of ids) {
        const answer = await server.get(pathOf(`${testScope}/${id}`))
        expect([id, answer.status]).toEqual([id, 200])
        expect(((await answer.json()) as { key: string }).key).toBe(`${testScope}/${id}`)
      }
    }),
    { ...runs(30), examples: [[awkward]] },
  )
})

test('large documents end a page early instead of filling the memory', async () => {
  await using server = await startTestServer({ limits: { pageBytes: 20_000 } })
  await server.ingest(...['a', 'b', 'c', 'd'].map((id) => observed(id, { text: 'x'.repeat(12_000) })))
  const first = await list(server)
  expect(names(first)).toEqual(['a', 'b'])
  expect(names(await list(server, `?page=${first.page}`))).toEqual(['c', 'd'])
  const changes = (await (await server.get('/v1/changes')).json()) as { changes: unknown[]; up_to_date: boolean }
  expect(changes.changes).toHaveLength(2)
  expect(changes.up_to_date).toBe(false)
})

test('I10: a page of any list ends at its bound in bytes, and the pages together hold everything', async () => {
  const pageBytes = 20_000
  await using server = await startTestServer({ limits: { pageBytes } })
  const text = 'ä'.repeat(1500)
  for (let n = 1; n <= 30; n++) await server.ingest(observed('a', { n, text }), observed(`b${n}`, { text }))
  const longest = 3 * text.length * 2 + 1000
  const allOf = async (path: string, field: string) => {
    const entries: unknown[] = []
    for (let page: string | null = ''; page !== null; ) {
      const body = await (await server.get(`${path}limit=1000${page === '' ? '' : `&page=${page}`}`)).text()
      expect(Buffer.byteLength(body)).toBeLessThan(pageBytes + longest)
      const answer = JSON.parse(body) as Record<string, unknown[]> & { page: string | null }
      entries.push(...(answer[field] ?? []))
      page = answer.page
    }
    return entries
  }
  const many = Array.from({ length: 40 }, (_, n) => `aws/${n}/eu-west-1/vm`)
  await server.ingest(...many.map((scope) => ({ kind: 'scan.begin', scope, scan: 's' })))
  const errors = [{ message: 'e'.repeat(1500) }]
  await server.ingest(...many.map((scope) => ({ kind: 'scan.end', scope, scan: 's', complete: false, errors })))
  const scopes = (await allOf('/v1/scopes?', 'scopes')) as { scope: string }[]
  const byName = [...many].sort()
  expect(scopes.map(({ scope }) => scope)).toEqual(byName)
  const versions = (await allOf(`${pathOf(`${testScope}/a`)}/history?`, 'changes')) as SeenChange[]
  expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: 30 }, (_, n) => 30 - n))
  expect(await allOf('/v1/resources?', 'resources')).toHaveLength(31)
  const first = (await (await server.get('/v1/scopes?limit=3')).json()) as { scopes: object[]; page: string }
  expect(first.scopes).toHaveLength(3)
  const second = await server.get(`/v1/scopes?limit=1&page=${first.page}`)
  expect(await second.json()).toMatchObject({ scopes: [{ scope: byName[3] }], page: expect.any(String) })
  expect((await server.get(`/v1/resources?page=${first.page}`)).status).toBe(400)
  let changes = 0
  for (let offset = '-1', upToDate = false; !upToDate; ) {
    const body = await (await server.get(`/v1/changes?limit=1000&offset=${offset}`)).text()
    expect(Buffer.byteLength(body)).toBeLessThan(pageBytes + longest)
    const answer = JSON.parse(body) as { changes: object[]; cursor: string; up_to_date: boolean }
    changes += answer.changes.length
    offset = answer.cursor
    upToDate = answer.up_to_date
  }
  expect(changes).toBe(60)
})
