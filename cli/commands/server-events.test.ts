import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../test/property.ts'
import type { ServerEvent } from '../../web/event-stream.ts'
import { readEvents } from './server-events.ts'

async function* pieces(texts: readonly string[]): AsyncGenerator<string> {
  yield* texts
}

async function eventsOf(...texts: string[]): Promise<(ServerEvent | 'heartbeat')[]> {
  return Array.fromAsync(readEvents(pieces(texts)))
}

test('an event has its name, its data and its id', async () => {
  expect(await eventsOf('event: change\nid: abc\ndata: {"a":1}\n\n')).toEqual([
    { event: 'change', data: '{"a":1}', id: 'abc' },
  ])
})

test('data over several lines is joined, an unnamed event is a message, and the id of before still holds', async () => {
  expect(await eventsOf('id: 1\ndata: a\n\ndata: b\ndata:c\n\n')).toEqual([
    { event: 'message', data: 'a', id: '1' },
    { event: 'message', data: 'b\nc', id: '1' },
  ])
})

test('comments show that the stream lives, and an event that the end cuts off is dropped', async () => {
  expect(await eventsOf(': heartbeat\n\n', 'data: whole\n\ndata: cut')).toEqual([
    'heartbeat',
    { event: 'message', data: 'whole', id: null },
  ])
})

test('events are the same however the stream is cut, and with any line ending', async () => {
  const text = fc.string({ maxLength: 20 }).map((value) => value.replace(/[\r\n]/g, ' '))
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat(30)),
      async (datas, end, cuts) => {
        const whole = datas.map((data, at) => `id: ${at}${end}data: ${data}${end}${end}`).join('')
        const parts: string[] = []
        let from = 0
        for (const cut of cuts) {
          parts.push(whole.slice(from, from + cut))
          from += cut
        }
        parts.push(whole.slice(from))
        expect(await eventsOf(...parts)).toEqual(datas.map((data, at) => ({ event: 'message', data, id: String(at) })))
      },
    ),
    runs(200),
  )
})
