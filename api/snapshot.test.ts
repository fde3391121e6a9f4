import { expect, test } from 'bun:test'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import { gone, observed, startTestServer, type TestServer } from './test-server.ts'

interface Line {
  op?: 'put' | 'delete'
  key?: string
  control?: string
  cursor?: string
  count?: number
  resource?: unknown
  version?: number
}
const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

/** A snapshot, checked to be whole. */
async function snapshot(server: TestServer, query = '') {
  const answer = await server.get(`/v1/snapshot${query}`)
  expect(answer.status).toBe(200)
  const lines = linesOf(await answer.text())
  const end = lines.pop()
  expect(end).toMatchObject({ control: 'snapshot-end', count: lines.length })
  return { lines, cursor: end?.cursor ?? '' }
}

/** What a mirror keeps: a thing that changed back has a higher version and the same content. */
const stateOf = (lines: readonly Line[], from: ReadonlyMap<string, unknown> = new Map()) => {
  const state = new Map(from)
  for (const { op, key = '', resource, version } of lines) {
    if (op === 'put') state.set(key, { resource, version })
    else state.delete(key)
  }
  return Object.fromEntries([...state].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

test('a snapshot is everything that is live, and its cursor is where the changes go on', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a'), observed('b'), observed('c'), gone('b'))
  const { lines, cursor } = await snapshot(server)
  expect(lines.map(({ op, key }) => [op, key?.at(-1)])).toEqual([
    ['put', 'a'],
    ['put', 'c'],
  ])
  await server.ingest(observed('a', { size: 2 }))
  const { changes } = (await (await server.get(`/v1/changes?offset=${cursor}`)).json()) as { changes: unknown[] }
  expect(changes).toHaveLength(1)
})

const scopes = ['aws/1/a/vm', 'aws/2/b/vm', 'gcp/3/-/vm']
const step = fc.record({
  scope: fc.constantFrom(...scopes),
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  kind: fc.constantFrom('observed', 'observed', 'observed', 'gone'),
  size: fc.integer({ min: 0, max: 2 }),
  team: fc.constantFrom('web', 'data'),
})

test('I7: snapshot + increment = later snapshot = fold of the changes, for any filter', async () => {
  await using server = await startTestServer()
  const round = fc.array(step, { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(
      round,
      round,
      fc.constantFrom('', 'tag.team=web', 'provider=gcp', 'account=1&tag.team=data'),
      async (first, second, filter) => {
        const send = (steps: typeof first) =>
          server.ingest(
            ...steps.map(({ scope, id, kind, size, team }) =>
              kind === 'gone' ? gone(id, scope) : observed(id, { size }, scope, { team }),
            ),
          )
        await send(first)
        const a = await snapshot(server, `?${filter}`)
        await send(second)
        const b = await snapshot(server, `?${filter}`)
        const increment = await snapshot(server, `?since=${a.cursor}&${filter}`)
        expect(increment.cursor).toBe(b.cursor)
        const before = new Map(Object.entries(stateOf(a.lines)))
        expect(stateOf(increment.lines, before)).toEqual(stateOf(b.lines))
        if (filter === '') {
          const { changes } = (await (await server.get(`/v1/changes?offset=${a.cursor}`)).json()) as {
            changes: { op: string; key: string; version: number; after: unknown }[]
          }
          const folded = changes.map(({ op, key, version, after }) =>
            op === 'd' ? { op: 'delete' as const, key } : { op: 'put' as const, key, version, resource: after },
          )
          expect(stateOf(folded, before)).toEqual(stateOf(b.lines))
        }
      },
    ),
    runs(40),
  )
}, 60_000)

test('I7: an increment has a key that changed and came back, since its version differs', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a', { size: 1 }), observed('b', { size: 1 }))
  const { cursor } = await snapshot(server)
  await server.ingest(observed('a', { size: 2 }))
  await server.ingest(observed('a', { size: 1 }), gone('b'), observed('b', { size: 1 }), observed('c'), gone('c'))
  const { lines } = await snapshot(server, `?since=${cursor}`)
  const found = lines.map(({ op, key, version }) => [op, key?.at(-1), version])
  expect(found.sort()).toEqual([
    ['put', 'a', 3],
    ['put', 'b', 3],
  ])
})

test('I7: a snapshot that is read while everything changes shows the moment at which it began', async () => {
  await using server = await startTestServer()
  const ids = Array.from({ length: 2000 }, (_, n) => `r${n}`)
  await server.ingest(...ids.map((id) => observed(id, { round: 0, padding: 'x'.repeat(200) })))
  const answer = await server.get('/v1/snapshot')
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
  const pieces = [(await reader.read()).value as Uint8Array]
  await server.ingest(...ids.map((id) => observed(id, { round: 1 })), ...ids.slice(0, 500).map((id) => gone(id)))
  for (let read = await reader.read(); !read.done; read = await reader.read()) pieces.push(read.value)
  const lines = linesOf(Buffer.concat(pieces).toString())
  expect(lines.at(-1)).toMatchObject({ control: 'snapshot-end', count: 2000 })
  expect(lines.filter(({ resource }) => JSON.stringify(resource ?? null).includes('"round":0'))).toHaveLength(2000)
})

test('what leaves a filter is deleted from the filtered snapshot', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a', {}, scopes[0], { team: 'web' }), observed('b', {}, scopes[0], { team: 'web' }))
  const { cursor } = await snapshot(server, '?tag.team=web')
  await server.ingest(observed('a', {}, scopes[0], { team: 'data' }))
  const { lines } = await snapshot(server, `?tag.team=web&since=${cursor}`)
  expect(lines).toEqual([{ op: 'delete', key: 'aws/1/a/vm/a', version: 2 }])
})

