import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Json } from '../model/resource.ts'
import { runs } from '../test/property.ts'
import { charsOf, copyOf } from './json-parts.ts'

const json = fc.jsonValue() as fc.Arbitrary<Json>

test('a copy says the same and shares nothing that can be changed, whatever its members are called', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = JSON.stringify(value)
      const copy = copyOf(value)
      expect(JSON.stringify(copy)).toBe(text)
      if (typeof copy === 'object' && copy !== null) {
        for (const name of Object.keys(copy)) Reflect.set(copy, name, 'changed')
        expect(JSON.stringify(value)).toBe(text)
      }
    }),
    runs(200),
  )
  const odd = JSON.parse('{"__proto__": {"a": 1}}') as Json
  expect(JSON.stringify(copyOf(odd))).toBe('{"__proto__":{"a":1}}')
})

test('the characters of a value are about those of its JSON', () => {
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(fc.stringMatching(/^[a-z]{0,12}$/), fc.stringMatching(/^[ -!#-[\]-~]{0,40}$/))),
      (value) => {
        const chars = JSON.stringify(value).length
        expect(Math.abs(charsOf(value) - chars)).toBeLessThanOrEqual(2 + chars / 4)
      },
    ),
    runs(200),
  )
})
