import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../test/property.ts'
import { expandFlatmap } from './flatmap.ts'
import type { JsonObject } from './parse-bytes.ts'

type Nested = string | Nested[] | { [name: string]: Nested }

/** As terraform before 0.12 flattened it: objects only inside lists and at the root, maps of plain values by `%`. */
function flatten(value: Nested, name: string, into: JsonObject): void {
  if (typeof value === 'string') into[name] = value
  else if (Array.isArray(value)) {
    into[`${name}.#`] = String(value.length)
    for (const [at, inner] of value.entries()) flatten(inner, `${name}.${at}`, into)
  } else for (const [part, inner] of Object.entries(value)) flatten(inner, `${name}.${part}`, into)
}

const name = fc.stringMatching(/^[a-z][a-z_]{0,6}$/)
const { value: nested } = fc.letrec<{ value: Nested; object: { [name: string]: Nested } }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, fc.string(), fc.array(fc.oneof(fc.string(), tie('object')), { maxLength: 12 })),
  object: fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 4 }),
}))

describe('flat attributes', () => {
  test('expand to what was flattened', () => {
    fc.assert(
      fc.property(fc.dictionary(name, nested, { noNullPrototype: true }), (attributes) => {
        const flat: JsonObject = {}
        for (const [first, value] of Object.entries(attributes)) flatten(value, first, flat)
        expect(expandFlatmap(flat)).toEqual(attributes)
      }),
      runs(200),
    )
  })

  test('make maps of %, whose keys may have dots', () => {
    expect(expandFlatmap({ 'tags.%': '3', 'tags.Name': 'w', 'tags.a.b/c': 'd', 'tags.__proto__': 'p' })).toEqual({
      tags: JSON.parse('{"Name": "w", "a.b/c": "d", "__proto__": "p"}'),
    })
  })

  test('make lists of sets, ordered by hash whatever the order of the names', () => {
    const one = { 'sg.#': '2', 'sg.900': 'b', 'sg.1000': 'a', 'in.#': '1', 'in.77.cidr.#': '1', 'in.77.cidr.0': '::/0' }
    const other = Object.fromEntries(Object.entries(one).reverse())
    expect(expandFlatmap(one)).toEqual({ sg: ['b', 'a'], in: [{ cidr: ['::/0'] }] })
    expect(expandFlatmap(other)).toEqual(expandFlatmap(one))
  })

  test('keep their flat names where they follow no known form, and nest no deeper than a bound', () => {
    expect(expandFlatmap({ 'a.b': '1', a: '2', 'x.y.z': '3' })).toEqual({ 'a.b': '1', a: '2', 'x.y.z': '3' })
    const deep = Object.fromEntries(Array.from({ length: 3000 }, (_, depth) => [`a${'.0'.repeat(depth)}.#`, '1']))
    expect(() => JSON.stringify(expandFlatmap(deep))).not.toThrow()
  })
})
