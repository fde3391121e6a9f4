import { expect, test } from 'bun:test'
import type { AttributionEntry, Change } from '../model/change.ts'
import { changes as changesSchema } from './schemas.ts'
import { openFollower } from './test-follower.ts'
import { gone, observed, startTestServer, type TestServer, testScope } from './test-server.ts'

const at = (minute: number): string => new Date(Date.parse('2026-11-23T12:00:00Z') + minute * 60_000).toISOString()
const ann = { name: 'ann', arn: 'arn:aws:iam::1:user/ann' }
const attributed = (id: string, minute: number, event: string, more: object = {}) => ({
  ...{ kind: 'attributed', scope: testScope, id, occurred_at: at(minute), actor: ann },
  ...{ event: { id: event, name: 'ModifyInstance', source: 'ec2.amazonaws.com' }, ...more },
})
const seen = (id: string, n: number, minute: number, tags = {}) => ({
  ...observed(id, { n }, testScope, tags),
  observed_at: at(minute),
})

type Entry = Change | AttributionEntry
const entries = async (server: TestServer, query = ''): Promise<Entry[]> => {
  const answer = await server.get(`/v1/changes?offset=-1&limit=1000${query}`)
  const page = (await answer.json()) as { changes: Entry[] }
  expect(changesSchema.safeParse(page).error).toBeUndefined()
  return page.changes
}
const history = async (server: TestServer, id: string): Promise<Change[]> => {
  const answer = await server.get(`/v1/resources/${encodeURIComponent(`${testScope}/${id}`)}/history`)
  return ((await answer.json()) as { changes: Change[] }).changes
}
const suppressed = async (server: TestServer, reason: string): Promise<number> => {
  const text = await (await server.get('/metrics')).text()
  return Number(new RegExp(`vaino_suppressed_total\\{reason="${reason}"\\} (\\d+)`).exec(text)?.[1])
}

test('who made a change, said after it, is an entry of its own and stands in the change from then on', async () => {
  await using server = await startTestServer()
  await server.ingest(seen('i-1', 1, 0), seen('i-1', 2, 30))
  await using follower = await openFollower(`${server.url}/v1/changes?live=sse`)
  const before = (await history(server, 'i-1'))[0]
  expect(before).toMatchObject({ version: 2, actor: null, occurred_at: null })

  const answer = await server.get('/v1/ingest', { method: 'POST', body: JSON.stringify(attributed('i-1', 20, 'e1')) })
  expect(await answer.json()).toMatchObject({ records: 1, changes: 0, dead_letters: 0 })

  await follower.untilChanges(1)
  const entry = {
    ...{ op: 'a', key: `${testScope}/i-1`, version: 2, scope: testScope, of: before?.id },
    ...{ occurred_at: at(20), actor: ann, resource: { type: 'vm', id: 'i-1' } },
    event: { id: 'e1', name: 'ModifyInstance', source: 'ec2.amazonaws.com' },
  }
  expect(follower.changes[0]).toMatchObject(entry as object)
  expect(Object.keys(follower.changes[0] ?? {}).toSorted()).toEqual([
    'actor',
    'cursor',
    'event',
    'id',
    'key',
    'occurred_at',
    'of',
    'op',
    'recorded_at',
    'resource',
    'scope',
    'version',
  ])
  const [newest, first] = await history(server, 'i-1')
  expect(newest).toEqual({ ...(before as Change), actor: ann, occurred_at: at(20), cursor: newest?.cursor as never })
  expect(first).toMatchObject({ version: 1, actor: null })
  expect((await entries(server)).map(({ op, actor }) => [op, actor])).toEqual([
    ['c', null],
    ['u', ann],
    ['a', ann],
  ])
})

test('one that comes before its change waits for it; the same event adds nothing, then and later', async () => {
  await using server = await startTestServer()
  await server.ingest(attributed('i-1', 3, 'e1'), attributed('i-1', 3, 'e1'), seen('i-1', 1, 5), seen('i-1', 2, 6))
  await server.ingest(attributed('i-1', 3, 'e1'))
  const found = await entries(server)
  expect(found.map(({ op, version, actor }) => [op, version, actor])).toEqual([
    ['c', 1, ann],
    ['a', 1, ann],
    ['u', 2, null],
  ])
  expect(await suppressed(server, 'attribution_repeated')).toBe(2)
  // Another event of that time is the other change's.
  await server.ingest(attributed('i-1', 3, 'e2', { actor: 'bob' }))
  expect((await history(server, 'i-1')).map(({ version, actor }) => [version, actor])).toEqual([
    [2, 'bob'],
    [1, ann],
  ])
})

