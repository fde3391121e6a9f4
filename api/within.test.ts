import { expect, test } from 'bun:test'
import { desired, liveScopeOf, reading, scanOf as scanOfResources, stateScope } from '../pipeline/drift/estate.case.ts'
import { observed, scanOf, startTestServer, type TestServer, until } from './test-server.ts'

const own = 'aws/111/eu-west-1/vm'
/** The account begins as the one that is allowed does. */
const others = ['aws/1112/eu-west-1/vm', 'aws/222/eu-west-1/vm', 'p/-/-/x']
const restricted = { token: 'team-web-token-001', name: 'team-web', within: ['aws/111/'] }
const tokens = {
  read: [restricted, 'reader-token-0001'],
  ingest: ['sender-token-0001'],
  admin: [{ token: 'admin-111-token-01', within: ['aws/111'] }, 'admin-token-00001'],
}
const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const see = (server: TestServer, path: string) => server.get(path, as(restricted.token))
const send = async (server: TestServer, ...records: object[]) => {
  const body = records.map((record) => JSON.stringify(record)).join('\n')
  const answer = await server.get('/v1/ingest', { method: 'POST', body, ...as('sender-token-0001') })
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { cursor: string }).cursor
}

/** Things in the scope that the token sees and in three others, changed, deleted and attributed. */
async function filled(): Promise<{ server: TestServer; cursor: string }> {
  const server = await startTestServer({ tokens })
  const all = [own, ...others]
  for (const scope of all) await send(server, ...scanOf('s1', ['a', 'b', 'web-1'], scope))
  const cursor = await send(server, observed('c', {}, own))
  for (const scope of all) {
    await send(server, observed('a', { size: 2 }, scope), { kind: 'gone', scope, id: 'b' })
    const event = { id: `e-${scope}`, name: 'Modify', source: 'test' }
    const actor = { type: 'user', id: 'ann@example.com' }
    await send(server, { kind: 'attributed', scope, id: 'a', occurred_at: new Date().toISOString(), actor, event })
  }
  return { server, cursor }
}

/** All routes that answer with what is in scopes, in their forms: none may name a scope that the token doesn't see. */
const routes = (cursor: string): string[] => [
  '/v1/resources',
  '/v1/resources?limit=1',
  '/v1/resources?sort=-changed_at',
  '/v1/resources?type=vm&sort=-changed_at',
  '/v1/resources?type=vm',
  '/v1/resources?q=web',
  '/v1/resources?q=web&sort=-changed_at',
  '/v1/resources?name=name%20of%20a',
  '/v1/resources?key_prefix=aws/',
  '/v1/resources?key_prefix=aws/222/',
  `/v1/resources?scope=${others[1]}`,
  `/v1/resources?key=${others[0]}/a`,
  `/v1/resources?at=${cursor}`,
  `/v1/resources?type=vm&at=${cursor}`,
  '/v1/facets?by=scope,account,type',
  '/v1/facets?by=scope,account&q=web',
  `/v1/facets?by=scope,account&at=${cursor}`,
  '/v1/snapshot',
  '/v1/snapshot?type=vm',
  `/v1/snapshot?since=${cursor}`,
  '/v1/changes?offset=-1&limit=1000',
  '/v1/changes?offset=-1&op=u',
  '/v1/changes?offset=-1&op=a',
  '/v1/changes?order=desc',
  '/v1/changes?order=desc&op=a',
  '/v1/changes?order=desc&actor=ann',
  '/v1/changes?offset=-1&field=configuration.size',
  `/v1/changes?offset=-1&scope=${others[1]}`,
  `/v1/diff?from=${cursor}&to=now`,
  '/v1/scopes',
  '/v1/scopes?status=fresh',
]

test('a token that sees one account is shown nothing of another by any route', async () => {
  const { server, cursor } = await filled()
  await using _ = server
  for (const path of routes(cursor)) {
    const answer = await see(server, path)
    const text = await answer.text()
    expect([path, answer.status]).toEqual([path, 200])
    for (const scope of others)
      expect([path, text.includes(scope), text.includes(`"${scope.split('/')[1]}"`)]).toEqual([path, false, false])
  }
  const all = (await (await see(server, '/v1/resources')).json()) as { total: number; resources: { scope: string }[] }
  expect([all.total, all.resources.length]).toEqual([3, 3])
  const facets = (await (await see(server, '/v1/facets?by=scope')).json()) as { total: number; facets: object }
  expect(facets).toMatchObject({ total: 3, facets: { scope: [[own, 3]] } })
  const earlier = (await (await see(server, `/v1/facets?by=scope&at=${cursor}`)).json()) as { total: number }
  expect(earlier.total).toBe(4)
  const changes = (await (await see(server, '/v1/changes?offset=-1&limit=1000')).json()) as {
    changes: { op: string }[]
  }
  expect(changes.changes.map(({ op }) => op)).toEqual(['r', 'r', 'r', 'c', 'u', 'd', 'a'])
  const back = (await (await see(server, '/v1/changes?order=desc')).json()) as { changes: { op: string }[] }
  expect(back.changes.map(({ op }) => op)).toEqual(['a', 'd', 'u', 'c', 'r', 'r', 'r'])
  expect(await (await see(server, '/v1/summary')).json()).toMatchObject({
    resources: 3,
    scopes: { total: 1 },
    drift: null,
    dead_letters: null,
  })
  expect(await (await see(server, '/v1/me')).json()).toEqual({
    rights: ['read'],
    name: 'team-web',
    within: ['aws/111/'],
  })
})

