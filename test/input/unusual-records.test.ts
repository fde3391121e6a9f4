import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startTestServer, type TestServer } from '../../api/test-server.ts'
import type { Change } from '../../model/change.ts'
import type { ScopeStatus } from '../../model/status.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

let scopes = 0
const newScope = () => `push/-/-/things-${scopes++}`

async function send(body: string | Buffer): Promise<{ records: number; changes: number; dead_letters: number }> {
  const answer = await server.get('/v1/ingest', { method: 'POST', body })
  expect(answer.status).toBe(200)
  return (await answer.json()) as { records: number; changes: number; dead_letters: number }
}
/** An observation whose resource's configuration is this JSON text. */
const observed = (scope: string, id: string, configuration: string): string =>
  `{"kind":"observed","scope":${JSON.stringify(scope)},"resource":{"id":${JSON.stringify(id)},"type":"thing","provider":"push","configuration":${configuration}}}\n`

const urlOf = (scope: string, id: string) => `/v1/resources/${encodeURIComponent(`${scope}/${id}`)}`
const text = async (path: string) => (await server.get(path)).text()
const history = async (scope: string, id: string) =>
  (JSON.parse(await text(`${urlOf(scope, id)}/history`)) as { changes: Change[] }).changes
const status = async (scope: string): Promise<ScopeStatus> => {
  const found = JSON.parse(await text('/v1/scopes')) as { scopes: ScopeStatus[] }
  return found.scopes.find((one) => one.scope === scope) as ScopeStatus
}

describe('content is kept exactly and compared rightly', () => {
  test('I13: names that every JavaScript object has are names like others', async () => {
    const scope = newScope()
    const named = (n: number) =>
      `{"__proto__":{"a":${n}},"constructor":{"b":${n}},"toString":${n},"hasOwnProperty":[${n}]}`
    await send(observed(scope, 'a', named(1)) + observed(scope, 'a', named(2)))
    expect(await text(urlOf(scope, 'a'))).toContain(`"configuration":${named(2)}`)
    expect(await text(`/v1/snapshot?scope=${encodeURIComponent(scope)}`)).toContain(`"configuration":${named(2)}`)
    const [update] = await history(scope, 'a')
    expect(update?.fields.map(({ path, before, after }) => [path, before, after]).sort()).toEqual([
      ['configuration.__proto__.a', 1, 2],
      ['configuration.constructor.b', 1, 2],
      ['configuration.hasOwnProperty[0]', 1, 2],
      ['configuration.toString', 1, 2],
    ])
    expect(({} as { a?: number }).a).toBeUndefined()
  })

  test('a number that a double cannot hold keeps all its digits, and a change of its last one is seen', async () => {
    const scope = newScope()
    const before = '{"n":9007199254740993,"f":0.12345678901234567890,"e":1e400}'
    const after = '{"n":9007199254740992,"f":0.12345678901234567891,"e":1e401}'
    expect(await send(observed(scope, 'a', before) + observed(scope, 'a', after))).toMatchObject({ changes: 2 })
    const changes = await text(`/v1/changes?offset=-1&scope=${encodeURIComponent(scope)}`)
    expect(changes).toContain(before)
    expect(changes).toContain(after)
    expect(changes).toContain('"before":9007199254740993,"after":9007199254740992')
    expect(changes).toContain('"before":0.12345678901234567890,"after":0.12345678901234567891')
    expect(changes).toContain('"before":1e400,"after":1e401')
    expect(await text(urlOf(scope, 'a'))).toContain(after)
  })

  test('I4: the same number in another spelling is no change, however many digits it has', async () => {
    const scope = newScope()
    await send(observed(scope, 'a', '{"n":12345678901234567890,"m":1.5}'))
    const again = await send(observed(scope, 'a', '{"m":15e-1,"n":1234567890123456789e1}'))
    expect(again).toMatchObject({ records: 1, changes: 0, dead_letters: 0 })
  })

  test('half a surrogate pair in a value is kept as it came', async () => {
    const scope = newScope()
    await send(observed(scope, 'a', '{"v":"\\ud800"}'))
    expect(await send(observed(scope, 'a', '{"v":"\\udbff"}'))).toMatchObject({ changes: 1 })
    expect(await text(urlOf(scope, 'a'))).toContain('{"v":"\\udbff"}')
  })

  test('of a name that stands twice the last one counts', async () => {
    const scope = newScope()
    await send(observed(scope, 'a', '{"v":1,"v":2}'))
    expect(await send(observed(scope, 'a', '{"v":2}'))).toMatchObject({ changes: 0, dead_letters: 0 })
    expect(await text(urlOf(scope, 'a'))).toContain('"configuration":{"v":2}')
  })

  test('what the contract does not name is kept, and is no change', async () => {
    const scope = newScope()
    const record = (n: number) =>
      `{"rejected":${n},"kind":"observed","scope":"${scope}","record":{"x":${n}},"resource":{"id":"a","type":"t","provider":"p","unknown":{"deep":[${n}]}},"later":"${n}"}\n`
    expect(await send(record(1))).toMatchObject({ changes: 1, dead_letters: 0 })
    expect(await send(record(2))).toMatchObject({ changes: 0, dead_letters: 0 })
    expect(await text(urlOf(scope, 'a'))).toContain('"unknown":{"deep":[2]}')
    const gone = await send(`{"rejected":"x","kind":"gone","scope":"${scope}","id":"a"}\n`)
    expect(gone).toMatchObject({ changes: 1, dead_letters: 0 })
  })
})

