import { afterAll, beforeAll, expect, test } from 'bun:test'
import { gunzipSync } from 'node:zlib'
import * as schemas from './schemas.ts'
import * as overview from './schemas-overview.ts'
import { gone, observed, scanOf, startTestServer, type TestServer, testScope } from './test-server.ts'

let server: TestServer
const pods = 'kubernetes/prod/-/Pod'
const pod = (id: string, namespace: string, tags = {}) => ({
  kind: 'observed',
  scope: pods,
  resource: { id, type: 'Pod', provider: 'kubernetes', name: id.split('/')[1], namespace, tags },
})

beforeAll(async () => {
  server = await startTestServer()
  await server.ingest(...scanOf('s1', ['i-1', 'i-2', 'i-3']))
  await server.ingest(
    pod('kube-system/dns', 'kube-system'),
    pod('web/front', 'web', { team: 'Front' }),
    pod('web/back', 'web'),
  )
  await server.ingest(observed('i-2', { size: 2 }), gone('i-3'))
})
afterAll(() => server[Symbol.asyncDispose]())

const ask = async (path: string): Promise<unknown> => {
  const answer = await server.get(path)
  if (!answer.ok) throw new Error(await answer.text())
  return answer.json()
}
const facets = async (query: string) => overview.facets.parse(await ask(`/v1/facets?${query}`))
const list = async (query: string) => schemas.resources.parse(await ask(`/v1/resources?${query}`))
const changes = async (query: string) => schemas.changes.parse(await ask(`/v1/changes?${query}`))

test('facets count what is live by each property, the most frequent first, and a filter holds for all of them', async () => {
  const { total, facets: counts, distinct } = await facets('by=type,location,account')
  expect(total).toBe(5)
  expect(counts).toEqual({
    type: [
      ['Pod', 3],
      ['vm', 2],
    ],
    location: [
      ['eu-west-1', 2],
      ['web', 2],
      ['kube-system', 1],
    ],
    account: [
      ['prod', 3],
      ['1', 2],
    ],
  })
  expect(distinct).toEqual({ type: 2, location: 3, account: 2 })
  expect((await facets('by=type&location=web')).facets).toEqual({ type: [['Pod', 2]] })
  expect((await facets('by=scope&limit=1')).facets).toEqual({ scope: [[pods, 3]] })
  expect((await facets('by=type&q=FRONT')).facets).toEqual({ type: [['Pod', 1]] })
  expect((await server.get('/v1/facets?by=colour')).status).toBe(400)
})

test('facets as of an earlier position count what was there then, also what has gone since', async () => {
  const all = await changes(`offset=-1&limit=3&scope=${encodeURIComponent(testScope)}`)
  const then = await facets(`by=type&at=${all.cursor}`)
  const items = await list(`at=${all.cursor}&limit=1000`)
  expect(then.total).toBe(items.resources.length)
  expect(then.cursor).toBe(all.cursor)
  expect((await list(`at=${all.cursor}&type=vm&limit=1`)).total).toBe(
    items.resources.filter(({ resource }) => resource.type === 'vm').length,
  )
})

test('a list says how many pass on all of its pages, whatever its page, and finds by id, name and tag', async () => {
  const first = await list('type=Pod&limit=2')
  expect([first.resources.length, first.total]).toEqual([2, 3])
  const second = await list(`type=Pod&limit=2&page=${first.page}`)
  expect([second.resources.length, second.total, second.page]).toEqual([1, 3, null])
  const keys = async (query: string) => (await list(query)).resources.map(({ key }) => key)
  expect(await keys('q=team%3Dfront')).toEqual([`${pods}/web/front`])
  expect(await keys('q=BACK&type=Pod')).toEqual([`${pods}/web/back`])
  expect(await keys('q=nothing')).toEqual([])
  expect(await keys('tag.team=Front&provider=kubernetes')).toEqual([`${pods}/web/front`])
  expect(await keys('name=name%20of%20i-1')).toEqual([`${testScope}/i-1`])
})

test('sorted by change, what changed last comes first, page by page; with at= it is refused', async () => {
  const first = await list('sort=-changed_at&limit=2')
  expect(first.resources[0]?.key).toBe(`${testScope}/i-2`)
  expect(first.total).toBe(5)
  const rest = await list(`sort=-changed_at&limit=10&page=${first.page}`)
  expect(new Set([...first.resources, ...rest.resources].map(({ key }) => key)).size).toBe(5)
  expect((await list('sort=-changed_at&type=vm')).resources.map(({ key }) => key)).toEqual([
    `${testScope}/i-2`,
    `${testScope}/i-1`,
  ])
  expect((await server.get('/v1/resources?sort=-changed_at&at=1h')).status).toBe(400)
})

