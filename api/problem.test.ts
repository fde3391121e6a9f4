import { expect, test } from 'bun:test'
import { VainoError } from '../model/errors.ts'
import { createApp } from './app.ts'
import { problemResponse } from './problem.ts'
import { observed, startTestServer, type TestServer } from './test-server.ts'

interface Problem {
  status: number
  title: string
  type: string
  detail: string
  hint: string
  code: string
}

async function problemOf(answer: Response): Promise<Problem> {
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const problem = (await answer.json()) as Problem
  // A copy: Bun writes what the matchers stand for into the object that it compares.
  expect(structuredClone(problem)).toMatchObject({
    status: answer.status,
    title: expect.any(String),
    type: `/docs#problem-${problem.code}`,
    detail: expect.any(String),
    hint: expect.any(String),
  })
  return problem
}

const asked = async (server: TestServer, path: string, init: RequestInit = {}) =>
  problemOf(await server.get(path, init))

test('a route that does not exist names the nearest one', async () => {
  await using server = await startTestServer()
  expect(await asked(server, '/v1/resorces')).toMatchObject({ status: 404, hint: 'Did you mean /v1/resources?' })
  expect(await asked(server, '/v1/changs')).toMatchObject({ hint: 'Did you mean /v1/changes?' })
  expect(await asked(server, '/metric')).toMatchObject({ hint: 'Did you mean /metrics?' })
  expect(await asked(server, '/something/else/entirely')).toMatchObject({ hint: expect.stringContaining('/docs') })
  expect(await asked(server, '/v1/resources/aws/1/-/vm/i-1')).toMatchObject({
    hint: expect.stringContaining('one segment'),
  })
  expect(await asked(server, '/web/../api/app.ts')).toMatchObject({ status: 404 })
  expect(await asked(server, '/web/..%2Fapi%2Fapp.ts')).toMatchObject({ status: 404 })
})

test('a wrong parameter is refused with what was expected', async () => {
  await using server = await startTestServer()
  for (const [path, said] of [
    ['/v1/resources?limit=0', 'expected a whole number from 1 to 1000'],
    ['/v1/resources?limit=abc', 'expected a whole number from 1 to 1000'],
    ['/v1/resources?limit=', 'expected a whole number from 1 to 1000'],
    ['/v1/resources?limit=1&limit=2', 'expected a whole number from 1 to 1000'],
    ['/v1/resources?type=a&type=b', 'given more than once'],
    ['/v1/resources?tag.a=1&tag.a=2', 'given more than once'],
    ['/v1/resources?tpye=a', 'did you mean "type"?'],
    ['/v1/resources?tag.=a', 'expected at, sort, fields, limit, page'],
    ['/v1/snapshot?sinc=x', 'did you mean "since"?'],
    ['/v1/changes?live=websocket', 'expected "sse" or "long-poll"'],
    ['/v1/changes?op=x', 'expected some of r, c, u, d'],
    ['/v1/changes?offset=now-x', 'is not a cursor'],
    ['/v1/diff', 'expected once: a time or a cursor'],
    ['/v1/scopes?type=a', 'expected status, limit, page, min_cursor'],
    ['/v1/deadletters?page=x', 'is not a page of dead letters'],
    ['/v1/snapshot?since=2026-11-23T12:00:00Z', 'is not a cursor'],
  ] as const) {
    const problem = await asked(server, path)
    expect([path, problem.status]).toEqual([path, 400])
    expect(problem.detail).toContain(said)
  }
})

test('a method that a route does not take is refused with those that it takes', async () => {
  await using server = await startTestServer()
  const answer = await server.get('/v1/ingest', { method: 'DELETE' })
  expect(answer.headers.get('allow')).toBe('POST, OPTIONS')
  expect(await problemOf(answer)).toMatchObject({ status: 405, code: 'method_not_allowed' })
  expect(await asked(server, '/v1/snapshot', { method: 'POST' })).toMatchObject({ status: 405 })
  const options = await server.get('/v1/resources/a%2Fb', { method: 'OPTIONS' })
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
})

