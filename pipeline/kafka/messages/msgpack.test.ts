import { describe, expect, test } from 'bun:test'
import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { maxDepth, parseJson } from '../../../model/json.ts'
import { runs } from '../../../test/property.ts'
import { jsonToMsgpack } from './json-to-msgpack.ts'
import { msgpackToNdjson } from './msgpack-to-json.ts'

const linesOf = (bytes: Uint8Array): string[] => Buffer.from(msgpackToNdjson(bytes)).toString().split('\n').slice(0, -1)
const said = (bytes: Uint8Array): unknown => linesOf(bytes).map((text) => JSON.parse(text))
const nested = (depth: number): Buffer => Buffer.concat([Buffer.alloc(depth, 0x91), Buffer.from([0xc0])])

test('what another library writes is read as the same JSON', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue({ maxDepth: 6 })), (values) => {
      expect(said(encode(values))).toEqual(JSON.parse(JSON.stringify(values)))
    }),
    runs(300),
  )
})

test('JSON goes through MessagePack and back without losing a digit', () => {
  const number = fc.oneof(
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
    fc.constantFrom('0.1000000000000000000000000001', '1e400', '-1E-400', '18446744073709551616', '4294967296'),
  )
  fc.assert(
    fc.property(fc.array(number), fc.jsonValue(), (numbers, value) => {
      const text = JSON.stringify(parseJson(`{"n":[${numbers}],"v":${JSON.stringify(value)},"__proto__":{"a":1}}`))
      expect(linesOf(jsonToMsgpack(text)).map((one) => JSON.stringify(parseJson(one)))).toEqual([text])
    }),
    runs(300),
  )
})

test('one record is one text, an array is as many as it has records', () => {
  expect(said(encode({ kind: 'gone' }))).toEqual([{ kind: 'gone' }])
  expect(said(encode([{ a: 1 }, { b: 2 }]))).toEqual([{ a: 1 }, { b: 2 }])
  expect(said(encode([]))).toEqual([])
  expect(said(encode(Array.from({ length: 70_000 }, (_, i) => i)))).toHaveLength(70_000)
})

test('binary is base64, a timestamp RFC 3339, with its nanoseconds where it has some', () => {
  const at = new Date('2026-11-23T12:00:00.250Z')
  expect(said(encode({ b: new Uint8Array([1, 2, 3]), at, whole: new Date(0) }))).toEqual([
    { b: 'AQID', at: '2026-11-23T12:00:00.250Z', whole: '1970-01-01T00:00:00.000Z' },
  ])
  const nanoseconds = Buffer.from([0xd7, 0xff, 0, 0, 0, 0, 0, 0, 0, 0])
  nanoseconds.writeBigUInt64BE((123_456_789n << 34n) | 1n, 2)
  expect(said(nanoseconds)).toEqual(['1970-01-01T00:00:01.123456789Z'])
})

describe('what can not be used is refused with the reason', () => {
  test.each([
    ['nothing', Buffer.alloc(0), 'empty'],
    ['a byte that begins nothing', Buffer.from([0xc1]), '0xc1'],
    ['a text that is no UTF-8', Buffer.from([0xa2, 0xff, 0xfe]), 'UTF-8'],
    ['an end in the middle', encode({ a: 'text' }).subarray(0, 5), 'middle'],
    ['something behind it', Buffer.from([0xc0, 0xc0]), 'follow'],
    ['names that are numbers', Buffer.from([0x81, 0x01, 0x02]), 'no text'],
    ['infinity', encode([Number.POSITIVE_INFINITY]), 'finite'],
    ['an extension of somebody', Buffer.from([0xd4, 0x05, 0x00]), 'type 5'],
    ['code as a number', Buffer.from([0xd6, 0x01, 0x31, 0x2c, 0x22, 0x22]), 'type 1'],
    ['four thousand million elements of nothing', Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]), 'middle'],
    ['a length beyond the message', Buffer.from([0xdb, 0xff, 0xff, 0xff, 0xff, 0x61]), 'middle'],
  ])('%s', (_, bytes, reason) => {
    expect(() => msgpackToNdjson(bytes)).toThrow(reason)
  })

  test('I13: a document nested without end', () => {
    expect(() => msgpackToNdjson(nested(2_000_000))).toThrow('nested deeper')
    expect(said(nested(maxDepth))).toHaveLength(1)
  })

  test('random bytes, without anything but a refusal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          for (const text of linesOf(bytes)) JSON.parse(text)
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad_input' })
        }
      }),
      runs(2000),
    )
  })
})