test('with fields=header a resource is its header alone', async () => {
  const { resources } = await list('fields=header&type=vm&limit=1')
  expect(resources[0]?.resource).toEqual({
    ...{ provider: 'aws', account: null, region: 'eu-west-1', namespace: null },
    ...{ type: 'vm', id: 'i-1', name: 'name of i-1' },
  })
})

test('activity counts what was recorded by op and provider; a step that is no minute, and too many steps, are refused', async () => {
  const { series, step_s } = overview.activity.parse(await ask('/v1/activity?from=10m&by=op,provider'))
  expect(step_s).toBe(60)
  const sums = series.map(({ op, provider, counts }) => [op, provider, counts.reduce((sum, n) => sum + n, 0)])
  expect(sums).toEqual([
    ['c', 'kubernetes', 3],
    ['d', 'aws', 1],
    ['r', 'aws', 3],
    ['u', 'aws', 1],
  ])
  const [whole] = overview.activity.parse(await ask('/v1/activity?from=10m')).series
  expect(whole?.counts.reduce((sum, n) => sum + n, 0)).toBe(8)
  for (const query of ['step=90s', 'from=30d&step=1m', 'from=whenever'])
    expect((await server.get(`/v1/activity?${query}`)).status).toBe(400)
})

test('the summary agrees with the lists', async () => {
  const summary = overview.summary.parse(await ask('/v1/summary'))
  const { scopes } = schemas.scopes.parse(await ask('/v1/scopes'))
  expect(summary.resources).toBe(5)
  expect(summary.scopes.total).toBe(2)
  expect([summary.scopes.fresh, summary.scopes.events]).toEqual([1, 1])
  expect([summary.held, summary.dead_letters]).toEqual([0, 0])
  // No drift is open because nothing is managed: the coverage tells that from everything being as wanted.
  expect([summary.drift?.critical, summary.coverage?.managed, summary.coverage?.percent]).toEqual([0, 0, null])
  expect(summary.last_change_at).toBe(
    scopes
      .map(({ last_change_at }) => last_change_at)
      .sort()
      .at(-1) ?? null,
  )
  const byStatus = async (status: string) =>
    schemas.scopes.parse(await ask(`/v1/scopes?status=${status}`)).scopes.length
  expect([await byStatus('fresh'), await byStatus('fresh,events'), await byStatus('held')]).toEqual([1, 2, 0])
})

test('changes backward are those forward, reversed, and each cursor leads on to what came after it', async () => {
  const forward = await changes('offset=-1&limit=100')
  const backward: typeof forward.changes = []
  for (let page: string | null | undefined; page !== null; ) {
    const answer = await changes(`order=desc&limit=3${page === undefined ? '' : `&page=${page}`}`)
    expect(answer.cursor).toBe(forward.cursor)
    backward.push(...answer.changes)
    page = answer.page ?? null
  }
  const newest = (a: { recorded_at: string }, b: { recorded_at: string }) => (a.recorded_at < b.recorded_at ? 1 : -1)
  expect(backward.map(({ id }) => id).sort()).toEqual(forward.changes.map(({ id }) => id).sort())
  expect(backward).toEqual([...backward].sort((a, b) => (a.recorded_at === b.recorded_at ? 0 : newest(a, b))))
  for (const [index, { cursor }] of backward.entries()) {
    const after = await changes(`offset=${cursor}&limit=100`)
    expect(new Set(after.changes.map(({ id }) => id))).toEqual(new Set(backward.slice(0, index).map(({ id }) => id)))
  }
})

test('backward too the filters hold, and from and to are bounds', async () => {
  const ids = async (query: string) => (await changes(query)).changes.map(({ id, op }) => `${op} ${id}`)
  const ops = async (query: string) => (await ids(query)).map((id) => id[0])
  expect(await ops('order=desc&op=d,u')).toEqual(['d', 'u'])
  expect(await ops('order=desc&type=Pod')).toEqual(['c', 'c', 'c'])
  expect(await ops('order=desc&provider=gcp')).toEqual([])
  expect(await ops('order=desc&tag.team=Front')).toEqual(['c'])
  expect(await ops('order=desc&scan=s1')).toEqual(['r', 'r', 'r'])
  expect(await ops('offset=-1&scan=s1&limit=2')).toEqual(['r', 'r'])
  expect(await ops('order=desc&to=1h')).toEqual([])
  expect((await ops('order=desc&from=1h')).length).toBe(8)
  expect((await ops('from=1h')).length).toBe(8)
  expect(await ops('to=1h')).toEqual([])
  const last = (await changes('order=desc&limit=1')).changes[0]
  expect(await ids(`order=desc&from=${(await changes('order=desc&limit=2')).changes[1]?.cursor}`)).toEqual([
    `${last?.op} ${last?.id}`,
  ])
  for (const query of [
    'order=desc&live=sse',
    'order=desc&offset=-1',
    'page=abc',
    'live=sse&from=1h',
    'offset=-1&from=1h',
  ])
    expect((await server.get(`/v1/changes?${query}`)).status).toBe(400)
})