test('HEAD answers as GET without the body, and leaves no stream behind', async () => {
  await using server = await startTestServer({ limits: { maxStreamClients: 1, maxBodyReaders: 1 } })
  await server.ingest(observed('a'))
  for (let round = 0; round < 3; round++) {
    for (const path of ['/v1/changes?live=sse', '/v1/snapshot', '/v1/resources', '/']) {
      const answer = await server.get(path, { method: 'HEAD' })
      expect([path, answer.status, await answer.text()]).toEqual([path, 200, ''])
    }
  }
})

test('a body that is no JSON, or not said to be, is refused', async () => {
  await using server = await startTestServer()
  const path = '/v1/scopes/a%2Fb%2Fc%2Fd/release'
  const json = { 'content-type': 'application/json' }
  expect(await asked(server, path, { method: 'POST', body: '{"apply":tru', headers: json })).toMatchObject({
    status: 400,
  })
  expect(await asked(server, path, { method: 'POST', body: '{"apply":true}' })).toMatchObject({ status: 400 })
  expect(await asked(server, path, { method: 'POST', body: '{"apply":true,"x":1}', headers: json })).toMatchObject({
    status: 400,
  })
})

test('an engine that is not ready answers 503 with its problems, and is alive all the same', async () => {
  await using server = await startTestServer()
  expect(await (await server.get('/readyz')).json()).toEqual({ ready: true, problems: [] })
  const engine = { ...server.engine, health: () => ({ ready: false, problems: ['partition 3 has no worker'] }) }
  using app = createApp({ engine, metrics: { contentType: '', render: async () => '' }, emit: () => {}, version: '1' })
  const request = (path: string) => new Request(`http://localhost${path}`, { headers: { host: 'localhost' } })
  const answer = await app.fetch(request('/readyz'))
  expect(answer.headers.get('retry-after')).toBe('2')
  expect(await problemOf(answer)).toMatchObject({ status: 503, ready: false, problems: ['partition 3 has no worker'] })
  expect((await app.fetch(request('/healthz'))).status).toBe(200)
})

test('a defect says nothing of the inside to the client, and everything to the log', async () => {
  await using server = await startTestServer()
  const events: unknown[] = []
  using app = createApp({
    engine: server.engine,
    scopes: () => {
      throw new TypeError('secret inside')
    },
    metrics: { contentType: '', render: async () => '' },
    emit: (event, fields) => events.push([event, fields]),
    version: '1',
  })
  const answer = await app.fetch(new Request('http://localhost/v1/scopes', { headers: { host: 'localhost' } }))
  const problem = await problemOf(answer)
  expect(problem.status).toBe(500)
  expect(JSON.stringify(problem)).not.toContain('secret inside')
  expect(events).toContainEqual(['http_failed', expect.objectContaining({ error: expect.any(TypeError) })])
})

test('every answer carries the headers that keep a browser safe, and every request is counted by its route', async () => {
  await using server = await startTestServer()
  for (const path of ['/', '/docs', '/favicon.ico', '/v1/resources', '/v1/nothing', '/v1/snapshot']) {
    const { headers } = await server.get(path)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBeString()
  }
  const { headers } = await server.get('/')
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  const text = await (await server.get('/metrics')).text()
  expect(text).toContain('vaino_http_requests_total{method="GET",route="/v1/resources",status="200"} 1')
  expect(text).toContain('route="unknown",status="404"')
})

test('a client that is turned away for now gives its connection back', () => {
  const busy = problemResponse(new VainoError('busy', 'too many'))
  expect([busy.status, busy.headers.get('connection')]).toEqual([429, 'close'])
  expect(problemResponse(new VainoError('not_ready', 'not yet')).headers.get('connection')).toBe(null)
})
