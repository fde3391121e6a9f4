import { expect, test } from 'bun:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { observed, scanOf, startTestServer, type TestServer, testScope } from './test-server.ts'

const ndjson = (...records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('')
const post = (
  server: TestServer,
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  headers: Record<string, string> = {},
) => server.get('/v1/ingest', { method: 'POST', body, headers })

test('an ingest answers after the commit, with a cursor that contains it', async () => {
  await using server = await startTestServer()
  const answer = await post(server, ndjson(observed('a'), observed('b'), observed('a')))
  const body = (await answer.json()) as Record<string, unknown>
  expect(body).toEqual({ records: 3, changes: 2, dead_letters: 0, cursor: expect.any(String) })
  const rest = await server.get(`/v1/changes?offset=${body.cursor}`)
  expect(await rest.json()).toMatchObject({ changes: [], up_to_date: true })
  expect(await (await post(server, '')).json()).toMatchObject({ records: 0, changes: 0, dead_letters: 0 })
})

test('I13: lines that cannot be used become dead letters and harm nothing else', async () => {
  await using server = await startTestServer()
  const lines = [ndjson(observed('a')), 'not json\n', '{"kind":"what"}\n', ndjson(observed('b')), '\u0000\u0001\n']
  const answer = await post(server, lines.join(''))
  expect(await answer.json()).toMatchObject({ changes: 2, dead_letters: 3 })
  type Page = { deadletters: { reason: string; source: string; preview: string; at: string }[]; page: string | null }
  const page = async (query: string) => (await (await server.get(`/v1/deadletters${query}`)).json()) as Page
  const all = await page('')
  expect(all.deadletters.map(({ source }) => source).toSorted()).toEqual([
    'ingest line 2',
    'ingest line 3',
    'ingest line 5',
  ])
  expect(all.page).toBeNull()
  const first = await page('?limit=2')
  const second = await page(`?limit=2&page=${first.page}`)
  expect([...first.deadletters, ...second.deadletters]).toEqual(all.deadletters)
})

test('a producer that numbers its requests has each applied once', async () => {
  await using server = await startTestServer()
  const send = (epoch: number, seq: number) =>
    post(server, ndjson(observed('a', { epoch, seq })), {
      'producer-id': 'p1',
      'producer-epoch': String(epoch),
      'producer-seq': String(seq),
    })
  expect((await send(1, 0)).status).toBe(200)
  const repeated = await send(1, 0)
  expect([repeated.status, await repeated.text()]).toEqual([204, ''])
  expect(repeated.headers.get('stream-next-offset')).toBeString()
  expect((await send(1, 1)).status).toBe(200)

  const gap = await send(1, 5)
  expect(gap.status).toBe(409)
  expect([gap.headers.get('producer-expected-seq'), gap.headers.get('producer-received-seq')]).toEqual(['2', '5'])
  expect(await gap.json()).toMatchObject({ code: 'producer_gap', expected_seq: 2, received_seq: 5 })

  expect((await send(2, 0)).status).toBe(200)
  const stale = await send(1, 2)
  expect(stale.status).toBe(403)
  expect(await stale.json()).toMatchObject({ code: 'stale_epoch' })
  const item = (await (await server.get(`/v1/resources/${encodeURIComponent(`${testScope}/a`)}`)).json()) as object
  expect(item).toMatchObject({ version: 3, resource: { configuration: { epoch: 2, seq: 0 } } })
})

test('the producer headers belong together and are checked', async () => {
  await using server = await startTestServer()
  for (const headers of [
    { 'producer-id': 'p' },
    { 'producer-id': 'p', 'producer-epoch': '1' },
    { 'producer-epoch': '1', 'producer-seq': '0' },
    { 'producer-id': 'p', 'producer-epoch': '-1', 'producer-seq': '0' },
    { 'producer-id': 'p', 'producer-epoch': '1', 'producer-seq': '1.5' },
    { 'producer-id': 'p'.repeat(201), 'producer-epoch': '1', 'producer-seq': '1' },
  ]) {
    const answer = await post(server, ndjson(observed('a')), headers as Record<string, string>)
    expect([headers, answer.status]).toEqual([headers, 400])
    expect(await answer.json()).toMatchObject({ code: 'bad_request', detail: expect.stringContaining('Producer') })
  }
  expect(await (await server.get('/v1/resources')).json()).toMatchObject({ resources: [] })
})

test('a body over the limit is refused, whether it says its length or not', async () => {
  await using server = await startTestServer({ limits: { ingestBytes: 10_000 } })
  const large = ndjson(...Array.from({ length: 200 }, (_, n) => observed(`r${n}`)))
  const said = await post(server, large)
  expect(said.status).toBe(413)
  expect(await said.json()).toMatchObject({ code: 'too_large', max_bytes: 10_000, hint: expect.any(String) })
  const unsaid = await post(server, new Blob([large]).stream())
  expect(unsaid.status).toBe(413)
  const bomb = await post(server, gzipSync(large), { 'content-encoding': 'gzip' })
  expect(bomb.status).toBe(413)
  expect((await post(server, ndjson(observed('a')))).status).toBe(200)
})

test('a body may be compressed', async () => {
  await using server = await startTestServer()
  const gzip = await post(server, gzipSync(ndjson(observed('a'))), { 'content-encoding': 'gzip' })
  expect(await gzip.json()).toMatchObject({ records: 1, changes: 1 })
  const zstd = await post(server, zstdCompressSync(ndjson(observed('b'))), { 'content-encoding': 'zstd' })
  expect(await zstd.json()).toMatchObject({ records: 1, changes: 1 })
  const other = await post(server, 'x', { 'content-encoding': 'br' })
  expect([other.status, other.headers.get('content-type')]).toEqual([415, 'application/problem+json'])
  for (const broken of ['no gzip', gzipSync(ndjson(observed('c'))).subarray(0, 30)]) {
    const answer = await post(server, broken, { 'content-encoding': 'gzip' })
    expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ code: 'bad_request' })])
  }
})

