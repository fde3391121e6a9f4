import { describe, expect, test } from 'bun:test'
import type { z } from '@hono/zod-openapi'
import { compileRules } from '../model/rules.ts'
import { desired, liveScopeOf, reading, scanOf, stateScope } from '../pipeline/drift/estate.case.ts'
import * as schemas from './drift-schemas.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const [state, live] = [stateScope('app'), liveScopeOf('app')]
const web = desired('toy_web.a', { size: 1, name: 'a', id: 'web-1' })
const db = desired('toy_db.a', { size: 1, name: 'b', deletion_protection: true })

type Body = {
  drift: { [name: string]: unknown }[]
  coverage: object
  page: string | null
  cursor: string
  as_of: string
}
type Changes = { changes: { event: string; drift: object }[]; cursor: string; up_to_date: boolean }
const list = async (server: TestServer, query = '') => (await (await server.get(`/v1/drift${query}`)).json()) as Body
const changes = async (server: TestServer, query = '') =>
  (await (await server.get(`/v1/drift/changes${query}`)).json()) as Changes

/** A state of two instances, both changed behind it. */
async function drifted(server: TestServer): Promise<void> {
  const seen = [
    reading(web, { size: 1, name: 'a', id: 'web-1' }),
    reading(db, { size: 1, name: 'b', deletion_protection: true }),
  ]
  await server.ingest(...scanOf(state, 's1', [web, db]), ...scanOf(live, 'l1', seen))
  const now = [
    reading(web, { size: 2, name: 'c', id: 'web-1' }),
    reading(db, { size: 1, name: 'b', deletion_protection: false }),
  ]
  await server.ingest(...scanOf(live, 'l2', now))
  await server.drift.whenCaughtUp()
}

describe('the list of drift', () => {
  test('names each instance that differs, how bad it is, and what is covered', async () => {
    await using server = await startTestServer()
    await drifted(server)
    const { drift, coverage, page } = await list(server)
    expect(drift).toMatchObject([
      {
        address: 'toy_db.a',
        status: 'changed',
        tier: 'since_apply',
        severity: 'high',
        state,
        fields: [{ path: 'deletion_protection', before: true, after: false }],
      },
      { address: 'toy_web.a', severity: 'medium', identity: 'web-1', fields: [{ path: 'name' }, { path: 'size' }] },
    ])
    expect(coverage).toEqual({
      managed: 2,
      in_sync: 0,
      changed: 2,
      missing: 0,
      unmanaged: 0,
      unknown: 0,
      suppressed: 0,
      not_covered: 0,
      exists: 0,
      not_applied: 0,
      percent: 100,
    })
    expect(page).toBeNull()
  })

  test('filters, pages, and refuses what it does not answer', async () => {
    await using server = await startTestServer()
    await drifted(server)
    const addresses = async (query: string) => (await list(server, query)).drift.map(({ address }) => address)
    expect(await addresses('?severity=high,critical')).toEqual(['toy_db.a'])
    expect(await addresses('?type=toy_web')).toEqual(['toy_web.a'])
    expect(await addresses('?tag.team=web&tier=since_apply')).toEqual(['toy_db.a', 'toy_web.a'])
    expect(await addresses('?status=missing')).toEqual([])
    expect(await addresses(`?scope=${encodeURIComponent(live)}&since=1h`)).toHaveLength(2)
    expect(await addresses(`?state=${encodeURIComponent(stateScope('other'))}`)).toEqual([])
    const first = await list(server, '?limit=1')
    expect(first.drift).toMatchObject([{ address: 'toy_db.a' }])
    expect(await addresses(`?limit=1&page=${first.page}`)).toEqual(['toy_web.a'])
    for (const query of ['?at=then', '?since=soon', '?status=drifted', '?severty=high'])
      expect([query, (await server.get(`/v1/drift${query}`)).status]).toEqual([query, 400])
  })

  test('has the worst first where it is asked for, page by page, and what is in sync last', async () => {
    await using server = await startTestServer({ limits: { pageMs: 0 } })
    const things = [
      desired('toy_web.a', { size: 1 }),
      desired('toy_web.b', { deletion_protection: true }),
      desired('toy_web.c', { size: 1 }),
      desired('toy_web.d', { deletion_protection: true, size: 1 }),
    ]
    const readings = [{ size: 2 }, { deletion_protection: false }, { size: 1 }, { deletion_protection: false, size: 1 }]
    await server.ingest(
      ...scanOf(state, 's1', things),
      ...scanOf(
        live,
        'l1',
        things.map((thing, at) => reading(thing, readings[at] ?? {})),
      ),
    )
    await server.drift.whenCaughtUp()
    const all = async (query: string) => {
      const found: unknown[] = []
      for (let page = ''; ; ) {
        const answer = await list(server, `?sort=severity&limit=1${query}${page}`)
        found.push(...answer.drift.map(({ address, severity }) => `${address} ${severity}`))
        if (answer.page === null) return found
        page = `&page=${answer.page}`
      }
    }
    const worst = ['toy_web.b high', 'toy_web.d high', 'toy_web.a medium']
    expect(await all('')).toEqual(worst)
    expect(await all('&status=changed,in_sync')).toEqual([...worst, 'toy_web.c null'])
    expect(await all('&status=in_sync')).toEqual(['toy_web.c null'])
    expect(await all('&severity=medium,low')).toEqual(['toy_web.a medium'])
    const { cursor } = await list(server)
    expect(await all(`&at=${cursor}`)).toEqual(worst)
  })

  test('leaves out what a rule ignores, and brings it when it is asked for', async () => {
    await using server = await startTestServer()
    await drifted(server)
    const ignore = { name: 'sizes', reason: 'scaled by hand', untilMs: null, type: ['toy_web'], path: ['size', 'name'] }
    server.rules.set(compileRules({ ignore: [ignore], severity: [], owner: [], driftIgnores: [] }))
    const { drift, coverage } = await list(server)
    expect(drift).toMatchObject([{ address: 'toy_db.a' }])
    expect(coverage).toMatchObject({ managed: 2, changed: 1, suppressed: 1, percent: 100 })
    const all = await (await server.get('/v1/coverage')).json()
    expect(all).toEqual(coverage)
    expect((await list(server, '?include_suppressed=true')).drift).toMatchObject([
      { rule: null },
      { address: 'toy_web.a', rule: 'sizes' },
    ])
    expect((await changes(server)).changes).toMatchObject([{ event: 'open', drift: { address: 'toy_db.a' } }])
  })
})

