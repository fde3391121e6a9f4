import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../test/property.ts'
import { ResourceIndex } from './resource-index.ts'

const encoder = new TextEncoder()

test('finds every key that was added, and says which one was there before', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 6 }), { maxLength: 200 }), fc.string(), (keys, absent) => {
      const index = new ResourceIndex()
      const expected = new Map<string, number>()
      for (const [at, key] of keys.entries()) {
        const bytes = encoder.encode(`${key}#rest that is not the key`)
        const length = encoder.encode(key).length
        const entry = index.add(bytes, length, Uint32Array.of(at, ~at), at * 2 ** 33, at)
        const before = expected.get(key)
        expect(entry).toBe(before === undefined ? expected.size : -1 - before)
        if (before === undefined) expected.set(key, entry)
      }
      expect(index.count).toBe(expected.size)
      for (const [key, entry] of expected) {
        const bytes = encoder.encode(key)
        expect(index.find(bytes, bytes.length)).toBe(entry)
        expect(Buffer.from(index.key(entry)).toString()).toBe(Buffer.from(bytes).toString())
        expect(index.offset(entry)).toBe(keys.indexOf(key) * 2 ** 33)
      }
      const bytes = encoder.encode(absent)
      if (!expected.has(absent)) expect(index.find(bytes, bytes.length)).toBe(-1)
    }),
    runs(200),
  )
})

test('grows beyond its first size without losing anything', () => {
  const index = new ResourceIndex()
  const count = 40_000
  for (let n = 0; n < count; n++) {
    const key = encoder.encode(`aws/-/eu-west-1/aws_instance/i-${n}`)
    expect(index.add(key, key.length, Uint32Array.of(n, n + 1), n * 1000, n)).toBe(n)
  }
  for (let n = 0; n < count; n += 7) {
    const key = encoder.encode(`aws/-/eu-west-1/aws_instance/i-${n}`)
    expect(index.find(key, key.length)).toBe(n)
    expect([index.offset(n), index.length(n)]).toEqual([n * 1000, n])
    expect(index.hasHash(n, Uint32Array.of(n, n + 1))).toBe(true)
    expect(index.hasHash(n, Uint32Array.of(n, n))).toBe(false)
  }
})
