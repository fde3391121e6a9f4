import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import { createEventParser, type ServerEvent } from './event-stream.js'

// These use the browser's names, which the compiler doesn't know here: their types are stated by hand.
const { schemaText } = (await import(new URL('./schema-text.js', import.meta.url).href)) as {
  schemaText(schema: object, indent?: string): string
}
const { ago, shown } = (await import(new URL('./text.js', import.meta.url).href)) as {
  ago(time: string | null, nowMs: number): string
  shown(value: unknown): string
}

const word = fc.stringMatching(/^[a-z0-9 ]{0,12}$/)
const line = fc.oneof(
  fc.constant(''),
  fc.constant(':'),
  word.map((text) => `: ${text}`),
  word.map((text) => `data: ${text}`),
  word.map((text) => `id: ${text}`),
  fc.constant('event: change'),
  fc.constant('data'),
  fc.constant('unknown: x'),
)

test('an event stream reads the same however it is cut into pieces', () => {
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 30 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat(400)),
      (lines, end, cuts) => {
        const text = `${lines.join(end)}${end}`
        const read = (pieces: string[]) => {
          const events: ServerEvent[] = []
          const take = createEventParser((event) => events.push(event))
          for (const piece of pieces) take(piece)
          return events
        }
        const at = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].toSorted((a, b) => a - b)
        const pieces = at.slice(1).map((to, index) => text.slice(at[index], to))
        expect(read(pieces)).toEqual(read([text]))
      },
    ),
    runs(300),
  )
})

test('an event has a name, data of several lines, and the last id that was given', () => {
  const events: ServerEvent[] = []
  const take = createEventParser((event) => events.push(event))
  take('retry: 1000\n\n:\n\nid: 7\nevent: change\ndata: {"a":\ndata: 1}\n\ndata: plain\n\nevent: lost\n\ndata: cut off')
  expect(events).toEqual([
    { event: 'change', data: '{"a":\n1}', id: '7' },
    { event: 'message', data: 'plain', id: '7' },
  ])
})

test('times and values are written for people, and long values are cut', () => {
  const nowMs = Date.parse('2026-11-23T12:00:00Z')
  const at = (secondsAgo: number) => ago(new Date(nowMs - secondsAgo * 1000).toISOString(), nowMs)
  expect([at(1), at(42), at(200), at(7300), at(200_000), at(-60)]).toEqual([
    'just now',
    '42 s ago',
    '3 min ago',
    '2 h ago',
    '2 d ago',
    'just now',
  ])
  expect(ago(null, nowMs)).toBe('never')
  expect(shown({ a: ['<b>'] })).toBe('{"a":["<b>"]}')
  expect(shown('x'.repeat(1000)).length).toBe(401)
})

test('a schema is written as a type', () => {
  expect(schemaText({ type: ['string', 'null'] })).toBe('string | null')
  expect(schemaText({ $ref: '#/components/schemas/Item' })).toBe('Item')
  expect(schemaText({ type: 'array', items: { enum: ['a', 'b'] } })).toBe('"a" | "b"[]')
  const object = {
    type: 'object',
    required: ['a'],
    properties: { a: { type: 'string' }, b: { type: 'integer', description: 'B' } },
  }
  expect(schemaText(object, '')).toBe('{\n  a: string\n  b?: integer  // B\n}')
  expect(schemaText(object)).toBe('object')
})
