import { expect, test } from 'bun:test'
import { createServer, type ServerResponse } from 'node:http'
import { VainoError } from '../../model/errors.ts'
import { type Server, serverOf } from '../server.ts'
import { follow } from './follow.ts'

/** What a server does with one connection: it may break at any point, which the real one does only when it is killed. */
type Script = (response: ServerResponse, offset: string | null) => void

/** A server that answers its n-th connection by the n-th script, over real connections. */
async function scripted(
  scripts: readonly Script[],
): Promise<AsyncDisposable & { readonly server: Server; readonly offsets: (string | null)[] }> {
  const offsets: (string | null)[] = []
  const http = createServer((request, response) => {
    const offset = new URL(request.url ?? '', 'http://x').searchParams.get('offset')
    offsets.push(offset)
    scripts[offsets.length - 1]?.(response, offset)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  const port = typeof address === 'object' ? address?.port : null
  return {
    server: await serverOf({ server: `127.0.0.1:${port}`, color: false }),
    offsets,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

const open = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' })
const change = (n: number) => `event: change\nid: cursor-${n}\ndata: {"version":${n}}\n\n`
const refuse =
  (status: number, code: string): Script =>
  (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/problem+json' })
      .end(JSON.stringify({ code, status, title: 't', detail: 'd' }))

/** Follows until so many changes have come, or it ends. */
async function versions(
  server: Server,
  count: number,
  told: string[] = [],
  on: Readonly<Record<number, () => void>> = {},
): Promise<number[]> {
  const found: number[] = []
  const signal = new AbortController().signal
  const query = { offset: 'now' }
  for await (const each of follow({ server, query, signal, tell: (text) => void told.push(text), firstWaitMs: 1 })) {
    const { version } = each.parse()
    found.push(version)
    on[version]?.()
    if (found.length === count) break
  }
  return found
}

test('a connection that breaks, ends or is refused for a while is made again from the last cursor: nothing is missed or repeated', async () => {
  let breakOff = () => {}
  await using scene = await scripted([
    (response) => {
      open(response).write(change(1))
      // The last one breaks off in its middle, when the ones before it were read; it must come again.
      response.write(`${change(2)}event: change\nid: cursor-3\ndata: {"ver`)
      breakOff = () => void response.destroy()
    },
    refuse(503, 'not_ready'),
    (response) => void open(response).end(change(3)),
    (response) => void open(response).end('event: control\ndata: {"cursor":"cursor-9","up_to_date":true}\n\n'),
    (response) => void open(response).write(change(4)),
  ])
  const told: string[] = []
  expect(await versions(scene.server, 4, told, { 2: () => breakOff() })).toEqual([1, 2, 3, 4])
  expect(scene.offsets).toEqual(['now', 'cursor-2', 'cursor-2', 'cursor-3', 'cursor-9'])
  expect(told[0]).toBe('the connection was lost; connecting again')
  expect(told).toContain('connected again')
})

test('what "now" was is not forgotten when a connection breaks before its first event', async () => {
  await using scene = await scripted([
    (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'stream-next-offset': 'cursor-0' })
      response.write(': heartbeat\n\n', () => setImmediate(() => response.destroy()))
    },
    (response) => void open(response).write(change(1)),
  ])
  expect(await versions(scene.server, 1)).toEqual([1])
  expect(scene.offsets).toEqual(['now', 'cursor-0'])
})

test('what a retry can not heal ends it: an expired cursor after a reconnection, a refusal at the start', async () => {
  await using expired = await scripted([
    (response) => void open(response).end(change(1)),
    refuse(410, 'cursor_expired'),
  ])
  expect(versions(expired.server, 2)).rejects.toMatchObject({ code: 'cursor_expired' })
  await using refused = await scripted([refuse(503, 'not_ready')])
  const failure = await versions(refused.server, 1).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(VainoError)
})

test('an interruption ends it, whatever it is doing', async () => {
  await using scene = await scripted([(response) => void open(response).write(change(1)), refuse(503, 'not_ready')])
  const stop = new AbortController()
  const options = { server: scene.server, query: {}, signal: stop.signal, tell: () => {} }
  for await (const each of follow(options)) {
    expect(each.parse().version).toBe(1)
    stop.abort()
  }
})
