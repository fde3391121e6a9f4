import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import { hashId, hashIdAt } from './id-hash.ts'

/** The hash of an id where it stands in a document. */
function atItsPosition(id: string, scopeId: number, before = '{"id":') {
  const bytes = Buffer.from(`${before}${JSON.stringify(id)},"type":"t"}`)
  const out = { idLo: 0, idHi: 0 }
  const start = Buffer.byteLength(before) + 1
  const end = hashIdAt(bytes, start, bytes.length, scopeId, out)
  return { ...out, end: end < 0 ? -1 : end - start }
}

const plainId = fc.string({ minLength: 1, unit: 'grapheme' }).filter((id) => JSON.stringify(id) === `"${id}"`)
const scopeId = fc.integer({ min: 1, max: 2 ** 31 - 1 })

describe('the hash of an id', () => {
  test('is the same as text and where it stands in a document, and ends with the id', () => {
    fc.assert(
      fc.property(plainId, scopeId, fc.string(), (id, of, before) => {
        expect(atItsPosition(id, of, before)).toEqual({ ...hashId(id, of), end: Buffer.byteLength(id) })
      }),
      runs(300),
    )
  })

  test('differs by scope', () => {
    fc.assert(
      fc.property(plainId, scopeId, (id, of) => expect(hashId(id, of)).not.toEqual(hashId(id, of + 1))),
      runs(300),
    )
  })

  test('has no two alike among 200,000 ids that differ by little, and each half spreads alone', () => {
    const [whole, lows, highs] = [new Set<string>(), new Set<number>(), new Set<number>()]
    for (let n = 0; n < 200_000; n++) {
      const { idLo, idHi } = hashId(`module.app[${n % 500}].aws_instance.web[${Math.floor(n / 500)}]`, 1)
      whole.add(`${idLo} ${idHi}`)
      lows.add(idLo)
      highs.add(idHi)
    }
    expect(whole.size).toBe(200_000)
    // Of 200,000 values of 32 bits that are drawn by chance, 4.7 pairs are alike.
    expect(Math.min(lows.size, highs.size)).toBeGreaterThan(199_900)
  })

  test('of an id that is written with an escape is found by its text alone, and is spread too', () => {
    const ids = ['a\\b', 'a\\c', '"', '\\', '"a']
    const hashes = ids.map((id) => hashId(id, 1))
    expect(new Set(hashes.map(({ idLo, idHi }) => `${idLo} ${idHi}`)).size).toBe(ids.length)
    expect(ids.map((id) => atItsPosition(id, 1).end)).toEqual(ids.map(() => -1))
  })

  test('is none where the id is empty or doesn’t end before the limit, and the last hash is left as it was', () => {
    const bytes = Buffer.from('"abc"')
    const out = { idLo: 1, idHi: 2 }
    expect(hashIdAt(bytes, 1, 4, 1, out)).toBe(-1)
    expect(hashIdAt(Buffer.from('""'), 1, 2, 1, out)).toBe(-1)
    expect(hashIdAt(bytes, 5, 5, 1, out)).toBe(-1)
    expect(out).toEqual({ idLo: 1, idHi: 2 })
    expect(hashIdAt(bytes, 1, 5, 1, out)).toBe(4)
    expect(out).not.toEqual({ idLo: 1, idHi: 2 })
  })
})