test('what can not be shown in part is refused to a token that sees some scopes', async () => {
  const { server } = await filled()
  await using _ = server
  const key = (scope: string) => encodeURIComponent(`${scope}/a`)
  for (const scope of others) {
    for (const path of [`/v1/resources/${key(scope)}`, `/v1/resources/${key(scope)}/history`])
      expect([path, (await see(server, path)).status]).toEqual([path, 403])
  }
  expect((await see(server, `/v1/resources/${key(own)}`)).status).toBe(200)
  expect((await see(server, `/v1/resources/${key(own)}/history`)).status).toBe(200)
  expect((await see(server, '/v1/resources/no-key')).status).toBe(403)
  const refused = [
    '/metrics',
    '/v1/activity',
    '/v1/deadletters',
    '/v1/deadletters?of=alerts',
    '/v1/suppressed',
    '/v1/baselines',
    '/v1/coverage',
    '/v1/drift?against=x',
  ]
  for (const path of refused) expect([path, (await see(server, path)).status]).toEqual([path, 403])
  // Each declared route is either in these lists or asks for no right: a new one is refused until it says that it filters.
  const listed = new Set([...routes(''), ...refused].map((path) => path.split('?')[0]))
  const others_ = new Set([
    '/v1/resources/{key}',
    '/v1/resources/{key}/history',
    '/v1/summary',
    '/v1/drift',
    '/v1/drift/changes',
    '/v1/me',
    '/v1/configuration',
    '/healthz',
    '/readyz',
  ])
  const document = (await (await server.get('/openapi.json')).json()) as {
    paths: Record<string, Record<string, object>>
  }
  const reading = Object.entries(document.paths).flatMap(([path, methods]) => ('get' in methods ? [path] : []))
  expect(reading.filter((path) => !listed.has(path) && !others_.has(path))).toEqual([])
})

test('an admin of some scopes releases and forgets these, and sends nothing', async () => {
  const { server } = await filled()
  await using _ = server
  const token = as('admin-111-token-01')
  const forget = (scope: string) =>
    server.get(`/v1/scopes/${encodeURIComponent(scope)}`, { method: 'DELETE', ...token })
  for (const scope of others) expect((await forget(scope)).status).toBe(403)
  expect((await forget(own)).status).toBe(200)
  expect((await server.get('/v1/ingest', { method: 'POST', body: '{}', ...token })).status).toBe(403)
  expect(
    (
      await server.get('/v1/baselines', {
        method: 'POST',
        body: '{"name":"x"}',
        headers: { ...token.headers, 'content-type': 'application/json' },
      })
    ).status,
  ).toBe(403)
})

test('a live stream brings what the token sees, and nothing else', async () => {
  const { server } = await filled()
  await using _ = server
  const answer = await see(server, '/v1/changes?live=sse&offset=now')
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const reading = (async () => {
    for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) text += piece.value
  })()
  await until('it is up to date', () => text.includes('"up_to_date":true'))
  for (const scope of [...others, own]) await send(server, observed('a', { size: 3 }, scope))
  await until('its own change has come', () => text.includes(`${own}/a`))
  for (const scope of others) expect(text.includes(scope)).toBe(false)
  await reader?.cancel()
  await reading
  const poll = see(server, '/v1/changes?live=long-poll&offset=now')
  await send(server, observed('a', { size: 4 }, others[0]), observed('a', { size: 4 }, own))
  const polled = (await (await poll).json()) as { changes: { scope: string }[] }
  expect(polled.changes.map(({ scope }) => scope)).toEqual([own])
})

test('an item of drift is shown where both its state and its real side are seen', async () => {
  const web = desired('toy_web.a', { size: 1 })
  const state = { token: 'state-token-00001', within: [stateScope('app')] }
  const both = { token: 'both-token-000001', within: ['terraform/'] }
  const live = { token: 'live-token-000001', within: [liveScopeOf('app')] }
  await using server = await startTestServer({ tokens: { ...tokens, read: [state, both, live] } })
  await send(
    server,
    ...scanOfResources(stateScope('app'), 's1', [web]),
    ...scanOfResources(liveScopeOf('app'), 'l1', [reading(web, { size: 1 })]),
  )
  await send(server, ...scanOfResources(liveScopeOf('app'), 'l2', [reading(web, { size: 2 })]))
  await server.drift.whenCaughtUp()
  for (const [{ token }, count] of [
    [both, 1],
    [state, 0],
    [live, 0],
  ] as const) {
    const list = (await (await server.get('/v1/drift', as(token))).json()) as {
      drift: object[]
      coverage: object | null
    }
    expect([token, list.drift.length, list.coverage]).toEqual([token, count, null])
    const log = (await (await server.get('/v1/drift/changes?offset=-1', as(token))).json()) as { changes: object[] }
    expect([token, log.changes.length]).toEqual([token, count])
  }
})
