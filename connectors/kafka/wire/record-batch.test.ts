import { expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { attribute, batchBytes, marker, varint } from '../../../test/kafka/batch-bytes.ts'
import { runs } from '../../../test/property.ts'
import type { LogRecord } from '../settings.ts'
import { type AbortedTransaction, decodePiece, decodeRecords, maxParts, offsetBehind } from './record-batch.ts'

const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString())
const one = (baseOffset: number, value: string, more: Partial<Parameters<typeof batchBytes>[0]> = {}) =>
  batchBytes({ baseOffset, records: [{ delta: 0, key: 'k', value }], ...more })

async function decodeAll(bytes: Buffer, from = 0, aborted: readonly AbortedTransaction[] = [], pieceBytes?: number) {
  const pieces = []
  for (const piece of decodeRecords({ bytes, from, aborted }, pieceBytes)) pieces.push(piece)
  const records: LogRecord[] = pieces.flatMap((piece) => piece.records)
  const nextOffset = pieces.at(-1)?.nextOffset
  // Without decoding it must be known where to fetch next.
  expect(offsetBehind(bytes, from)).toBe(nextOffset ?? -1)
  return { records, unreadable: pieces.flatMap(({ unreadable }) => unreadable), nextOffset, pieces: pieces.length }
}

async function valuesOf(bytes: Buffer, from = 0, aborted: readonly AbortedTransaction[] = []) {
  const { records, pieces: _, ...rest } = await decodeAll(bytes, from, aborted)
  return { values: records.map(({ value }) => text(value)), ...rest }
}

test('records are decoded as they were written: keys, values, nulls, headers, times and offsets', async () => {
  const part = fc.option(fc.uint8Array({ maxLength: 40 }))
  const record = fc.record({ key: part, value: part, headers: fc.array(fc.tuple(fc.string(), fc.option(fc.string()))) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1 }),
      fc.nat(2 ** 40),
      fc.boolean(),
      async (written, base, packed) => {
        const records = written.map((each, delta) => ({ ...each, delta }))
        const bytes = batchBytes({
          baseOffset: base,
          records,
          baseTimestampMs: 1_700_000_000_000,
          ...(packed ? { attributes: 1, pack: gzipSync } : {}),
        })
        const decoded = await decodeAll(bytes)
        expect(decoded.unreadable).toEqual([])
        expect(decoded.nextOffset).toBe(base + written.length)
        expect(
          decoded.records.map(({ headers, ...rest }) => ({
            ...rest,
            headers: headers.map(([name, value]) => [name, text(value)]),
          })),
        ).toEqual(
          records.map(({ key, value, headers, delta }) => ({
            offset: base + delta,
            timestampMs: 1_700_000_000_000 + delta * 10,
            key: key === null ? null : Buffer.from(key),
            value: value === null ? null : Buffer.from(value),
            headers,
          })),
        )
      },
    ),
    runs(100),
  )
})

test('a topic that stamps records itself gives all records of a batch its own time', async () => {
  const bytes = one(0, 'a', { attributes: attribute.logAppendTime, maxTimestampMs: 4321 })
  expect((await decodeAll(bytes)).records[0]?.timestampMs).toBe(4321)
})

test('a reader gets past batches that compaction has emptied, and past gaps behind the last record', async () => {
  const emptied = batchBytes({ baseOffset: 10, records: [], lastDelta: 9 })
  expect(await valuesOf(emptied, 10)).toEqual({ values: [], unreadable: [], nextOffset: 20 })
  const thinned = one(20, 'left', { lastDelta: 5 })
  expect(await valuesOf(Buffer.concat([emptied, thinned]), 12)).toEqual({
    values: ['left'],
    unreadable: [],
    nextOffset: 26,
  })
})

test('an offset in the middle of a batch leaves out what is before it', async () => {
  const records = ['a', 'b', 'c'].map((value, delta) => ({ delta, key: null, value }))
  expect((await valuesOf(batchBytes({ baseOffset: 5, records }), 6)).values).toEqual(['b', 'c'])
})

test('a batch that the limit on the answer has cut is left for the next fetch', async () => {
  const whole = Buffer.concat([one(0, 'a'), one(1, 'b')])
  for (let length = one(0, 'a').length; length < whole.length; length++) {
    expect(await valuesOf(whole.subarray(0, length))).toEqual({ values: ['a'], unreadable: [], nextOffset: 1 })
  }
})

test('aborted records are left out, those of other producers and of later transactions are not', async () => {
  const by = (producerId: number) => ({ producerId, attributes: attribute.transactional })
  const log = Buffer.concat([
    one(0, 'aborted', by(7)),
    one(1, 'other', by(8)),
    one(2, 'plain'),
    // Its key looks like an abort marker's; it is a record all the same.
    batchBytes({ baseOffset: 3, records: [{ delta: 0, key: Buffer.alloc(4), value: 'aborted too' }], ...by(7) }),
    one(4, 'aborted as well', by(7)),
    marker(5, 7, 'abort'),
    marker(6, 8, 'commit'),
    one(7, 'next', by(7)),
    marker(8, 7, 'commit'),
  ])
  const aborted = [{ producerId: 7, firstOffset: 0 }]
  expect((await valuesOf(log, 0, aborted)).values).toEqual(['other', 'plain', 'next'])
  expect(await valuesOf(log.subarray(one(0, 'aborted').length), 1, aborted)).toEqual({
    values: ['other', 'plain', 'next'],
    unreadable: [],
    nextOffset: 9,
  })
})