describe('records come as others write them', () => {
  test('with empty lines, Windows line ends, white space and no end of the last line', async () => {
    const scope = newScope()
    const lines = ['a', 'b', 'c'].map((id) => observed(scope, id, '{}').trimEnd())
    const body = `\r\n\n${lines[0]}\r\n   \n\t${lines[1]}  \r\n\n${lines[2]}`
    expect(await send(body)).toMatchObject({ records: 3, changes: 3, dead_letters: 0 })
    expect(await send('')).toMatchObject({ records: 0, changes: 0, dead_letters: 0 })
    expect(await send('\n\n\r\n')).toMatchObject({ records: 0, changes: 0, dead_letters: 0 })
  })

  test('a dead letter between empty lines says the line that an editor shows', async () => {
    await send(`\n\r\n\n  what is this\n\n${observed(newScope(), 'a', '{}')}`)
    const { deadletters } = JSON.parse(await text('/v1/deadletters?limit=1')) as { deadletters: { source: string }[] }
    expect(deadletters[0]?.source).toBe('ingest line 4')
  })

  const layouts: readonly (readonly [string, (scope: string, id: string, scan: string) => string])[] = [
    [
      'the resource first',
      (scope, id, scan) =>
        `{"resource":{"type":"t","provider":"p","id":"${id}"},"scan":"${scan}","scope":"${scope}","kind":"observed"}`,
    ],
    [
      'the resource in the middle',
      (scope, id, scan) =>
        `{ "kind" : "observed", "scope" : "${scope}", "resource" : {"id":"${id}","type":"t","provider":"p"}, "scan" : "${scan}" }`,
    ],
    [
      'the scan and an object behind the resource',
      (scope, id, scan) =>
        `{"kind":"observed","scope":"${scope}","resource":{"id":"${id}","type":"t","provider":"p"},"scan":"${scan}","actor":{"name":"ann"}}`,
    ],
    [
      'an actor that holds a resource',
      (scope, id, scan) =>
        `{"kind":"observed","scope":"${scope}","actor":{"resource":{"id":"other"}},"scan":"${scan}","resource":{"id":"${id}","type":"t","provider":"p"}}`,
    ],
    [
      'the id escaped',
      (scope, id, scan) =>
        `{"kind":"observed","scope":"${scope}","scan":"${scan}","resource":{"id":"\\u00${id.charCodeAt(0).toString(16)}","type":"t","provider":"p"}}`,
    ],
  ]
  test.each(layouts.map(([what, record]) => ({ what, record })))(
    'I5: with $what, and a scan of them is complete each time',
    async ({ record }) => {
      const scope = newScope()
      const scan = (name: string, ids: readonly string[]) =>
        [
          `{"kind":"scan.begin","scope":"${scope}","scan":"${name}"}`,
          ...ids.map((id) => record(scope, id, name)),
          `{"kind":"scan.end","scope":"${scope}","scan":"${name}","complete":true,"count":${ids.length}}`,
        ].join('\n')
      expect(await send(scan('s1', ['a', 'b', 'c']))).toMatchObject({ changes: 3, dead_letters: 0 })
      expect(await send(scan('s2', ['a', 'b', 'c']))).toMatchObject({ changes: 0, dead_letters: 0 })
      expect(await status(scope)).toMatchObject({ status: 'fresh', resources: 3, errors: [] })
      expect(await send(scan('s3', ['a', 'c']))).toMatchObject({ changes: 1, dead_letters: 0 })
      expect(await status(scope)).toMatchObject({ status: 'fresh', resources: 2 })
    },
  )

  test('a resource that a scan sees twice counts once, and what it said last holds', async () => {
    const scope = newScope()
    const seen = (id: string, n: number) =>
      observed(scope, id, `{"n":${n}}`).replace('"resource"', '"scan":"s","resource"')
    const body = [
      `{"kind":"scan.begin","scope":"${scope}","scan":"s"}\n`,
      ...[seen('a', 1), seen('b', 1), seen('a', 1), seen('a', 2), seen('b', 2), seen('b', 1)],
      `{"kind":"scan.end","scope":"${scope}","scan":"s","complete":true,"count":2}\n`,
    ].join('')
    expect(await send(body)).toMatchObject({ changes: 5, dead_letters: 0 })
    expect(await status(scope)).toMatchObject({ status: 'fresh', resources: 2 })
    expect((await history(scope, 'b')).map(({ op, version }) => [op, version])).toEqual([
      ['u', 3],
      ['u', 2],
      ['r', 1],
    ])
    expect(await text(urlOf(scope, 'b'))).toContain('{"n":1}')
  })
})