test('who made a change is asked for by any text of it, capitals or not', async () => {
  const by = { ...observed('i-9'), actor: { user: { name: 'Ann' } } }
  await server.ingest(by)
  expect((await changes('order=desc&actor=ann')).changes.length).toBe(1)
  expect((await changes('offset=-1&actor=ANN')).changes.length).toBe(1)
  expect((await changes('order=desc&actor=bob')).changes.length).toBe(0)
  await server.ingest(gone('i-9'))
})

test('with documents=false a change has neither before nor after, in a page and in a stream', async () => {
  const [change] = (await changes('order=desc&op=u&documents=false')).changes
  expect(change).not.toHaveProperty('before')
  expect(change).toHaveProperty('fields')
  const stop = new AbortController()
  const stream = await server.get('/v1/changes?live=sse&offset=-1&documents=false&limit=3', { signal: stop.signal })
  const text = await stream.text()
  expect(text.match(/event: change/g)?.length).toBe(3)
  expect(text).not.toContain('"after"')
})

test('lists are compressed as the client accepts it, and say the same', async () => {
  for (let n = 0; n < 40; n++) await server.ingest(observed(`many-${n}`))
  for (const path of [
    '/v1/resources',
    '/v1/scopes',
    '/v1/facets?by=scope',
    '/v1/changes?order=desc',
    '/v1/activity?by=op',
  ]) {
    const plain = await server.get(path, { headers: { 'accept-encoding': 'identity' } })
    const packed = await server.get(path, { headers: { 'accept-encoding': 'gzip' }, decompress: false } as RequestInit)
    const whole = await plain.bytes()
    const bytes = await packed.bytes()
    expect({ path, encoding: packed.headers.get('content-encoding') }).toEqual({
      path,
      encoding: whole.length < 1024 ? null : 'gzip',
    })
    expect(JSON.parse(new TextDecoder().decode(whole.length < 1024 ? bytes : gunzipSync(bytes)))).toEqual(
      JSON.parse(new TextDecoder().decode(whole)),
    )
    expect(packed.headers.get('vary')).toContain('Accept-Encoding')
  }
})

test('a token is told what it may do, and none is told that it needs one', async () => {
  expect(await ask('/v1/me')).toEqual({ rights: ['read', 'ingest', 'admin'], name: null, within: null })
  await using guarded = await startTestServer({ tokens: { read: ['r'], ingest: ['i', 'r'], admin: ['a'] } })
  const rights = async (token: string) => {
    const answer = await guarded.get('/v1/me', { headers: { authorization: `Bearer ${token}` } })
    return answer.ok ? overview.me.parse(await answer.json()).rights : answer.status
  }
  expect(await rights('r')).toEqual(['read', 'ingest'])
  expect(await rights('i')).toEqual(['ingest'])
  expect(await rights('a')).toEqual(['read', 'ingest', 'admin'])
  expect(await rights('x')).toBe(401)
  expect((await guarded.get('/v1/me')).status).toBe(401)
})

test('counts beside a text that very many have are given up, and are exact where few have it, or few can', async () => {
  await using server = await startTestServer()
  const many = Array.from({ length: 10_050 }, (_, n) => [`web-${n}`, `other-${n}`]).flat()
  for (let at = 0; at < many.length; at += 5_000)
    await server.ingest(...many.slice(at, at + 5_000).map((id) => observed(id)))
  await server.ingest(observed('web-x', {}, 'aws/1/eu-west-1/queue'))
  const total = async (query: string) =>
    overview.facets.parse(await (await server.get(`/v1/facets?by=type&${query}`)).json()).total
  expect(await total('q=web')).toBeNull()
  expect(await total('q=web-x')).toBe(1)
  expect(await total('q=other-10')).toBe(1 + 10 + 100 + 50)
  expect(await total('q=web&scope=aws%2F1%2Feu-west-1%2Fqueue')).toBe(1)
  expect(await total('q=web&key_prefix=aws%2F1%2Feu-west-1%2Fq')).toBe(1)
  expect(await total('q=web&account=2')).toBe(0)
})
