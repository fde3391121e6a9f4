import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startTestServer, type TestServer } from '../../api/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ engine: { recordBytes: 100_000 } })
})
afterAll(() => server[Symbol.asyncDispose]())

const scope = 'push/-/-/things'
const resource = (id: string, more: object = {}) => ({ id, type: 'thing', provider: 'push', ...more })
const line = (record: object) => JSON.stringify(record)
const observed = (id: string, more: object = {}) => line({ kind: 'observed', scope, resource: resource(id, more) })
const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))
const deep = (open: string, close: string) => open.repeat(10_000) + close.repeat(10_000)

interface DeadLetter {
  readonly reason: string
  readonly source: string
  readonly preview: string
}
const deadLetters = async (limit: number): Promise<DeadLetter[]> => {
  const answer = await server.get(`/v1/deadletters?limit=${limit}`)
  return ((await answer.json()) as { deadletters: DeadLetter[] }).deadletters
}

const counted = async (reason: string): Promise<number> => {
  const text = await (await server.get('/metrics')).text()
  return Number(new RegExp(`^vaino_dead_letters_total\\{reason="${reason}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
}

/** What is wrong, the bytes of one line, and the reason that must stand in the dead letters. */
const cases: readonly (readonly [string, string | Buffer, RegExp])[] = [
  ['is binary', bytes([0, 1, 2, 0xfe, 0xff, 0x80, 7]), /^not_utf8$/],
  ['is text', 'hello', /^not_json: /],
  ['is cut off', observed('cut').slice(0, -10), /^not_json: /],
  ['is a number', '12', /^invalid_record: not a JSON object$/],
  ['is null', 'null', /^invalid_record: not a JSON object$/],
  ['is an array', `[${observed('in-an-array')}]`, /^invalid_record: not a JSON object$/],
  ['has no kind', line({ scope, resource: resource('a') }), /^unknown_kind: no kind; expected scan\.begin, observed/],
  ['has an unknown kind', line({ kind: 'observe', scope }), /^unknown_kind: kind "observe"; expected/],
  [
    'has a kind that is no text',
    line({ kind: { observed: true }, scope }),
    /^unknown_kind: a kind that is no text; expected/,
  ],
  // It stands in the answer as it came.
  [
    'has a kind that may be a secret',
    line({ kind: 'password=hunter2', scope }),
    /^unknown_kind: another kind; expected/,
  ],
  ['has no scope', line({ kind: 'observed', resource: resource('a') }), /^invalid_record: scope: /],
  [
    'has a scope of three parts',
    line({ kind: 'observed', scope: 'a/b/c', resource: resource('a') }),
    /scope: not provider\/account\/location\/collection/,
  ],
  ['has a scope of five parts', line({ kind: 'gone', scope: 'a/b/c/d/e', id: 'a' }), /scope: not provider/],
  ['has a scope with an empty part', line({ kind: 'gone', scope: 'a//c/d', id: 'a' }), /scope: not provider/],
  ['has a scope with a line break', line({ kind: 'gone', scope: 'a/b/c/d\ne', id: 'a' }), /scope: not provider/],
  ['has half a character in its scope', '{"kind":"gone","scope":"a/b/c/\\ud800","id":"a"}', /scope: not provider/],
  [
    'has no resource',
    line({ kind: 'observed', scope }),
    /^invalid_resource: resource: expected object; it is missing$/,
  ],
  ['has a resource that is a text', line({ kind: 'observed', scope, resource: 'x' }), /^invalid_resource: resource: /],
  [
    'has a resource without id',
    line({ kind: 'observed', scope, resource: { type: 't', provider: 'p' } }),
    /^invalid_resource: resource\.id: /,
  ],
  ['has an empty id', observed(''), /^invalid_resource: (resource\.)?id: /],
  ['has an id of 5,000 characters', observed('x'.repeat(5_000)), /^invalid_resource: (resource\.)?id: .*4096/],
  [
    'has an id that is a number',
    observed('x').replace('"id":"x"', '"id":7'),
    /^invalid_resource: (resource\.)?id: .*string/,
  ],
  ['has half a character as its id', observed('x').replace('"x"', '"\\udc00"'), /id: holds half of a surrogate pair/],
  ['has no type', observed('x').replace('"type":"thing",', ''), /^invalid_resource: (resource\.)?type: /],
  ['has a configuration that is a list', observed('x', { configuration: [] }), /configuration: /],
  ['has no time where one is named', line({ kind: 'gone', scope, id: 'a', observed_at: 'yesterday' }), /observed_at: /],
  [
    'has a day that is none',
    line({ kind: 'gone', scope, id: 'a', observed_at: '2026-02-30T00:00:00Z' }),
    /observed_at/,
  ],
  [
    'has a time beyond the year 9999',
    line({ kind: 'gone', scope, id: 'a', observed_at: '9999-12-31T23:59:59-01:00' }),
    /observed_at: not between the years/,
  ],
  ['is not UTF-8 in its resource', bytes(observed('u').slice(0, -3), [0xc3, 0x28], '"}}'), /^not_utf8$/],
  [
    'is not UTF-8 before its resource',
    bytes(`{"kind":"observed","scope":"${scope}","actor":"`, [0xff], `",${observed('u').slice(18)}`),
    /^not_utf8$/,
  ],
  ['is not UTF-8 in its scope', bytes('{"kind":"gone","scope":"a/b/c/', [0xff], '","id":"a"}'), /^not_utf8$/],
  ['is nested ten thousand deep', deep('[', ']'), /^too_deep: /],
  ['is nested ten thousand deep without an end', '{"a":'.repeat(10_000), /^not_json: /],
  [
    'has a resource nested ten thousand deep',
    observed('d', { configuration: { a: 1 } }).replace('"a":1', `"a":${deep('[', ']')}`),
    /^too_deep: /,
  ],
  [
    'is over the limit',
    observed('big', { configuration: { a: 'x'.repeat(100_000) } }),
    /^too_large: 100\d\d\d bytes, the limit is 100000$/,
  ],
  [
    'has two ids in one resource',
    `{"kind":"observed","scope":"${scope}","resource":{"id":"before","id":"after","type":"t","provider":"p","tags":{}}}`,
    /^invalid_resource: a name stands twice/,
  ],
  [
    'has two resources',
    `${observed('before').slice(0, -1)},"resource":{"id":"after","type":"t","provider":"p","configuration":{"b":2}}}`,
    /^invalid_resource: a name stands twice/,
  ],
  [
    'ends a scan that is not open',
    line({ kind: 'scan.end', scope, scan: 'never', complete: true, count: 0 }),
    /^scan_not_open: never/,
  ],
  [
    'ends a scan without saying how',
    line({ kind: 'scan.end', scope, scan: 'never', complete: 'yes' }),
    /^invalid_record: complete: /,
  ],
  ['begins a scan without a name', line({ kind: 'scan.begin', scope, scan: '' }), /^invalid_record: scan: /],
  ['says a count below zero', line({ kind: 'scan.end', scope, scan: 's', complete: true, count: -1 }), /count: /],
]

describe('a record that cannot be used', () => {
  test.each(cases.map(([what, text, reason], number) => ({ what, text, reason, number })))(
    'I12, I13: and $what is told with its reason and its line, counted, and leaves the records around it alone',
    async ({ text, reason, number }) => {
      const code = /^\W*([a-z_]+)/.exec(reason.source)?.[1] ?? ''
      const before = await counted(code)
      const value = { configuration: { number } }
      const body = Buffer.concat([
        Buffer.from(`${observed('before', value)}\n`),
        Buffer.from(text),
        Buffer.from(`\n${observed('after', value)}\n`),
      ])
      const answer = await server.get('/v1/ingest', { method: 'POST', body })
      expect([answer.status, await answer.json()]).toMatchObject([
        200,
        { records: expect.any(Number), changes: 2, dead_letters: 1 },
      ])

      const [letter] = await deadLetters(1)
      expect(letter?.reason).toMatch(reason)
      expect(letter?.source).toBe('ingest line 2')
      expect(letter?.preview.length).toBeLessThanOrEqual(200)
      if (['not_json', 'not_utf8', 'too_deep', 'too_large'].includes(code)) expect(await counted(code)).toBe(before + 1)

      for (const id of ['before', 'after']) {
        const found = await (await server.get(`/v1/resources/${encodeURIComponent(`${scope}/${id}`)}`)).json()
        expect((found as { resource: object }).resource).toMatchObject(value)
      }
    },
  )

  test('I12: every one of them can be looked up, page by page', async () => {
    const seen: DeadLetter[] = []
    let page: string | null = ''
    while (page !== null) {
      const answer = await server.get(`/v1/deadletters?limit=7${page === '' ? '' : `&page=${page}`}`)
      const found = (await answer.json()) as { deadletters: DeadLetter[]; page: string | null }
      seen.push(...found.deadletters)
      page = found.page
    }
    expect(seen.length).toBe(cases.length)
    const total = [
      ...(await (await server.get('/metrics')).text()).matchAll(/^vaino_dead_letters_total\{.*\} (\d+)$/gm),
    ]
    expect(total.reduce((sum, [, n]) => sum + Number(n), 0)).toBe(cases.length)
  })
})

test('I10, I12: a body of nothing but bad lines is a thousand dead letters a parcel and one that counts the rest', async () => {
  const before = await counted('not_json')
  const lines = 5000
  const body = `${'hello\n'.repeat(lines)}${observed('behind them')}\n`
  const answer = await server.get('/v1/ingest', { method: 'POST', body })
  expect(await answer.json()).toMatchObject({ records: lines + 1, changes: 1, dead_letters: lines })
  expect(await counted('not_json')).toBe(before + lines)
  const letters = await deadLetters(1000)
  expect(letters[0]).toMatchObject({
    reason: 'not_json: 4000 more from here on: 4000 not_json',
    source: 'ingest line 1001',
    preview: '',
  })
  expect(letters.slice(1).map(({ source }) => source)).toEqual(
    Array.from({ length: 999 }, (_, index) => `ingest line ${1000 - index}`),
  )
})