describe('ids are taken as they are', () => {
  const ids = [
    'module.net["a/b"].aws_subnet.x[0]',
    "it's",
    'back\\slash',
    '"',
    '/',
    '//x//',
    '..',
    '%2F%',
    'ünï/cødé/日本/🦆',
    'a b\tc\nd',
    'a\u0000b',
    '\u0000',
    '__proto__',
    'constructor',
    'x'.repeat(4096),
    '日'.repeat(1365),
  ]
  test.each(ids.map((id) => ({ id, what: JSON.stringify(id).slice(0, 40) })))('$what', async ({ id }) => {
    const scope = newScope()
    expect(await send(observed(scope, id, '{"n":1}') + observed(scope, `${id}.`.slice(-4096), '{}'))).toMatchObject({
      changes: 2,
      dead_letters: 0,
    })
    expect(await send(observed(scope, id, '{"n":1}'))).toMatchObject({ changes: 0 })
    expect(await send(observed(scope, id, '{"n":2}'))).toMatchObject({ changes: 1 })
    const found = JSON.parse(await text(urlOf(scope, id))) as { key: string; version: number }
    expect(found).toMatchObject({ key: `${scope}/${id}`, version: 2 })
    expect(await send(`${JSON.stringify({ kind: 'gone', scope, id })}\n`)).toMatchObject({ changes: 1 })
    expect((await server.get(urlOf(scope, id))).status).toBe(410)
    expect((await history(scope, id)).map(({ op }) => op)).toEqual(['d', 'u', 'c'])
  })
})

test('I12: what a scan says of its source is kept with the scope, but for what would be too much', async () => {
  const scope = newScope()
  const scan = (attributes: object) =>
    [
      { kind: 'scan.begin', scope, scan: 's' },
      { kind: 'scan.end', scope, scan: 's', complete: true, count: 0, attributes },
    ]
      .map((record) => JSON.stringify(record))
      .join('\n')
  await send(scan({ serial: 7 }))
  expect(await status(scope)).toMatchObject({ attributes: { serial: 7 }, warnings: [] })
  await send(scan({ serial: 8, text: 'x'.repeat(20_000) }))
  expect(await status(scope)).toMatchObject({
    attributes: { serial: 7 },
    warnings: [{ message: expect.stringContaining('attributes of the scan are left out') }],
  })
})

test('I12: a scan that failed in thousands of ways is failing, and says the first ones and how many more', async () => {
  const scope = newScope()
  const errors = Array.from({ length: 5_000 }, (_, n) => ({
    message: `call ${n} failed: ${'x'.repeat(n === 1 ? 1e6 : 9)}`,
  }))
  const end = {
    kind: 'scan.end',
    scope,
    scan: 's',
    complete: false,
    errors,
    warnings: errors.map(({ message }) => message),
  }
  const begin = { kind: 'scan.begin', scope, scan: 's' }
  expect(await send([begin, end].map((record) => JSON.stringify(record)).join('\n'))).toMatchObject({ dead_letters: 0 })
  const found = await status(scope)
  expect(found.status).toBe('failing')
  expect(found.errors.slice(-1)).toEqual([{ message: 'and 4900 more' }])
  expect(found.errors[0]).toEqual({ message: 'call 0 failed: xxxxxxxxx' })
  expect(JSON.stringify(found).length).toBeLessThan(50_000)
})
