import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../test/property.ts'
import { withoutByteOrderMark } from './byte-order-mark.ts'

async function* cut(bytes: Uint8Array, ends: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0
  for (const end of [...ends, bytes.length].sort((a, b) => a - b)) {
    yield bytes.subarray(start, end)
    start = end
  }
}

async function through(bytes: Uint8Array, ends: readonly number[]): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of withoutByteOrderMark(cut(bytes, ends))) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

test('a body loses one byte order mark at its beginning and nothing else, however it is cut', async () => {
  const byte = fc.constantFrom(0xef, 0xbb, 0xbf, 0x7b, 0x0a)
  const cases = fc
    .array(byte, { maxLength: 8 })
    .chain((bytes) => fc.tuple(fc.constant(Buffer.from(bytes)), fc.array(fc.nat(bytes.length), { maxLength: 4 })))
  await fc.assert(
    fc.asyncProperty(cases, async ([bytes, ends]) => {
      const hasMark = bytes.toString('latin1').startsWith('\u00ef\u00bb\u00bf')
      expect(await through(bytes, ends)).toEqual(hasMark ? bytes.subarray(3) : bytes)
    }),
    runs(1000),
  )
})