test('from the middle of a chunk on, what a producer has committed is there, though it aborted something before', () => {
  const by = (producerId: number) => ({ producerId, attributes: attribute.transactional })
  const bytes = Buffer.concat([
    one(0, 'aborted', by(7)),
    marker(1, 7, 'abort'),
    one(2, 'first', by(7)),
    one(3, 'second', by(7)),
    marker(4, 7, 'commit'),
  ])
  const aborted = [{ producerId: 7, firstOffset: 0 }]
  for (const from of [0, 1, 2, 3, 4]) {
    const { records } = decodePiece({ bytes, from, aborted }, Number.POSITIVE_INFINITY)
    const expected = ['first', 'second'].slice(Math.max(0, from - 2))
    expect([from, ...records.map(({ value }) => text(value))]).toEqual([from, ...expected])
  }
})

test('several transactions that were aborted at once are all left out', async () => {
  const by = (producerId: number) => ({ producerId, attributes: attribute.transactional })
  const log = Buffer.concat([
    one(0, 'a', by(1)),
    one(1, 'b', by(2)),
    one(2, 'c', by(3)),
    marker(3, 2, 'abort'),
    one(4, 'd', by(3)),
  ])
  const aborted = [
    { producerId: 3, firstOffset: 2 },
    { producerId: 1, firstOffset: 0 },
    { producerId: 2, firstOffset: 1 },
  ]
  expect((await valuesOf(log, 0, aborted)).values).toEqual([])
})

test('I13: a batch that cannot be decoded is reported with its offsets, and the batches around it are read', async () => {
  const unreadable: [string, Partial<Parameters<typeof batchBytes>[0]>, RegExp][] = [
    ['an unknown codec', { attributes: 6 }, /codec 6/],
    ['an old message format', { magic: 1 }, /message format 1/],
    ['bytes that are no gzip', { attributes: 1, pack: () => Buffer.from('nonsense') }, /./],
    ['more records than there are', { claimedRecords: 9 }, /cut short/],
    [
      'a record that says another length',
      { pack: (bytes) => Buffer.concat([Buffer.from([0x7e]), bytes.subarray(1)]) },
      /length|short/,
    ],
  ]
  for (const [, shape, reason] of unreadable) {
    const bad = one(1, 'bad', { ...shape, lastDelta: 3 })
    const read = await valuesOf(Buffer.concat([one(0, 'a'), bad, one(5, 'b')]), 0)
    expect(read.values).toEqual(['a', 'b'])
    expect(read.nextOffset).toBe(6)
    expect(read.unreadable).toMatchObject([{ firstOffset: 1, lastOffset: shape.magic === 1 ? 1 : 4 }])
    expect(read.unreadable[0]?.reason).toMatch(reason)
  }
})

test('I13: no bytes whatever make the decoder throw or go backwards', async () => {
  const good = Buffer.concat([one(0, 'a'), marker(1, 5, 'abort'), one(2, 'b', { attributes: 1, pack: gzipSync })])
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 }), async (hits) => {
      const bytes = Buffer.from(good)
      for (const [at, value] of hits) bytes[at] = value
      const { nextOffset } = await decodeAll(bytes, 0, [{ producerId: 5, firstOffset: 0 }])
      expect(nextOffset).toBeGreaterThanOrEqual(0)
    }),
    runs(500),
  )
})

test('I10: a batch of more records or headers than producers send is not read, since each takes a hundred times its bytes', async () => {
  const many = maxParts + 1
  const empty = Buffer.from('0c000000010100'.repeat(many), 'hex')
  const records = batchBytes({ baseOffset: 4, records: [], lastDelta: 8, pack: () => empty, claimedRecords: many })
  // Attributes, time, offset, no key, no value; then how many headers, each without name and value.
  const record = Buffer.concat([
    Buffer.from('0000000101', 'hex'),
    varint(many),
    Buffer.from('0001'.repeat(many), 'hex'),
  ])
  const withLength = () => Buffer.concat([varint(record.length), record])
  const headers = batchBytes({ baseOffset: 13, records: [], lastDelta: 0, pack: withLength, claimedRecords: 1 })
  const { values, unreadable, nextOffset } = await valuesOf(Buffer.concat([records, headers, one(14, 'good')]))
  expect([values, nextOffset]).toEqual([['good'], 15])
  expect(unreadable).toEqual([
    { firstOffset: 4, lastOffset: 12, reason: `the batch has ${many} records, more than ${maxParts}` },
    { firstOffset: 13, lastOffset: 13, reason: `the batch has more than ${maxParts} headers` },
  ])
})

test('I10: an answer is decoded in pieces of whole batches, however well it is compressed', async () => {
  const batches = Array.from({ length: 20 }, (_, index) =>
    one(index, 'x'.repeat(10_000), { attributes: 1, pack: gzipSync }),
  )
  const bytes = Buffer.concat(batches)
  expect(bytes.length).toBeLessThan(5000)
  const sizes: number[] = []
  for (const piece of decodeRecords({ bytes, from: 0, aborted: [] }, 25_000)) sizes.push(piece.records.length)
  expect(sizes).toEqual([3, 3, 3, 3, 3, 3, 2])
  expect((await decodeAll(bytes, 0, [], 25_000)).records).toHaveLength(20)
})