test('I6: held deletes are shown on their scope and end when an operator says so', async () => {
  await using server = await startTestServer()
  const ids = Array.from({ length: 20 }, (_, n) => `r${n}`)
  await server.ingest(...scanOf('s1', ids))
  await server.ingest(...scanOf('s2', ids.slice(0, 2)))
  type Scopes = {
    scopes: { status: string; resources: number; held: { deletes: number; of: number; keys: string[] } | null }[]
  }
  const scope = async () => ((await (await server.get('/v1/scopes')).json()) as Scopes).scopes[0]
  expect(await scope()).toMatchObject({ status: 'held', resources: 20, held: { deletes: 18, of: 20 } })
  const release = (apply: unknown, name = testScope) =>
    server.get(`/v1/scopes/${encodeURIComponent(name)}/release`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ apply }),
    })
  expect((await release('yes')).status).toBe(400)
  expect((await release(true, 'no-scope')).status).toBe(400)
  expect((await release(true, 'aws/9/-/none')).status).toBe(404)
  expect(await (await release(true)).json()).toEqual({ deletes: 18, cursor: expect.any(String) })
  expect(await scope()).toMatchObject({ status: 'fresh', resources: 2, held: null })
  expect((await release(true)).status).toBe(404)
})

test('a request of which nothing could be used is refused with its counts, and its dead letters are kept', async () => {
  await using server = await startTestServer()
  const answer = await post(server, 'not json\n{"kind":"what"}\n')
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({
    code: 'bad_input',
    records: 2,
    dead_letters: 2,
    cursor: expect.any(String),
    hint: expect.stringContaining('/v1/deadletters'),
    detail: 'None of 2 records could be used: line 1 is not_json (it begins or ends as no JSON does)',
    first_refusal: { line: 1, reason: 'not_json' },
  })
  const json = { 'content-type': 'application/json' }
  const element = (await (await post(server, '[{"kind":"what"}]', json)).json()) as { detail: string }
  expect(element.detail).toStartWith(
    'The record could not be used: element 1 is unknown_kind (kind "what"; expected scan.begin',
  )
  // What only its scope refuses.
  const scan = { kind: 'scan.end', scope: 'push/-/-/thing', scan: 'x', complete: true, count: 0, errors: [] }
  const late = (await (await post(server, JSON.stringify(scan))).json()) as { detail: string }
  expect(late.detail).toBe('The record could not be used')
  const letters = (await (await server.get('/v1/deadletters')).json()) as { deadletters: object[] }
  expect(letters.deadletters).toHaveLength(4)
  expect((await post(server, '\n\n')).status).toBe(200)
})