describe('the list as of the past', () => {
  test('I14: shows at a cursor and at a time what was open then, in pages, and says the same ever after', async () => {
    await using server = await startTestServer()
    const empty = await list(server)
    await drifted(server)
    const both = await list(server)
    const time = new Date().toISOString()
    await server.drift.whenCaughtUp()
    const { as_of } = await list(server, `?at=${time}`)
    expect(Date.parse(as_of)).toBeLessThanOrEqual(Date.parse(time))
    await server.ingest(
      ...scanOf(live, 'l3', [
        reading(web, { size: 1, name: 'a', id: 'web-1' }),
        reading(db, { size: 1, name: 'z', deletion_protection: true }),
      ]),
    )
    await server.drift.whenCaughtUp()
    expect((await list(server)).drift).toMatchObject([{ address: 'toy_db.a', fields: [{ path: 'name' }] }])
    const past = await list(server, `?at=${both.cursor}`)
    expect(past).toEqual({ ...both, coverage: null as never })
    expect((await list(server, `?at=${as_of}`)).drift).toEqual(past.drift)
    expect((await list(server, `?at=${empty.cursor}`)).drift).toEqual([])
    const first = await list(server, `?at=${both.cursor}&limit=1`)
    const second = await list(server, `?at=${both.cursor}&limit=1&page=${first.page}`)
    expect([...first.drift, ...second.drift]).toEqual(past.drift)
    expect((await list(server, `?at=${both.cursor}&type=toy_db`)).drift).toEqual(past.drift.slice(0, 1))
    const before = await server.get('/v1/drift?at=1h')
    expect([before.status, await before.text()]).toEqual([410, expect.stringContaining('is kept from')])
    const answer = await server.get(`/v1/drift?at=${as_of}`)
    expect(answer.headers.get('vaino-as-of')).toBe(as_of)
  })
})