test('it undoes nothing and moves nothing: items, diffs, incremental snapshots and versions are as before', async () => {
  await using server = await startTestServer()
  const empty = await server.ingest(seen('i-0', 1, 0))
  await server.ingest(seen('i-1', 1, 0), seen('i-2', 1, 0), gone('i-2'), seen('i-0', 2, 1))
  const read = async () => {
    const key = encodeURIComponent(`${testScope}/i-1`)
    const paths = [
      ...[`/v1/resources/${key}`, `/v1/diff?from=${empty}&to=now`, `/v1/snapshot?since=${empty}`, '/v1/resources'],
      ...['/v1/scopes', `/v1/resources?at=${empty}`],
    ]
    const texts = await Promise.all(paths.map(async (path) => (await server.get(path)).text()))
    return texts.map((text) => text.replaceAll(/"(?:cursor|to|as_of|last_\w+)":(?:"[^"]*"|null)/g, ''))
  }
  const before = await read()
  await server.ingest(...['i-0', 'i-1', 'i-2'].map((id) => attributed(id, 1, `of ${id}`)))
  expect(await read()).toEqual(before)
  await server.ingest(seen('i-1', 2, 2))
  expect((await history(server, 'i-1')).map(({ op, version }) => [op, version])).toEqual([
    ['u', 2],
    ['c', 1],
  ])
})

test('filters ask of it what they ask of its change, and op=a brings it alone', async () => {
  await using server = await startTestServer()
  await server.ingest(seen('i-1', 1, 0, { team: 'web' }), seen('i-2', 1, 0, { team: 'data' }))
  await server.ingest(seen('i-1', 2, 30, { team: 'web' }))
  await server.ingest(attributed('i-1', 25, 'e1'), attributed('i-2', 0, 'e2'))
  const found = async (query: string) =>
    (await entries(server, query)).map(({ op, resource }) => `${op} ${resource.id}`)
  expect(await found('&op=a')).toEqual(['a i-1', 'a i-2'])
  expect(await found('&op=u,a&tag.team=web')).toEqual(['u i-1', 'a i-1'])
  expect(await found('&op=a&name=name%20of%20i-2')).toEqual(['a i-2'])
  expect(await found('&op=a&location=eu-west-1&type=vm')).toEqual(['a i-1', 'a i-2'])
  expect(await found('&op=a&type=other')).toEqual([])
  expect(await found('&field=configuration.n')).toEqual(['u i-1', 'a i-1'])
  const refused = await server.get('/v1/changes?op=x')
  expect(refused.status).toBe(400)
})

test('I9: no secret in an actor or an event is kept', async () => {
  await using server = await startTestServer()
  const password = 'hunter2-planted-secret'
  const event = { id: 'e1', name: `PGPASSWORD=${password} psql`, source: null }
  await server.ingest(attributed('i-1', 0, 'e1', { actor: { name: 'ann', password }, event }), seen('i-1', 1, 0))
  const [, entry] = await entries(server)
  expect(entry).toMatchObject({ op: 'a', actor: { name: 'ann' }, event: { name: expect.stringContaining('psql') } })
  expect(JSON.stringify([await entries(server), await history(server, 'i-1')])).not.toContain(password)
})

test('what can not be one is a dead letter that says why', async () => {
  await using server = await startTestServer()
  const records = [
    attributed('i-1', 0, ''),
    attributed('i-1', 0, 'e'.repeat(513)),
    attributed('i-1', 0, 'e1', { occurred_at: 'yesterday' }),
    attributed('i-1', 0, 'e1', { actor: null }),
    attributed('i-1', 0, 'e1', { actor: { name: 'a'.repeat(8200) } }),
    { ...attributed('i-1', 0, 'e1'), event: undefined },
  ]
  await server.get('/v1/ingest', { method: 'POST', body: records.map((one) => JSON.stringify(one)).join('\n') })
  const { deadletters } = (await (await server.get('/v1/deadletters')).json()) as { deadletters: { reason: string }[] }
  expect(deadletters.map(({ reason }) => /invalid_record: (\S+):/.exec(reason)?.[1]).toReversed()).toEqual([
    ...['event.id', 'event.id', 'occurred_at', 'actor', 'actor', 'event'],
  ])
  expect(await entries(server)).toEqual([])
})