test('a record that is too large counts as one of its request, which is refused where it has no other', async () => {
  await using server = await startTestServer({ engine: { recordBytes: 1000 } })
  const large = JSON.stringify(observed('large', { text: 'x'.repeat(1000) }))
  const alone = await post(server, large)
  expect(alone.status).toBe(400)
  expect(await alone.json()).toMatchObject({
    code: 'bad_input',
    records: 1,
    dead_letters: 1,
    first_refusal: { line: 1, reason: 'too_large' },
  })
  const mixed = await post(server, `${JSON.stringify(observed('small', {}))}\n${large}\n`)
  expect(mixed.status).toBe(200)
  expect(await mixed.json()).toMatchObject({ records: 2, changes: 1, dead_letters: 1 })
})

test('a body of JSON is one record or an array of them, however it is laid out and however it comes in pieces', async () => {
  await using server = await startTestServer()
  const json = { 'content-type': 'application/json; charset=utf-8' }
  const text = 'a \\" ] , { \n ä'
  let round = 0
  const records = () => ['a', 'b'].map((id) => observed(`${id}${round}`, { list: [1, [2, { deep: [text] }]], text }))
  const send = async (body: string | Uint8Array<ArrayBuffer> | ReadableStream, headers = {}) => {
    const answer = await post(server, body, { ...json, ...headers })
    const { records, changes, dead_letters } = (await answer.json()) as Record<string, unknown>
    return [answer.status, records, changes, dead_letters]
  }
  const inPieces = (body: string, size: number) => {
    const bytes = new TextEncoder().encode(body)
    let at = 0
    return new ReadableStream({
      pull(controller) {
        if (at >= bytes.length) return controller.close()
        controller.enqueue(bytes.slice(at, at + size))
        at += size
      },
    })
  }
  for (const [layOut, expected] of [
    [(all: object[]) => JSON.stringify(all), [200, 2, 2, 0]],
    [(all: object[]) => JSON.stringify(all, null, 2), [200, 2, 2, 0]],
    [(all: object[]) => ` \r\n${JSON.stringify(all[0], null, '\t')}\n`, [200, 1, 1, 0]],
    [(all: object[]) => ndjson(...all), [200, 2, 2, 0]],
    [(all: object[]) => `[${JSON.stringify(all[0])}, 7, {"kind":"what"}]`, [200, 3, 1, 2]],
  ] as const) {
    round++
    const body = layOut(records())
    expect([body, await send(body)]).toEqual([body, [...expected]])
    const item = await (await server.get(`/v1/resources/${encodeURIComponent(`${testScope}/a${round}`)}`)).json()
    expect(item).toMatchObject({ resource: { configuration: { text, list: [1, [2, { deep: [text] }]] } } })
    for (const size of [3, 50])
      expect([body, await send(inPieces(body, size))]).toEqual([body, [200, expected[1], 0, expected[3]]])
  }
  round++
  expect(await send(gzipSync(JSON.stringify(records())), { 'content-encoding': 'gzip' })).toEqual([200, 2, 2, 0])
  expect(await send('[]')).toEqual([200, 0, 0, 0])
  expect(await send('')).toEqual([200, 0, 0, 0])
  expect(await send('[1, "]"]')).toEqual([400, 2, 0, 2])
  expect(await send(JSON.stringify([records()]))).toEqual([400, 1, 0, 1])
  for (const cut of ['[', '[{"kind":"obs', '{"kind":', JSON.stringify(records()).slice(0, -1)]) {
    const answer = await post(server, cut, json)
    expect([cut, answer.status, await answer.json()]).toEqual([
      cut,
      400,
      expect.objectContaining({ code: 'bad_request' }),
    ])
  }
})

test('a body of more lines than a request may have is refused, however few bytes it is compressed to', async () => {
  await using server = await startTestServer({ limits: { ingestLines: 1000 } })
  const post1 = (body: string, type: string) =>
    post(server, gzipSync(body), { 'content-encoding': 'gzip', 'content-type': type })
  for (const [body, type] of [
    ['\n'.repeat(2000), 'application/x-ndjson'],
    ['x\n'.repeat(2000), 'application/x-ndjson'],
    [`[${'1,'.repeat(2000)}1]`, 'application/json'],
  ] as const) {
    const answer = await post1(body, type)
    expect([type, answer.status, await answer.json()]).toEqual([
      type,
      413,
      expect.objectContaining({ max_lines: 1000 }),
    ])
  }
  expect((await post1(ndjson(observed('a')), 'application/x-ndjson')).status).toBe(200)
})
