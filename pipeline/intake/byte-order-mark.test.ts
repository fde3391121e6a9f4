import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../test/property.ts'
import { ByteOrderMark } from './byte-order-mark.ts'

function* cut(bytes: Uint8Array, ends: readonly number[]): Generator<Uint8Array> {
  let start = 0
  for (const end of [...ends, bytes.length].sort((a, b) => a - b)) {
    yield bytes.subarray(start, end)
    start = end
  }
}

function through(bytes: Uint8Array, ends: readonly number[]): Buffer {
  const mark = new ByteOrderMark()
  const pieces: Uint8Array[] = []
  for (const chunk of cut(bytes, ends)) {
    if (mark.isPast) pieces.push(chunk)
    else pieces.push(...mark.after(chunk))
  }
  return Buffer.concat([...pieces, ...mark.end()])
}

test('a body loses one byte order mark at its beginning and nothing else, however it is cut', () => {
  const byte = fc.constantFrom(0xef, 0xbb, 0xbf, 0x7b, 0x0a)
  const cases = fc
    .array(byte, { maxLength: 8 })
    .chain((bytes) => fc.tuple(fc.constant(Buffer.from(bytes)), fc.array(fc.nat(bytes.length), { maxLength: 4 })))
  fc.assert(
    fc.property(cases, ([bytes, ends]) => {
      const hasMark = bytes.toString('latin1').startsWith('\u00ef\u00bb\u00bf')
      expect(through(bytes, ends)).toEqual(hasMark ? bytes.subarray(3) : bytes)
    }),
    runs(1000),
  )
})
