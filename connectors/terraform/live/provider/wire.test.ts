import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { field, fieldOf, fieldsOf, mapOf, message, numberField, numberOf, textOf } from './wire.ts'

test('what is written is read again, and what is unknown is passed over', () => {
  const any = fc.record({
    number: fc.integer({ min: 1, max: 2 ** 29 - 1 }),
    value: fc.maxSafeNat(),
    bytes: fc.uint8Array(),
  })
  fc.assert(
    fc.property(fc.array(any), (fields) => {
      const written = message(
        ...fields.flatMap(({ number, value, bytes }) => [
          numberField(number, value),
          // A fixed-width field of 64 bits, and one of 32, which this protocol doesn't have.
          Buffer.from([(15 << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8, (15 << 3) | 5, 1, 2, 3, 4]),
          field(number, bytes),
        ]),
      )
      const kept = fieldsOf(written).map(({ number, value, bytes }) => [number, value, bytes.length])
      const expected = fields.flatMap(({ number, value, bytes }) => [
        ...(value === 0 ? [] : [[number, value, 0]]),
        [number, 0, bytes.length],
      ])
      expect(kept).toEqual(expected)
    }),
  )
})

test('the last of a repeated field counts, absent ones have their default, a map is its entries', () => {
  const fields = fieldsOf(
    message(
      field(1, 'a'),
      field(1, 'ü'),
      numberField(2, 300),
      field(3, message(field(1, 'k'), field(2, 'v'))),
      field(3, field(1, 'empty')),
    ),
  )
  expect([textOf(fields, 1), numberOf(fields, 2), textOf(fields, 9), numberOf(fields, 9), fieldOf(fields, 9)]).toEqual([
    'ü',
    300,
    '',
    0,
    null,
  ])
  expect([...mapOf(fields, 3)].map(([key, value]) => `${key}=${Buffer.from(value)}`)).toEqual(['k=v', 'empty='])
})

test('bytes that are no message are refused at every length', () => {
  const whole = message(field(1, 'text'), numberField(2, 70_000))
  for (const cut of [1, 3, whole.length - 1]) expect(() => fieldsOf(whole.subarray(0, cut))).toThrow(/message/)
  expect(() => fieldsOf(new Uint8Array(12).fill(0xff))).toThrow('longer than ten bytes')
  expect(() => fieldsOf(Buffer.from([(1 << 3) | 3]))).toThrow('unknown kind 3')
})
