import { expect, test } from 'bun:test'
import net from 'node:net'
import { openFollower } from './test-follower.ts'
import { observed, startTestServer, type TestServer, until } from './test-server.ts'

/** A client that asks and then reads nothing until it is told to. */
interface StalledClient extends Disposable {
  /** Reads everything that is there, and answers with it once the server has ended the connection or the answer. */
  drain(): Promise<string>
}

async function stalledClient(url: string, path: string): Promise<StalledClient> {
  const { hostname, port, host } = new URL(url)
  const socket = net.connect({ host: hostname, port: Number(port) })
  socket.pause()
  socket.on('error', () => socket.destroy())
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  return {
    drain: () =>
      new Promise((resolve) => {
        const pieces: Buffer[] = []
        socket.on('data', (piece: Buffer) => pieces.push(piece))
        socket.on('close', () => resolve(Buffer.concat(pieces).toString()))
        socket.resume()
      }),
    [Symbol.dispose]: () => socket.destroy(),
  }
}

const padding = 'x'.repeat(8000)
const total = 3000

/** 24 MB of documents: what one reader would hold if anything were read for it in advance. */
async function fill(server: TestServer): Promise<void> {
  for (let n = 0; n < total; n += 500)
    await server.ingest(...Array.from({ length: 500 }, (_, i) => observed(`r${n + i}`, { padding, n: n + i })))
}
const cuts = ({ events }: TestServer) => events.filter(({ event }) => event === 'stream_cut')
const rssMb = () => process.memoryUsage.rss() / 1e6

test('I10: followers that stop reading cost next to nothing, delay nobody, and are closed with the cursor to resume at', async () => {
  await using server = await startTestServer({ limits: { stallMs: 1500 } })
  await fill(server)
  Bun.gc(true)
  const before = rssMb()
  const stalled = await Promise.all(
    Array.from({ length: 20 }, () => stalledClient(server.url, '/v1/changes?live=sse&offset=-1')),
  )
  await until('they are served', () => server.events.filter(({ event }) => event === 'stream_opened').length === 20)

  await using reader = await openFollower(`${server.url}/v1/changes?live=sse&offset=now-500`)
  await reader.until('it is up to date', () => reader.events.at(-1)?.event === 'control')
  const got = reader.changes.length
  const startedMs = performance.now()
  await server.ingest(observed('new'))
  await reader.untilChanges(got + 1)
  expect(performance.now() - startedMs).toBeLessThan(1000)

  await until('the others are cut off', () => cuts(server).length === 20)
  // All of it for each of them would be 500 MB.
  expect(rssMb() - before).toBeLessThan(150)
  for (const { fields } of cuts(server)) expect(Number(fields.queued_bytes)).toBeLessThan(80_000)

  const text = await (stalled[0] as StalledClient).drain()
  const ids = [...text.matchAll(/^event: change\nid: (.+)$/gm)].map(([, id]) => id)
  const last = /^event: control\nid: (.+)\ndata: (.+)$/m.exec(text.slice(text.lastIndexOf('event: control')))
  expect(JSON.parse(last?.[2] ?? 'null')).toEqual({
    cursor: ids.at(-1),
    up_to_date: false,
    closing: 'slow_reader',
  })
  expect(ids.length).toBeLessThan(total)
  const rest = await server.get(`/v1/changes?offset=${last?.[1]}&limit=1`)
  expect(await rest.json()).toMatchObject({
    changes: [{ id: `${server.engine.reader.head().findIndex(Boolean)}-${ids.length + 1}` }],
  })
  for (const client of stalled) client[Symbol.dispose]()
}, 60_000)

test('I10: a snapshot that nobody reads on is not made, and is cut off without its last line', async () => {
  await using server = await startTestServer({ limits: { stallMs: 800 } })
  await fill(server)
  Bun.gc(true)
  const before = rssMb()
  const stalled = await Promise.all(
    Array.from({ length: 15 }, (_, n) =>
      stalledClient(server.url, n % 2 ? '/v1/snapshot' : '/v1/diff?from=2020-01-01T00:00:00Z'),
    ),
  )
  await until('they are cut off', () => cuts(server).length === 15)
  expect(rssMb() - before).toBeLessThan(150)
  const text = await (stalled[1] as StalledClient).drain()
  expect(text).toContain('"op":"put"')
  expect(text).not.toContain('snapshot-end')
  for (const client of stalled) client[Symbol.dispose]()
}, 60_000)

test('a client that goes away frees its slot', async () => {
  await using server = await startTestServer()
  await fill(server)
  const clients = await Promise.all(
    ['/v1/changes?live=sse&offset=-1', '/v1/changes?live=sse', '/v1/snapshot', '/v1/changes?live=long-poll'].map(
      (path) => stalledClient(server.url, path),
    ),
  )
  const of = (name: string) => server.events.filter(({ event }) => event === name)
  await until('all are served', () => of('stream_opened').length === 4)
  for (const client of clients) client[Symbol.dispose]()
  await until('all places are free', () => of('stream_closed').length === 4)
  expect(of('stream_closed').map(({ fields }) => fields.reason)).toEqual(['client', 'client', 'client', 'client'])
}, 60_000)
