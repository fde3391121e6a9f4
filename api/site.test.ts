import { expect, test } from 'bun:test'
import { siteOf } from './site.ts'
import { observed, startTestServer } from './test-server.ts'

const publicUrl = 'https://ops.example.com/vaino'
const dash = 'https://dash.example.com'
const site = siteOf(publicUrl, [dash])

/** What a browser sends from a page of an origin. */
const from = (origin: string, fetchSite = 'cross-site') => ({ origin, 'sec-fetch-site': fetchSite })

test('the page at the public address may use the API, whatever the proxy makes of Host', async () => {
  await using server = await startTestServer({ site })
  const body = `${JSON.stringify(observed('a'))}\n`
  const hosts = [{}, { host: 'ops.example.com' }, { host: 'OPS.example.com:443' }]
  for (const host of hosts) {
    const headers = { ...host, ...from('https://ops.example.com', 'same-origin') }
    expect((await server.get('/v1/resources', { headers })).status).toBe(200)
    expect((await server.get('/v1/ingest', { method: 'POST', body, headers })).status).toBe(200)
  }
})

test('foreign pages and rebound names stay refused beside a public address and allowed origins', async () => {
  await using server = await startTestServer({ site })
  const status = async (headers: Record<string, string>, init: RequestInit = {}) =>
    (await server.get('/v1/resources', { ...init, headers })).status
  const foreign = [
    'https://evil.example',
    'http://ops.example.com',
    'https://ops.example.com:8443',
    'https://ops.example.com.evil.example',
    'https://dash.example.com.evil.example',
    'http://dash.example.com',
    'null',
    '',
  ]
  for (const origin of foreign) {
    expect([origin, await status(from(origin))]).toEqual([origin, 403])
    const asked = { ...from(origin), 'access-control-request-method': 'POST' }
    const preflight = await server.get('/v1/ingest', { method: 'OPTIONS', headers: asked })
    expect([origin, preflight.status]).toEqual([origin, 403])
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
    expect(preflight.headers.get('access-control-allow-methods')).toBeNull()
  }
  for (const host of ['evil.example', 'dash.example.com', 'ops.example.com.evil.example', 'a.ops.example.com'])
    expect([host, await status({ host })]).toEqual([host, 403])
  expect(await status({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).toBe(403)
})

test('the refusal of a page names the setting that admits it', async () => {
  await using server = await startTestServer()
  const refused = async (headers: Record<string, string>) =>
    ((await (await server.get('/v1/scopes', { headers })).json()) as { hint: string }).hint
  expect(await refused(from('https://ops.example.com'))).toMatch(/public_url.*cors_origins/)
  expect(await refused({ host: 'ops.example.com' })).toMatch(/public_url/)
})

test('a page of an allowed origin may ask, send and read, its refusals included, and learns the headers of a stream', async () => {
  await using server = await startTestServer({ site })
  const preflight = await server.get('/v1/scopes/a%2Fb%2Fc%2Fd', {
    method: 'OPTIONS',
    headers: {
      ...from(dash),
      'access-control-request-method': 'DELETE',
      'access-control-request-headers': 'authorization',
    },
  })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-origin')).toBe(dash)
  expect(preflight.headers.get('access-control-allow-methods')).toContain('DELETE')
  expect(preflight.headers.get('access-control-allow-headers')).toMatch(/Authorization.*Last-Event-ID.*Producer-Seq/)
  const asked = await server.get('/v1/changes', { headers: from(dash) })
  expect(asked.status).toBe(200)
  expect(asked.headers.get('access-control-allow-origin')).toBe(dash)
  expect(asked.headers.get('access-control-expose-headers')).toContain('Stream-Next-Offset')
  expect(asked.headers.get('access-control-allow-credentials')).toBeNull()
  expect(asked.headers.get('vary')).toContain('Origin')
  const wrong = await server.get('/v1/changes?offset=wrong', { headers: from(dash) })
  expect([wrong.status, wrong.headers.get('access-control-allow-origin')]).toEqual([400, dash])
})

test('a preflight needs no token, and what it allows does', async () => {
  const tokens = { read: ['reader-token-0001'], ingest: [], admin: [] }
  await using server = await startTestServer({ site, tokens })
  const asked = { ...from(dash), 'access-control-request-method': 'GET' }
  expect((await server.get('/v1/resources', { method: 'OPTIONS', headers: asked })).status).toBe(204)
  const without = await server.get('/v1/resources', { headers: from(dash) })
  expect([without.status, without.headers.get('access-control-allow-origin')]).toEqual([401, dash])
  const headers = { ...from(dash), authorization: 'Bearer reader-token-0001' }
  expect((await server.get('/v1/resources', { headers })).status).toBe(200)
})

test('no answer speaks of CORS where no origin is configured, and caches keep origins apart where one is', async () => {
  await using plain = await startTestServer({ site: siteOf(publicUrl, []) })
  const own = await plain.get('/v1/scopes', { headers: from('https://ops.example.com', 'same-origin') })
  expect([...own.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  await using open = await startTestServer({ site })
  const nobody = await open.get('/v1/scopes')
  expect([nobody.headers.get('vary'), nobody.headers.get('access-control-allow-origin')]).toEqual([
    'Accept-Encoding, Origin',
    null,
  ])
})

test('routes are the same with the prefix in the path and without it', async () => {
  await using server = await startTestServer({ site })
  await server.ingest(observed('a'))
  for (const prefix of ['', '/vaino']) {
    const page = await server.get(`${prefix}/`)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    const [, script] = /src="\.(\/web\/[^"]+)"/.exec(await page.text()) ?? []
    expect((await server.get(`${prefix}${script}`)).status).toBe(200)
    expect((await server.get(`${prefix}/drift`)).status).toBe(200)
    expect((await server.get(`${prefix}/docs`)).status).toBe(200)
    expect(await (await server.get(`${prefix}/v1/resources?limit=1`)).json()).toMatchObject({
      resources: [{ version: 1 }],
    })
    const key = encodeURIComponent('aws/1/eu-west-1/vm/a')
    expect((await server.get(`${prefix}/v1/resources/${key}`)).status).toBe(200)
    expect((await server.get(`${prefix}/v1/resources`, { method: 'HEAD' })).status).toBe(200)
    const body = `${JSON.stringify(observed('b', { prefix }))}\n`
    expect((await server.get(`${prefix}/v1/ingest`, { method: 'POST', body })).status).toBe(200)
  }
  for (const wrong of ['/vain/v1/scopes', '/vaino/vaino/v1/scopes', '/vainoo/v1/scopes', '/vaino/../vaino//v1/scopes'])
    expect([wrong, (await server.get(wrong)).status]).toEqual([wrong, 404])
  const bare = await server.get('/vaino', { redirect: 'manual' })
  expect([bare.status, bare.headers.get('location')]).toEqual([308, '/vaino/'])
})

test('a cross-site link may not hold a stream below the prefix either', async () => {
  await using server = await startTestServer({ site })
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
  expect((await server.get('/vaino/v1/changes?live=sse', { headers })).status).toBe(403)
  expect((await server.get('/vaino/', { headers })).status).toBe(200)
})

test('addresses that answers hold lead below the prefix', async () => {
  await using server = await startTestServer({ site })
  const { servers } = (await (await server.get('/openapi.json')).json()) as { servers: object[] }
  expect(servers).toEqual([{ url: publicUrl }])
  const typeOf = async (path: string, init: RequestInit = {}) =>
    ((await (await server.get(path, init)).json()) as { type: string }).type
  expect(await typeOf('/v1/nothing')).toBe('/vaino/docs#problem-not_found')
  expect(await typeOf('/v1/changes?offset=wrong')).toMatch(/^\/vaino\/docs#problem-/)
  const producer = { 'producer-id': 'p', 'producer-epoch': '0', 'producer-seq': '5' }
  const gap = { method: 'POST', headers: producer, body: `${JSON.stringify(observed('a'))}\n` }
  expect(await typeOf('/v1/ingest', gap)).toBe('/vaino/docs#problem-producer_gap')
  await using direct = await startTestServer()
  expect(await (await direct.get('/openapi.json')).json()).toMatchObject({ servers: [{ url: '.' }] })
})

test('a prefix that a proxy left in the path is recognised, and the setting for it named', async () => {
  await using server = await startTestServer()
  for (const path of ['/vaino/', '/vaino/v1/scopes', '/tools/vaino/v1/resources/a']) {
    const answer = await server.get(path)
    expect([answer.status, ((await answer.json()) as { hint: string }).hint]).toEqual([
      404,
      expect.stringMatching(/^If \/(tools\/)?vaino is the path prefix of a proxy, set public_url/),
    ])
  }
})

test('a key or a scope whose slashes a proxy has decoded is found all the same', async () => {
  await using server = await startTestServer({ site: siteOf('https://ops.example.com/vaino', []) })
  const scope = 'terraform/infra%2Fprod/-/state'
  await server.ingest(observed('a b/c', {}, scope), observed('a b/c', { size: 2 }, scope))
  // As nginx passes on what it has decoded: a percent sign is encoded anew, a slash is not.
  const key = 'terraform/infra%252Fprod/-/state/a%20b/c'
  for (const prefix of ['', '/vaino']) {
    const one = await server.get(`${prefix}/v1/resources/${key}`)
    expect([one.status, await one.json()]).toEqual([200, expect.objectContaining({ key: `${scope}/a b/c` })])
    const history = await server.get(`${prefix}/v1/resources/${key}/history`)
    expect(((await history.json()) as { changes: unknown[] }).changes.length).toBe(2)
  }
  const absent = await server.get('/v1/resources/terraform/nothing')
  expect(absent.status).toBe(404)
  const forgotten = await server.get('/v1/scopes/terraform/infra%252Fprod/-/state', { method: 'DELETE' })
  expect(forgotten.status).toBe(200)
})
