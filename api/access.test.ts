import { expect, test } from 'bun:test'
import net from 'node:net'
import { VainoError } from '../model/errors.ts'
import { isLoopback } from './origin.ts'
import { parseListen, serve } from './server.ts'
import { observed, startTestServer } from './test-server.ts'

const tokens = { read: ['reader-token-0001'], ingest: ['sender-token-0001'], admin: ['admin-token-00001'] }
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

test('where tokens are configured, each route asks for its right, and an admin may do everything', async () => {
  await using server = await startTestServer({ tokens })
  const body = `${JSON.stringify(observed('a'))}\n`
  const release = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"apply":true}' }
  const routes: [string, string, RequestInit][] = [
    ['read', '/v1/resources', {}],
    ['read', '/v1/changes', {}],
    ['read', '/metrics', {}],
    ['ingest', '/v1/ingest', { method: 'POST', body }],
    ['admin', '/v1/scopes/a%2Fb%2Fc%2Fd/release', release],
  ]
  for (const [right, path, init] of routes) {
    const status = async (headers: Record<string, string>) => {
      const answer = await server.get(path, { ...init, headers: { ...(init.headers as object), ...headers } })
      return [answer.status, answer.headers.get('www-authenticate')]
    }
    expect(await status({})).toEqual([401, 'Bearer realm="vaino"'])
    expect((await status(bearer('wrong-token-00001')))[0]).toBe(401)
    expect((await status({ authorization: `Basic ${tokens.read[0]}` }))[0]).toBe(401)
    for (const [name, list] of Object.entries(tokens)) {
      const [found] = await status(bearer(list[0] ?? ''))
      if (name === right || name === 'admin')
        expect([path, name, [200, 404]]).toEqual([path, name, expect.arrayContaining([found])])
      else expect([path, name, found]).toEqual([path, name, 403])
    }
  }
  for (const path of ['/', '/docs', '/openapi.json', '/healthz', '/readyz'])
    expect((await server.get(path)).status).toBe(200)
})

test('a token is asked for before anything else is looked at', async () => {
  await using server = await startTestServer({ tokens })
  expect((await server.get('/v1/resources?limit=wrong')).status).toBe(401)
})

test('an address that others can reach is refused without tokens, and served with them', async () => {
  await using server = await startTestServer()
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'vaino.example']) {
    const refused = () =>
      serve({ app: server.app, listen: { host, port: 0 }, tokens: { read: [], ingest: [], admin: [] } })
    await expect(refused()).rejects.toThrow(VainoError)
    await expect(refused()).rejects.toThrow(/tokens/)
  }
  await using open = await serve({ app: server.app, listen: { host: '0.0.0.0', port: 0 }, tokens })
  expect(open.url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/)
})

test('a port in use names the address and the way out', async () => {
  await using server = await startTestServer()
  const port = Number(new URL(server.url).port)
  const twice = () => serve({ app: server.app, listen: { host: '127.0.0.1', port }, tokens })
  await expect(twice()).rejects.toThrow(
    expect.objectContaining({ code: 'port_in_use', message: expect.stringContaining(`127.0.0.1:${port}`) }),
  )
  const elsewhere = () => serve({ app: server.app, listen: { host: '192.0.2.1', port: 0 }, tokens })
  await expect(elsewhere()).rejects.toThrow(expect.objectContaining({ code: 'bad_config' }))
})

/** A request with headers that fetch would not send. */
const raw = (url: string, lines: readonly string[]) =>
  new Promise<number>((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const socket = net.connect({ host: hostname, port: Number(port) }, () => {
      socket.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`)
    })
    let text = ''
    socket.on('data', (piece: Buffer) => {
      text += piece.toString()
    })
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])))
    socket.on('error', reject)
  })

test('without tokens only this machine may be named as host, so a rebound name reaches nothing', async () => {
  await using server = await startTestServer()
  const status = (host: string) => raw(server.url, ['GET /v1/resources HTTP/1.1', `Host: ${host}`])
  for (const host of ['127.0.0.1', 'localhost:8420', '[::1]:1', '127.1.2.3'])
    expect([host, await status(host)]).toEqual([host, 200])
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', '0.0.0.0', ''])
    expect([host, await status(host)]).toEqual([host, 403])
  const refused = server.events.filter(({ event, fields }) => event === 'http_request' && fields.status === 403)
  expect(refused).toHaveLength(6)
  await using guarded = await startTestServer({ tokens })
  const named = ['GET /v1/resources HTTP/1.1', 'Host: vaino.example', 'Authorization: Bearer reader-token-0001']
  expect(await raw(guarded.url, named)).toBe(200)
})

test("another site's page may neither send nor read", async () => {
  await using server = await startTestServer()
  const { host } = new URL(server.url)
  const body = `${JSON.stringify(observed('a'))}\n`
  const send = async (headers: Record<string, string>) =>
    (await server.get('/v1/ingest', { method: 'POST', body, headers: { 'content-type': 'text/plain', ...headers } }))
      .status
  for (const origin of ['https://evil.example', 'http://localhost:1', 'null', `http://${host}.evil.example`])
    expect([origin, await send({ origin })]).toEqual([origin, 403])
  expect(await send({ 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect(await send({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(403)
  expect(await (await server.get('/v1/resources')).json()).toMatchObject({ resources: [] })
  expect(await send({ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })).toBe(200)

  const read = async (headers: Record<string, string>) => (await server.get('/v1/resources', { headers })).status
  expect(await read({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).toBe(403)
  expect(await read({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(200)
  expect(await read({ 'sec-fetch-site': 'none' })).toBe(200)
  expect((await server.get('/v1/resources')).headers.get('access-control-allow-origin')).toBeNull()
})

test('an address to listen on is HOST:PORT', () => {
  expect(parseListen('127.0.0.1:8420')).toEqual({ host: '127.0.0.1', port: 8420 })
  expect(parseListen('[::1]:0')).toEqual({ host: '::1', port: 0 })
  expect(parseListen('localhost:80')).toEqual({ host: 'localhost', port: 80 })
  for (const wrong of ['8420', ':8420', '127.0.0.1', '127.0.0.1:99999', 'a b:1', '::1:80', 'http://localhost:1'])
    expect(() => parseListen(wrong)).toThrow(VainoError)
  expect(['127.0.0.1', '127.9.9.9', 'LOCALHOST', '::1', '[::1]'].every(isLoopback)).toBe(true)
  expect(['0.0.0.0', '::', '128.0.0.1', '127.0.0.1.example', 'localhost.example', ''].some(isLoopback)).toBe(false)
})
