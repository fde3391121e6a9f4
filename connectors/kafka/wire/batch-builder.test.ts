import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { bytesOf } from '../../../test/kafka/record-value.ts'
import { runs } from '../../../test/property.ts'
import { batchesOf } from './batch-builder.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter, varintBytes } from './byte-writer.ts'
import type { Codec } from './codecs.ts'
import { crc32c } from './crc32c.ts'
import { packRecords, sealBatch } from './packed-batch.ts'
import { decodeRecords } from './record-batch.ts'

const identity = { producerId: 123_456_789_012, epoch: 3, firstSequence: 7, isTransactional: false }
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  // Around the lengths at which the length of the length changes, in ASCII and in other letters.
  fc
    .tuple(fc.constantFrom('a', 'é', '€', '😀'), fc.integer({ min: 20, max: 70 }))
    .map(([letter, n]) => letter.repeat(n)),
  fc.tuple(fc.constantFrom('a', 'é', '€'), fc.integer({ min: 2700, max: 8200 })).map(([letter, n]) => letter.repeat(n)),
)
const part = fc.option(fc.oneof(text, fc.uint8Array({ maxLength: 50 })))
const value = fc.oneof(part, fc.array(text, { maxLength: 4 }))
const record = fc.record(
  {
    key: part,
    value,
    headers: fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), { maxKeys: 4 }),
    timestampMs: fc.nat(2 ** 42),
  },
  { requiredKeys: ['key', 'value', 'timestampMs'] },
)
const codec = fc.constantFrom<Codec>('none', 'gzip', 'snappy', 'lz4', 'zstd')

test('what is encoded is decoded to the same: texts, bytes, nulls, headers and times', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), codec, (records, by) => {
      const batches = Array.from(packRecords(records, by), (batch) => sealBatch(batch, identity))
      expect(batches).toHaveLength(1)
      const [decoded] = decodeRecords({ bytes: Buffer.concat(batches), from: 0, aborted: [] })
      expect(decoded?.unreadable).toEqual([])
      expect(decoded?.records).toEqual(
        records.map(({ key, value, headers = {}, timestampMs }, offset) => ({
          offset,
          timestampMs,
          key: key === null ? null : bytesOf(key),
          value: value === null ? null : bytesOf(value),
          headers: Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]),
        })),
      )
    }),
    runs(150),
  )
})

test('texts are written whole however little space the buffer has left', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(text, fc.array(text, { maxLength: 3 })), { maxLength: 12 }), (texts) => {
      const writer = new ByteWriter(1)
      for (const one of texts) writer.sized(one)
      const reader = new ByteReader(writer.bytes)
      for (const one of texts) expect(reader.bytes(reader.varint())).toEqual(bytesOf(one))
      expect(reader.remaining).toBe(0)
    }),
    runs(300),
  )
})

test('numbers are written as they are read, at both ends of their range', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      const writer = new ByteWriter(1)
      writer.int64(value)
      if (Math.abs(value) < 2 ** 51) writer.varint(value)
      const reader = new ByteReader(writer.bytes)
      expect(reader.int64()).toBe(value)
      if (Math.abs(value) < 2 ** 51) {
        expect(reader.remaining).toBe(varintBytes(value))
        expect(reader.varint()).toBe(value === 0 ? 0 : value)
      }
    }),
    runs(500),
  )
})

test("the checksum is Castagnoli's, as in RFC 3720", () => {
  expect(crc32c(new Uint8Array(32)).toString(16)).toBe('8a9136aa')
  expect(crc32c(new Uint8Array(32).fill(0xff)).toString(16)).toBe('62a8ab43')
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index)).toString(16)).toBe('46dd794e')
})

test('records are cut into batches under the limit, in their order, a large one alone', () => {
  const lengths = [100, 100, 900, 5000, 10, 10]
  const records = lengths.map((length, index) => ({ key: `${index}`, value: 'x'.repeat(length) }))
  const batches = Array.from(batchesOf(records, 1000), ({ count, bytes }) => [count, bytes.length > 1000])
  expect(batches).toEqual([
    [2, false],
    [1, false],
    [1, true],
    [2, false],
  ])
  expect([...batchesOf([], 1000)]).toEqual([])
})
