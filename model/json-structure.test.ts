import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import { hasTooMuchStructure, maxStructure } from './json-structure.ts'

const isTooMuch = (value: unknown) => hasTooMuchStructure(Buffer.from(JSON.stringify(value)))
const members = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`member ${n}`, n]))

test('what costs time to parse and redact is counted, and the bound itself is allowed', () => {
  // The object around the members is one more.
  expect(isTooMuch(members(maxStructure - 1))).toBe(false)
  expect(isTooMuch(members(maxStructure))).toBe(true)
  expect(isTooMuch(Array.from({ length: maxStructure }, () => []))).toBe(true)
  expect(isTooMuch(Array.from({ length: maxStructure }, () => ({})))).toBe(true)
})

test('elements of lists, and colons and brackets in texts, are no structure of the document', () => {
  expect(isTooMuch(Array.from({ length: 5 * maxStructure }, (_, n) => n))).toBe(false)
  expect(isTooMuch({ text: '{[:'.repeat(maxStructure / 2) })).toBe(false)
  expect(isTooMuch({ text: '\\":'.repeat(maxStructure / 2), '":\\': 1 })).toBe(false)
})

test('JSON in texts is looked into, so a document may not have any amount of it', () => {
  const inner = JSON.stringify(members(maxStructure - 1))
  expect(isTooMuch({ a: inner, b: inner })).toBe(false)
  expect(isTooMuch({ a: inner, b: inner, c: inner })).toBe(true)
})

test('the count is that of the parsed document, whatever its texts hold', () => {
  const count = (value: unknown): number => {
    if (typeof value !== 'object' || value === null) return 0
    if (Array.isArray(value)) return value.reduce((sum, element) => sum + count(element), 1)
    return Object.values(value).reduce((sum: number, member) => sum + 1 + count(member), 1)
  }
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // As many empty lists beside it as bring the whole to the bound, and one more.
      const others = maxStructure - 1 - count(value)
      const beside = (more: number) => [value, ...Array.from({ length: others + more }, () => [])]
      expect([isTooMuch(beside(0)), isTooMuch(beside(1))]).toEqual([false, true])
    }),
    runs(15),
  )
}, 60_000)
