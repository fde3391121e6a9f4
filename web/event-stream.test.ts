import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import { createEventParser, type ServerEvent } from './event-stream.ts'

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
