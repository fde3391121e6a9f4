import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { gone, observed, startTestServer, type TestServer } from '../../api/test-server.ts'
import { encodeCursor } from '../../model/cursor.ts'

let server: TestServer
let other: TestServer
let cursor: string
beforeAll(async () => {
  ;[server, other] = await Promise.all([startTestServer({ limits: { longPollMs: 100 } }), startTestServer()])
  cursor = await server.ingest(observed('a'), observed('b'), gone('b'))
})
afterAll(() => Promise.all([server[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]))

/** Everywhere a cursor is taken. */
const places: readonly (readonly [string, (cursor: string) => string])[] = [
  ['/v1/changes', (text) => `/v1/changes?offset=${text}`],
  ['/v1/changes by SSE', (text) => `/v1/changes?offset=${text}&live=sse`],
  ['/v1/changes by long-poll', (text) => `/v1/changes?offset=${text}&live=long-poll`],
  ['/v1/snapshot', (text) => `/v1/snapshot?since=${text}`],
  ['/v1/resources', (text) => `/v1/resources?at=${text}`],
  ['/v1/resources/{key}', (text) => `/v1/resources/${encodeURIComponent('aws/1/eu-west-1/vm/a')}?at=${text}`],
  ['/v1/diff', (text) => `/v1/diff?from=${text}&to=${cursor}`],
]
const refusal = async (path: string) => {
  const answer = await server.get(path)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const { status, code, hint } = (await answer.json()) as Record<string, unknown>
  return { status, code, hasHint: typeof hint === 'string' && hint !== '' }
}
const flipped = (text: string) => `${text.slice(0, 3)}${text[3] === 'A' ? 'B' : 'A'}${text.slice(4)}`

describe.each(places.map(([place, path]) => ({ place, path })))('a cursor at $place', ({ path }) => {
  test.each([
    'x',
    'hello-world-this-is-no-cursor',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '-2',
    '0',
    '%00',
    '..%2F..%2Fetc%2Fpasswd',
    'A'.repeat(399),
    'A'.repeat(3_000),
    "1'%20OR%201=1--",
  ])('that is none is refused: %s', async (text) => {
    expect(await refusal(path(text))).toEqual({ status: 400, code: expect.stringMatching(/^bad_/), hasHint: true })
  })

  test('that is cut off, or longer than it was, is refused', async () => {
    for (const text of [cursor.slice(0, -1), cursor.slice(0, 8), `${cursor}AAAA`]) {
      // Where a time may stand too, it is neither.
      const code = expect.stringMatching(/^bad_(?:cursor|request)$/)
      expect(await refusal(path(text))).toEqual({ status: 400, code, hasHint: true })
    }
  })

  test('of another data directory is refused as such', async () => {
    const foreign = await other.ingest(observed('a'))
    expect(await refusal(path(foreign))).toEqual({ status: 400, code: 'foreign_cursor', hasHint: true })
    expect(await refusal(path(flipped(cursor)))).toEqual({ status: 400, code: 'foreign_cursor', hasHint: true })
  })

  test('I8: that is ahead of the log, whose directory was put back, is refused with 410', async () => {
    const { reader } = server.engine
    const ahead = encodeCursor(
      reader.logId,
      reader.head().map((offset) => offset + 1),
    )
    expect(await refusal(path(ahead))).toEqual({ status: 410, code: 'cursor_ahead', hasHint: true })
  })

  test('that is right is taken', async () => {
    const abort = new AbortController()
    const answer = await server.get(path(cursor), { signal: abort.signal })
    expect([200, 204]).toContain(answer.status)
    abort.abort()
  })
})
