import { expect, test } from 'bun:test'
import { ExtData, encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { parseJson } from '../../../../model/json.ts'
import type { Json } from '../../../../model/resource.ts'
import { toEncodable } from './encode-value.ts'
import { shapeOf } from './schema.ts'
import { decodeValue } from './value.ts'

const decoded = (value: unknown, type: Json): string =>
  JSON.stringify(decodeValue({ form: 'msgpack', bytes: encode(value, { useBigInt64: true }) }, shapeOf(type)))

test('a value stands as a state writes it: every attribute, in the order of the names', () => {
  const type = ['object', { b: 'bool', a: 'string', list: ['list', 'number'], map: ['map', 'string'] }]
  expect(decoded({ map: { z: '1', y: '2' }, a: 'x', list: [2, 1] }, type)).toBe(
    '{"a":"x","b":null,"list":[2,1],"map":{"y":"2","z":"1"}}',
  )
})

test('numbers keep their digits in each of their forms', () => {
  for (const [wire, text] of [
    [7, '7'],
    [0.1, '0.1'],
    ['0.1', '0.1'],
    [9007199254740993n, '9007199254740993'],
    [-9223372036854775808n, '-9223372036854775808'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['0.30000000000000000000001', '0.30000000000000000000001'],
  ] as const)
    expect(decoded(wire, 'number')).toBe(text)
})

test('a set stands in one order, whatever the order in which it came', () => {
  const objects = fc.record({ a: fc.string(), b: fc.option(fc.integer()) })
  const check = (type: Json, elements: fc.Arbitrary<unknown>) =>
    fc.assert(
      fc.property(
        fc.array(elements, { maxLength: 8 }),
        fc.infiniteStream(fc.double({ noNaN: true })),
        (set, weights) => {
          const shuffled = set
            .map((element) => ({ element, weight: weights.next().value ?? 0 }))
            .sort((a, b) => a.weight - b.weight)
            .map(({ element }) => element)
          expect(decoded(shuffled, type)).toBe(decoded(set, type))
        },
      ),
    )
  check(['set', 'string'], fc.string({ unit: 'grapheme' }))
  check(['set', 'number'], fc.integer())
  check(['set', ['object', { a: 'string', b: 'number' }]], objects)
  expect(decoded([10, 9, '1e1'], ['set', 'number'])).toBe('[9,10,10]')
  expect(decoded(['ﬀ', '😀', 'b', 'B'], ['set', 'string'])).toBe('["B","b","ﬀ","😀"]')
})

test('a dynamic value stands with its type beside it, at every depth', () => {
  const type = (json: unknown) => Buffer.from(JSON.stringify(json))
  const inner = [type(['tuple', ['string']]), ['x']]
  expect(decoded([type(['object', { a: 'dynamic', b: 'number' }]), { a: inner, b: 1 }], 'dynamic')).toBe(
    '{"value":{"a":{"value":["x"],"type":["tuple",["string"]]},"b":1},"type":["object",{"a":"dynamic","b":"number"}]}',
  )
  expect(decoded(null, 'dynamic')).toBe('null')
  expect(decoded([type('string'), null], 'dynamic')).toBe('{"value":null,"type":"string"}')
})

test('the same value in JSON is the same', () => {
  const shape = shapeOf(['object', { any: 'dynamic', set: ['set', 'string'] }])
  const bytes = Buffer.from('{"set":["b","a"],"any":{"type":"number","value":12345678901234567890}}')
  expect(JSON.stringify(decodeValue({ form: 'json', bytes }, shape))).toBe(
    '{"any":{"value":12345678901234567890,"type":"number"},"set":["a","b"]}',
  )
})

test('null in each of its forms is null', () => {
  expect(decodeValue(null, shapeOf('string'))).toBeNull()
  expect(decoded(null, ['object', { a: 'string' }])).toBe('null')
  expect(decodeValue({ form: 'json', bytes: Buffer.from('null') }, shapeOf('string'))).toBeNull()
})

test('what is not known yet, and what is not of its type, is refused without a word of its value', () => {
  const type = ['object', { a: ['list', 'string'] }]
  const unknown = (ext: number) => ({ a: ['hunter2', new ExtData(ext, new Uint8Array([0]))] })
  expect(() => decoded(unknown(0), type)).toThrow('the value at a.1 is not known yet')
  expect(() => decoded(unknown(12), type)).toThrow('the value at a.1 is not known yet')
  for (const [value, of] of [
    ['hunter2', 'number'],
    ['hunter2', ['list', 'string']],
    [{ a: 'hunter2' }, type],
    [7, 'string'],
    ['x', 'dynamic'],
    [[1], ['tuple', []]],
  ] as const)
    expect(() => decoded(value, of as Json)).toThrow(/^the value at [a-z ]+ is no [a-z ]+$/)
})

test('what a state or a person wrote goes to the provider and comes back', () => {
  const type = [
    'object',
    { n: 'number', s: 'string', b: 'bool', l: ['list', 'string'], m: ['map', 'number'], d: 'dynamic' },
  ]
  const roundTrip = (text: string): string => decoded(toEncodable(parseJson(text), shapeOf(type), 'x'), type)
  expect(roundTrip('{"n":12345678901234567,"s":"x","b":true,"l":["a"],"m":{"k":1e400},"d":[1,"a"]}')).toBe(
    '{"b":true,"d":{"value":[1,"a"],"type":["tuple",["number","string"]]},"l":["a"],"m":{"k":1e400},"n":12345678901234567,"s":"x"}',
  )
  expect(roundTrip('{"n":"7","s":7,"b":"false"}')).toBe('{"b":false,"d":null,"l":null,"m":null,"n":7,"s":"7"}')
  expect(() => roundTrip('{"l":"a"}')).toThrow('x.l must be a list')
  expect(() => roundTrip('{"m":{"k":"hunter2"}}')).toThrow('x.m.k must be a number')
})