test('an unchanged snapshot answers 304, a changed one does not, and another filter is another snapshot', async () => {
  await using server = await startTestServer()
  await server.ingest(observed('a'))
  const first = await server.get('/v1/snapshot')
  const etag = first.headers.get('etag') ?? ''
  await first.body?.cancel()
  const again = async (path: string, tag: string) =>
    (await server.get(path, { headers: { 'if-none-match': tag } })).status
  expect(await again('/v1/snapshot', etag)).toBe(304)
  expect(await again('/v1/snapshot', `"other", ${etag.replace('W/', '')}`)).toBe(304)
  expect(await again('/v1/snapshot?type=vm', etag)).toBe(200)
  await server.ingest(observed('b'))
  expect(await again('/v1/snapshot', etag)).toBe(200)
})

test('a snapshot is compressed as the client allows, with the same content', async () => {
  await using server = await startTestServer()
  await server.ingest(...Array.from({ length: 3000 }, (_, n) => observed(`r${n}`, { text: 'some text '.repeat(20) })))
  const asked = async (encoding: string) => {
    // Bun's fetch would decompress by itself.
    const answer = await server.get('/v1/snapshot', {
      headers: { 'accept-encoding': encoding },
      decompress: false,
    } as RequestInit)
    return { name: answer.headers.get('content-encoding'), bytes: Buffer.from(await answer.arrayBuffer()) }
  }
  const plain = await asked('identity')
  expect(plain.name).toBeNull()
  const gzip = await asked('gzip, deflate')
  expect([gzip.name, gunzipSync(gzip.bytes).equals(plain.bytes)]).toEqual(['gzip', true])
  const zstd = await asked('gzip;q=0.5, zstd')
  expect([zstd.name, zstdDecompressSync(zstd.bytes).equals(plain.bytes)]).toEqual(['zstd', true])
  expect(zstd.bytes.length).toBeLessThan(plain.bytes.length / 4)
  expect((await asked('zstd;q=0, *')).name).toBe('gzip')
  expect((await asked('br')).name).toBeNull()
})