describe('the list against a baseline', () => {
  const against = (server: TestServer, query = '') => list(server, `?against=monday${query}`)

  test('names what has become of the real things since, in the words of their reading, with rules, and what is not known', async () => {
    await using server = await startTestServer()
    await drifted(server)
    await server.engine.baselines.save(server.engine.reader, 'monday', server.engine.reader.head(), null)
    expect((await against(server)).drift).toEqual([])
    const bob = { arn: 'arn:aws:iam::1:user/bob' }
    const now = [
      reading(web, { size: 2, name: 'd', id: 'web-1' }),
      reading(db, { size: 1, name: 'b', deletion_protection: true }),
    ]
    await server.ingest(...scanOf(live, 'l3', now, { by: () => bob }))
    await server.drift.whenCaughtUp()
    const { drift, coverage } = await against(server)
    expect(drift.toSorted((a, b) => (String(a.address) < String(b.address) ? -1 : 1))).toMatchObject([
      { address: 'toy_db.a', status: 'changed', fields: [{ path: 'deletion_protection', before: false, after: true }] },
      { address: 'toy_web.a', fields: [{ path: 'name', before: 'c', after: 'd' }], actor: bob, tier: null },
    ])
    expect(coverage).toMatchObject({ managed: 2, changed: 2, in_sync: 0 })
    expect((await against(server, '&severity=high,critical')).drift).toEqual([])
    expect((await against(server, '&type=toy_db')).coverage as unknown).toBeNull()

    await server.ingest(...scanOf(live, 'l4', [], { errors: [{ message: 'no', code: 'denied' }] }))
    await server.drift.whenCaughtUp()
    const denied = await against(server)
    expect(denied.drift).toMatchObject([
      { status: 'unknown', reason: 'denied', message: 'no' },
      { status: 'unknown', reason: 'denied', message: 'no' },
    ])
    expect(denied.coverage).toMatchObject({ managed: 2, unknown: 2, in_sync: 0, percent: 0 })
  })

  test('what was seen for the first time since is no addition, and what changed after that is told', async () => {
    await using server = await startTestServer()
    await server.engine.baselines.save(server.engine.reader, 'monday', server.engine.reader.head(), null)
    await drifted(server)
    const { drift, coverage } = await against(server)
    expect(drift.map(({ address, status }) => [address, status]).sort()).toEqual([
      ['toy_db.a', 'changed'],
      ['toy_web.a', 'changed'],
    ])
    expect(coverage).toMatchObject({ managed: 2, changed: 2, unmanaged: 0 })
  })

  test('what a rule ignores is suppressed there too, and what makes no sense is refused', async () => {
    await using server = await startTestServer()
    await drifted(server)
    await server.engine.baselines.save(server.engine.reader, 'monday', server.engine.reader.head(), null)
    await server.ingest(...scanOf(live, 'l3', [reading(web, { size: 7, name: 'c', id: 'web-1' })], { errors: [] }))
    const ignore = { name: 'sizes', reason: 'scaled by hand', untilMs: null, type: ['toy_web'], path: ['size'] }
    server.rules.set(compileRules({ ignore: [ignore], severity: [], owner: [], driftIgnores: [] }))
    expect(await against(server, '&type=toy_web')).toMatchObject({ drift: [] })
    expect((await against(server, '&type=toy_web&include_suppressed=true')).drift).toMatchObject([{ rule: 'sizes' }])
    for (const [query, status] of [
      ['?against=tuesday', 404],
      ['?against=monday&at=1h', 400],
      ['?against=monday&limit=1', 400],
    ])
      expect([query, (await server.get(`/v1/drift${query}`)).status]).toEqual([query, status])
  })
})

describe('the log of drift', () => {
  test('goes on from the cursor of a list, neither missing nor repeating anything', async () => {
    await using server = await startTestServer()
    await drifted(server)
    const { cursor } = await list(server)
    await server.ingest(
      ...scanOf(live, 'l3', [
        reading(web, { size: 1, name: 'a', id: 'web-1' }),
        reading(db, { size: 1, name: 'b', deletion_protection: true }),
      ]),
    )
    await server.drift.whenCaughtUp()
    const all = await changes(server)
    const rest = await changes(server, `?offset=${cursor}`)
    expect(all.changes.map(({ event }) => event)).toEqual(['open', 'open', 'resolved', 'resolved'])
    expect(rest.changes).toEqual(all.changes.slice(2))
    expect(rest).toMatchObject({ up_to_date: true, cursor: all.cursor })
    expect(rest.changes.at(0)).toMatchObject({ event: 'resolved', duration_seconds: expect.any(Number) })
    expect((await server.get('/v1/drift/changes?offset=nonsense')).status).toBe(400)
  })

  test('is followed live', async () => {
    await using server = await startTestServer()
    const answer = await server.get('/v1/drift/changes?live=sse&limit=1&event=open&type=toy_db&offset=-1')
    const polled = server.get('/v1/drift/changes?live=long-poll&offset=-1')
    await drifted(server)
    const text = await answer.text()
    expect(text).toContain('event: change')
    expect(text).toContain('"address":"toy_db.a"')
    expect(((await (await polled).json()) as Changes).changes.length).toBeGreaterThan(0)
  })
})

test('coverage counts the states that nobody reads live as unknown', async () => {
  await using server = await startTestServer()
  await drifted(server)
  await server.ingest(...scanOf(stateScope('dark'), 's1', [web]))
  const coverage = await (await server.get('/v1/coverage')).json()
  expect(coverage).toMatchObject({ managed: 3, changed: 2, unknown: 1, not_covered: 1, percent: 66.6 })
})

test('the metrics count drift by status and severity', async () => {
  await using server = await startTestServer()
  await drifted(server)
  const text = await (await server.get('/metrics')).text()
  expect(text).toContain('vaino_drift{status="changed",severity="high"} 1')
  expect(text).toContain('vaino_drift{status="changed",severity="medium"} 1')
})

test('answers have the shapes that the document gives', async () => {
  await using server = await startTestServer()
  await drifted(server)
  await server.ingest(...scanOf(live, 'l3', [], { errors: [{ message: 'no', code: 'denied' }] }))
  await server.drift.whenCaughtUp()
  const fits = async (path: string, schema: z.ZodType) => {
    const body = await (await server.get(path)).json()
    expect(schema.parse(body)).toEqual(body)
  }
  await fits('/v1/drift', schemas.drift)
  await fits('/v1/drift/changes', schemas.driftChanges)
  await fits('/v1/coverage', schemas.coverage)
})
