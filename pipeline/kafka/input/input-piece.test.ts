import { expect, test } from 'bun:test'
import { encode } from '@msgpack/msgpack'
import type { LogRecord } from '../../../connectors/kafka/kafka.ts'
import { inputPiece } from './input-piece.ts'

const message = (offset: number, value: string | Uint8Array | null, contentType?: string): LogRecord => ({
  offset,
  timestampMs: 0,
  key: null,
  value: typeof value === 'string' ? Buffer.from(value) : value,
  headers: contentType === undefined ? [] : [['Content-Type', Buffer.from(contentType)]],
})
const pieceOf = (...records: LogRecord[]) => {
  const { bytes, offsets, refused } = inputPiece({ records, unreadable: [] })
  const lines = Buffer.from(bytes).toString().split('\n').slice(0, -1)
  return { lines, offsets: lines.map((_, line) => offsets.at(line)), refused }
}

test('each line has the offset of its message, empty ones too', () => {
  const { lines, offsets, refused } = pieceOf(message(7, '{"a":1}\n\n{"b":2}\n'), message(9, '{"c":3}'))
  expect([lines, offsets, refused]).toEqual([['{"a":1}', '', '{"b":2}', '{"c":3}'], [7, 7, 7, 9], []])
})

test('a message that says that it is MessagePack becomes the lines that its records are in JSON', () => {
  const one = encode({ kind: 'gone', id: 'a\nb' })
  const many = encode(
    [
      { kind: 'gone', id: 'c' },
      { kind: 'gone', id: 2n ** 60n },
    ],
    { useBigInt64: true },
  )
  const { lines, offsets, refused } = pieceOf(
    message(1, one, 'application/msgpack'),
    message(2, '{"kind":"gone","id":"json"}', 'application/json'),
    message(3, many, 'Application/vnd.msgpack; charset=binary'),
  )
  expect(lines).toEqual([
    '{"kind":"gone","id":"a\\nb"}',
    '{"kind":"gone","id":"json"}',
    '{"kind":"gone","id":"c"}',
    '{"kind":"gone","id":1152921504606846976}',
  ])
  expect([offsets, refused]).toEqual([[1, 2, 3, 3], []])
})

test('I13: a message that is not what it says is refused with its offset, and those around it stay', () => {
  const { lines, refused } = pieceOf(
    message(1, '{"kind":"gone"}'),
    message(2, '{"kind":"gone"}', 'application/msgpack'),
    message(3, null),
    message(4, encode([{ a: 1 }]).subarray(0, 3), 'application/msgpack'),
    message(5, '{"kind":"gone"}'),
    message(6, ''),
  )
  expect(lines).toHaveLength(2)
  expect(refused).toEqual([
    { offset: 2, reason: 'not_json', detail: expect.stringContaining('no MessagePack') },
    { offset: 3, reason: 'not_json', detail: 'a message without a value' },
    { offset: 4, reason: 'not_json', detail: expect.stringContaining('middle') },
    { offset: 6, reason: 'not_json', detail: 'an empty message' },
  ])
})
