import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../test/property.ts'
import { batchesOf } from './ndjson-batches.ts'

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const batchesIn = async (text: string, pieceSize: number, maxBytes: number) =>
  (await Array.fromAsync(batchesOf(cut(new TextEncoder().encode(text), pieceSize), maxBytes))).map(
    ({ bytes, lines }) => ({
      text: new TextDecoder().decode(bytes),
      lines,
    }),
  )

test('batches hold whole lines, all of them, in order, none larger than allowed unless it is one line', async () => {
  const line = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'ä', '{', '"', ' ') })
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 20 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 30 }),
      async (lines, ended, piece, max) => {
        const text = lines.join('\n') + (ended && lines.length > 0 ? '\n' : '')
        const batches = await batchesIn(text, piece, max)
        const kept = text.split('\n').filter((each) => each.trim() !== '')
        expect(batches.map((batch) => batch.text.replace(/\n$/, '')).join('\n')).toBe(kept.join('\n'))
        for (const batch of batches) {
          const inIt = batch.text.replace(/\n$/, '').split('\n').length
          expect(batch.lines).toBe(inIt)
          if (inIt > 1) expect(Buffer.byteLength(batch.text)).toBeLessThanOrEqual(max)
        }
      },
    ),
    runs(200),
  )
})

test('nothing, and nothing but line ends, makes no batch', async () => {
  expect(await batchesIn('', 1, 10)).toEqual([])
  expect(await batchesIn('\n\r\n  \n', 2, 10)).toEqual([])
})
