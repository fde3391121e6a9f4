import { expect, test } from 'bun:test'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { gone, observed, startTestServer, testScope } from './test-server.ts'

/** What a server answers to bytes that no HTTP client would send. */
async function answerTo(url: string, request: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(request.replace('\r\n', '\r\nConnection: close\r\n'))
  return text(socket)
}
const statusOf = (answer: string) => Number(answer.split(' ')[1])

test('a request without a host, or with an empty one, gets the route that it names', async () => {
  await using server = await startTestServer({ tokens: { read: [], ingest: [], admin: ['admin-token'] } })
  const authorized = (request: string) => request.replace('\r\n', '\r\nAuthorization: Bearer admin-token\r\n')
  const status = async (request: string) => statusOf(await answerTo(server.url, authorized(request)))
  expect(await status('GET /healthz HTTP/1.0\r\n\r\n')).toBe(200)
  expect(await status('HEAD /healthz HTTP/1.0\r\n\r\n')).toBe(200)
  expect(await status('GET /v1/resources?limit=1 HTTP/1.1\r\nHost:\r\n\r\n')).toBe(200)
  expect(await answerTo(server.url, 'GET /healthy HTTP/1.0\r\n\r\n')).toContain('There is no /healthy')
  const body = `${JSON.stringify(observed('a'))}\n`
  const ingest = `POST /v1/ingest HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  expect(await answerTo(server.url, authorized(ingest))).toContain('"records":1')
})

test('a body whose size is stated twice is refused, and the ingest goes on', async () => {
  await using server = await startTestServer()
  const body = `${JSON.stringify(observed('a'))}\n`
  const ingest = (...lengths: readonly (number | string)[]) =>
    answerTo(
      server.url,
      `POST /v1/ingest HTTP/1.1\r\nHost: localhost\r\n${lengths.map((length) => `Content-Length: ${length}\r\n`).join('')}\r\n${body}`,
    )
  expect(statusOf(await ingest(body.length, body.length))).toBe(400)
  expect(statusOf(await ingest(`${body.length}, ${body.length}`))).toBe(400)
  for (const id of ['b', 'c']) expect((await server.ingest(observed(id))).length).toBeGreaterThan(0)
  expect((await server.get('/readyz')).status).toBe(200)
  expect(await ingest(body.length)).toContain('"records":1')
})

test('a malformed host is refused as such, whatever the method and whether tokens are configured', async () => {
  const tokens = { read: ['r'], ingest: [], admin: [] }
  for (const options of [{}, { tokens }]) {
    await using server = await startTestServer(options)
    for (const method of ['GET', 'HEAD']) {
      const answer = await answerTo(server.url, `${method} /healthz HTTP/1.1\r\nHost: [::1\r\n\r\n`)
      expect([method, statusOf(answer)]).toEqual([method, 400])
    }
  }
})

test('without tokens a health probe without a host is answered, and any other request without one is refused with the reason', async () => {
  await using server = await startTestServer()
  for (const method of ['GET', 'HEAD']) {
    for (const path of ['/healthz', '/readyz']) {
      const status = async (end: string) => statusOf(await answerTo(server.url, `${method} ${path} ${end}\r\n\r\n`))
      expect([path, await status('HTTP/1.0')]).toEqual([path, 200])
      expect([path, await status('HTTP/1.1\r\nHost:')]).toEqual([path, 200])
      expect([path, await status('HTTP/1.1\r\nHost: rebound.example')]).toEqual([path, 403])
    }
    for (const path of ['/', '/metrics', '/v1/resources', '/healthz/x', '/healthz/../v1/resources'])
      expect([path, statusOf(await answerTo(server.url, `${method} ${path} HTTP/1.0\r\n\r\n`))]).toEqual([path, 403])
  }
  expect(await answerTo(server.url, 'GET /v1/resources HTTP/1.0\r\n\r\n')).toContain('configure tokens')
})

test('HEAD says how long the body of GET is, and of a stream nothing', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('ä'))
  for (const path of ['/v1/resources', '/healthz', '/', '/v1/nothing']) {
    const headers = { 'accept-encoding': 'identity' }
    const length = (await (await server.get(path, { headers })).bytes()).length
    const head = await server.get(path, { method: 'HEAD', headers })
    expect([path, head.headers.get('content-length')]).toEqual([path, String(length)])
  }
  for (const path of ['/v1/snapshot', '/v1/changes?live=sse']) {
    const head = await server.get(path, { method: 'HEAD' })
    expect([path, head.status, head.headers.get('content-length')]).toEqual([path, 200, null])
  }
})

test('a link of another site opens a page, and no stream', async () => {
  await using server = await startTestServer()
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
  const status = async (path: string) => (await server.get(path, { headers, signal: AbortSignal.timeout(5000) })).status
  expect(await status('/')).toBe(200)
  expect(await status('/v1/resources')).toBe(200)
  for (const path of ['/v1/changes?live=sse', '/v1/changes?live=long-poll', '/v1/snapshot', '/v1/diff?from=now'])
    expect([path, await status(path)]).toEqual([path, 403])
})

test('a page beyond the end of a history is refused, and the history of a key that was never seen is not found', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a', { n: 1 }), observed('a', { n: 2 }), gone('a'))
  const history = async (id: string, query: string) =>
    (await server.get(`/v1/resources/${encodeURIComponent(`${testScope}/${id}`)}/history${query}`)).status
  expect(await history('a', '')).toBe(200)
  expect(await history('a', '?page=999999')).toBe(400)
  expect(await history('b', '')).toBe(404)
  expect(await history('b', '?page=1')).toBe(404)
})

test('a field that no change can have is refused', async () => {
  await using server = await startTestServer()
  for (const field of ['/configuration/ttl', 'Configuration.ttl', 'foo', 'configurations', 'metadata.x', '']) {
    const answer = await server.get(`/v1/changes?field=${encodeURIComponent(field)}`)
    expect([field, answer.status]).toEqual([field, 400])
    expect(await answer.text()).toContain('expected a path that begins with type, name')
  }
  for (const field of [
    'configuration',
    'configuration.ttl',
    'configuration["a.b"]',
    'tags.team',
    'region',
    'tags["a b"]',
  ])
    expect([field, (await server.get(`/v1/changes?field=${encodeURIComponent(field)}`)).status]).toEqual([field, 200])
})

test('a time is taken in every form that people write', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a'))
  const seconds = Math.floor(Date.now() / 1000) + 60
  for (const at of ['now', String(seconds), `${seconds}000`, new Date(seconds * 1000).toISOString()]) {
    const answer = await server.get(`/v1/resources?at=${encodeURIComponent(at)}`)
    expect([at, answer.status]).toEqual([at, 200])
    expect([at, ((await answer.json()) as { resources: object[] }).resources.length]).toEqual([at, 1])
  }
  for (const at of ['90s', '2h', '7d', 'yesterday', '2025-01-31']) {
    const answer = await server.get(`/v1/resources?at=${at}`)
    expect([at, answer.status]).toEqual([at, 200])
    expect([at, ((await answer.json()) as { resources: object[] }).resources.length]).toEqual([at, 0])
    expect([at, (await server.get(`/v1/diff?from=${at}&to=now`)).status]).toEqual([at, 200])
  }
  expect(await (await server.get('/v1/resources?at=2h+ago')).text()).toContain('2h or 7d')
})

test('the OpenAPI document says that a full disk is answered with 507', async () => {
  await using server = await startTestServer()
  const document = (await (await server.get('/openapi.json')).json()) as {
    paths: Record<string, { post?: { responses: Record<string, unknown> } }>
  }
  expect(document.paths['/v1/ingest']?.post?.responses).toHaveProperty('507')
})

test('a page of changes is compressed as the client accepts it, and an event stream is not', async () => {
  await using server = await startTestServer()
  await server.ingest(...Array.from({ length: 50 }, (_, n) => observed(`r${n}`, { n })))
  const plain = await (await server.get('/v1/changes')).json()
  for (const encoding of ['gzip', 'zstd']) {
    const answer = await server.get('/v1/changes', { headers: { 'accept-encoding': encoding } })
    expect([answer.headers.get('content-encoding'), answer.headers.get('vary')]).toEqual([encoding, 'Accept-Encoding'])
    expect(answer.headers.get('stream-up-to-date')).toBe('true')
    expect(await answer.json()).toEqual(plain)
  }
  const none = await server.get('/v1/changes', { headers: { 'accept-encoding': 'identity' } })
  expect(none.headers.get('content-encoding')).toBeNull()
  const events = await server.get('/v1/changes?live=sse&limit=1&offset=-1', { headers: { 'accept-encoding': 'gzip' } })
  expect(events.headers.get('content-encoding')).toBeNull()
  expect(await events.text()).toContain('event: change')
})

test('a long-poll waits no longer than the client prefers', async () => {
  await using server = await startTestServer({ limits: { longPollMs: 600_000 } })
  const answer = await server.get('/v1/changes?live=long-poll', { headers: { prefer: 'wait=0' } })
  expect(answer.status).toBe(204)
})

test('the OpenAPI document says what cursors and pages look like, and whether a token is needed', async () => {
  const documentOf = async (options: Parameters<typeof startTestServer>[0]) => {
    await using server = await startTestServer(options)
    return (await (await server.get('/openapi.json')).json()) as {
      paths: Record<
        string,
        { get: { security: object[]; parameters: { name: string; schema: { pattern?: string } }[] } }
      >
      components: { schemas: Record<string, { pattern?: string }> }
    }
  }
  const open = await documentOf({})
  expect(open.paths['/v1/resources']?.get.security).toEqual([{}, { read: [] }])
  expect(open.components.schemas.Cursor?.pattern).toBe('^[A-Za-z0-9_-]{12,400}$')
  const parameters = open.paths['/v1/resources']?.get.parameters ?? []
  expect(parameters.find(({ name }) => name === 'page')?.schema.pattern).toBe('^[A-Za-z0-9._-]+$')
  const guarded = await documentOf({ tokens: { read: ['r'], ingest: [], admin: [] } })
  expect(guarded.paths['/v1/resources']?.get.security).toEqual([{ read: [] }])
})

test('a resource and its changes are found by key in the query, with its slashes as they are', async () => {
  await using server = await startTestServer()
  await server.ingest(
    observed('a', { n: 1 }),
    observed('a/b', { n: 1 }),
    observed('a', { n: 2 }),
    observed('c'),
    gone('c'),
  )
  const asked = async (route: string, id: string, more = '') =>
    (await (await server.get(`${route}?key=${testScope}/${id}${more}`)).text()).match(/"version":\d+/g)
  expect(await asked('/v1/resources', 'a')).toEqual(['"version":2'])
  expect(await asked('/v1/resources', 'a/b')).toEqual(['"version":1'])
  expect(await asked('/v1/resources', 'a', '&type=other')).toBeNull()
  expect(await asked('/v1/resources', 'c')).toBeNull()
  expect(await asked('/v1/resources', 'none')).toBeNull()
  expect(await asked('/v1/changes', 'a')).toEqual(['"version":1', '"version":2'])
  expect(await asked('/v1/snapshot', 'a')).toEqual(['"version":2'])
  expect(await (await server.get('/v1/resources?key=no-key')).json()).toMatchObject({ resources: [], page: null })
})

test('the pages name their files, their links and the API by relative addresses, so a path prefix of a proxy holds', async () => {
  await using server = await startTestServer()
  for (const path of ['/', '/docs']) {
    const html = await (await server.get(path)).text()
    const addresses = [...html.matchAll(/(?:href|src)="([^"#]+)"/g)].map(([, address]) => address ?? '')
    expect(addresses.length).toBeGreaterThan(4)
    for (const address of addresses) {
      expect(address).not.toStartWith('/')
      expect([address, (await server.get(new URL(address, `http://proxy${path}`).pathname)).status]).toEqual([
        address,
        200,
      ])
    }
  }
  for (const path of ['/', '/docs']) {
    const [, script] = /src="\.(\/web\/[^"]+)"/.exec(await (await server.get(path)).text()) ?? []
    const answer = await server.get(script ?? '')
    expect(answer.headers.get('cache-control')).toContain('immutable')
    expect(await answer.text()).not.toMatch(/(?:fetch\(|(?:href|src)[:=]) ?['"`]\//)
  }
})