test('a diff between two points has one entry a resource, and leaves out what ended as it began', async () => {
  await using server = await startTestServer()
  const from = await server.ingest(observed('a', { n: 1 }), observed('b', { n: 1 }), observed('c', { n: 1 }))
  await server.ingest(observed('a', { n: 2 }), observed('b', { n: 2 }), observed('new'))
  const to = await server.ingest(observed('a', { n: 3 }), observed('b', { n: 1 }), gone('c'))
  const diff = async (query: string) => {
    const answer = await server.get(`/v1/diff?${query}`)
    return (await answer.json()) as {
      from: string
      to: string
      changes: { op: string; key: string; fields: { before: unknown; after: unknown }[] }[]
    }
  }
  const all = await diff(`from=${from}`)
  expect([all.from, all.to]).toEqual([from, to])
  const entries = all.changes.map(({ op, key, fields }) => [op, key.slice(key.lastIndexOf('/') + 1), fields.length])
  expect(entries.toSorted()).toEqual([
    ['c', 'new', 0],
    ['d', 'c', 0],
    ['u', 'a', 1],
  ])
  expect(all.changes.find(({ op }) => op === 'u')?.fields[0]).toMatchObject({ before: 1, after: 3 })
  expect((await diff(`from=${to}`)).changes).toEqual([])
  expect((await diff(`from=2020-01-01T00:00:00Z&to=${from}`)).changes).toHaveLength(3)
  expect((await server.get(`/v1/diff?from=${to}&to=${from}`)).status).toBe(400)
  expect((await server.get('/v1/diff')).status).toBe(400)
})

test('a snapshot that was read to its end is logged with its size, full and incremental ones apart', async () => {
  await using server = await startTestServer()
  const cursor = await server.ingest(observed('a'), observed('ü'))
  const text = await (await server.get('/v1/snapshot', { headers: { 'accept-encoding': 'gzip' } })).text()
  await server.ingest(gone('a'))
  await snapshot(server, `?since=${cursor}`)
  expect(server.events.filter(({ event }) => event === 'snapshot_sent').map(({ fields }) => fields)).toEqual([
    { kind: 'full', resources: 2, bytes: Buffer.byteLength(text), duration_ms: expect.any(Number) },
    { kind: 'incremental', resources: 1, bytes: expect.any(Number), duration_ms: expect.any(Number) },
  ])
  const metrics = await (await server.get('/metrics')).text()
  expect(metrics).toContain(`vaino_snapshot_last_bytes{kind="full"} ${Buffer.byteLength(text)}`)
  expect(metrics).toContain('vaino_snapshot_last_resources{kind="incremental"} 1')
})

test('what a scope that had never been read whole shows for the first time is first seen, and compared with what was seen then', async () => {
  await using server = await startTestServer()
  const scope = 'aws/1/eu-west-1/queue'
  const scan = (name: string, sizes: Readonly<Record<string, number>>) => [
    { kind: 'scan.begin', scope, scan: name },
    ...Object.entries(sizes).map(([id, size]) => ({ ...observed(id, { size }, scope), scan: name })),
    { kind: 'scan.end', scope, scan: name, complete: true, count: Object.keys(sizes).length },
  ]
  const begin = await server.ingest(observed('other'))
  const after = await server.ingest(...scan('s1', { same: 1, grown: 1, gone: 1, back: 1 }))
  await server.ingest(...scan('s2', { same: 1, grown: 2, back: 2, made: 1 }))
  await server.ingest(...scan('s3', { same: 1, grown: 2, back: 1, made: 1 }))
  type Diff = {
    changes: { op: string; key: string; first_seen: string | null; before: object | null; fields: object[] }[]
  }
  const diff = async (query: string) => (await (await server.get(`/v1/diff?${query}`)).json()) as Diff
  const told = ({ changes }: Diff) =>
    changes
      .map(({ op, key, first_seen, before, fields }) => [
        ...[key.split('/').at(-1), op, first_seen !== null, before !== null, fields.length],
      ])
      .sort()
  expect(told(await diff(`from=${begin}`))).toEqual([
    ['back', 'r', true, false, 0],
    ['gone', 'd', true, true, 0],
    ['grown', 'u', true, true, 1],
    ['made', 'c', false, false, 0],
    ['same', 'r', true, false, 0],
  ])
  expect(told(await diff(`from=${after}`))).toEqual([
    ['gone', 'd', false, true, 0],
    ['grown', 'u', false, true, 1],
    ['made', 'c', false, false, 0],
  ])
  // A copy of the state gets what is there, whatever it was called.
  const lines = (await (await server.get(`/v1/snapshot?since=${begin}`)).text()).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line).op ?? 'end').sort()).toEqual(['end', 'put', 'put', 'put', 'put'])
})
