import { describe, expect, test } from 'bun:test'
import type { Scope } from '../model/scope.ts'
import type { Batch } from './batch.ts'
import { decode } from './decode.ts'
import { operatorCases } from './operator.case.ts'
import { readRecord } from './read-record.ts'
import { begin, end, gone, idsOf, input, observed, recordBytes, scope, TestPartition } from './test-partition.case.ts'

operatorCases({ name: 'decode', step: decode, ids: idsOf, asks: 'scope' })

const shape = (batch: Batch) => [batch.scope.scope, batch.envelope.scan, idsOf(batch), batch.control?.kind ?? null]

describe('runs of observations', () => {
  test('observations of one scope and one envelope are one batch; another scope or envelope begins the next', () => {
    using partition = new TestPartition()
    const other = { scope: 'push/-/-/others' }
    const records = [
      ...[observed('a'), observed('b'), observed('c', {}, { scan: 's' }), observed('d', {}, { scan: 's' })],
      ...[observed('e', {}, other), observed('f')],
    ]
    expect(partition.run(decode, shape, input(...records))).toEqual([
      [scope, null, ['a', 'b'], null],
      [scope, 's', ['c', 'd'], null],
      ['push/-/-/others' as Scope, null, ['e'], null],
      [scope, null, ['f'], null],
    ])
  })

  test('a run that is longer than one batch goes on in the next, and no record is lost or doubled', () => {
    using partition = new TestPartition()
    const ids = Array.from({ length: 10_000 }, (_, n) => `id-${n}`)
    const batches = partition.run(decode, idsOf, input(...ids.map((id) => observed(id))))
    expect(batches.length).toBeGreaterThan(1)
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(4096)
    expect(batches.flat()).toEqual(ids)
    expect(partition.counters.records).toBe(10_000)
  })

  test('how a record is laid out changes nothing of what is read', () => {
    using partition = new TestPartition()
    const resource = { id: 'a/ü', type: 'thing', provider: 'push', configuration: { size: 1, list: [1, 'x'] } }
    const head = { kind: 'observed', scope, scan: 's', observed_at: '2026-01-01T00:00:00Z' }
    const spellings = [
      JSON.stringify({ ...head, resource }),
      JSON.stringify({ resource, ...head }),
      JSON.stringify({ ...head, resource }, null, 1).replaceAll('\n', ''),
      JSON.stringify({ ...head, resource: Object.fromEntries(Object.entries(resource).toReversed()) }),
      JSON.stringify({ ...head, resource }).replace('ü', '\\u00fc'),
      `\t ${JSON.stringify({ ...head, resource })} \r`,
    ]
    for (const spelling of spellings) {
      const read = partition.run(decode, documentOf, input(spelling))
      expect(read).toEqual([{ document: resource, scan: 's', observedAtMs: Date.parse(head.observed_at) }])
    }
    expect(partition.letters).toEqual([])
  })

  test('blank lines and CRLF are no records, and a last line needs no newline', () => {
    using partition = new TestPartition()
    const line = JSON.stringify
    const text = `\n${line(observed('a'))}\r\n\r\n  \n${line(observed('b'))}\n{nonsense}\n${line(observed('c'))}`
    expect(partition.run(decode, idsOf, input(text)).flat()).toEqual(['a', 'b', 'c'])
    expect(partition.counters).toMatchObject({ records: 4, bytes: Buffer.byteLength(text) })
    expect(partition.letters.map(({ source }) => source)).toEqual(['test line 6'])
  })
})

const documentOf = ({ bytes, observed: { start, end: ends }, envelope }: Batch) => ({
  document: JSON.parse(bytes.toString('utf8', start[0], ends[0])),
  scan: envelope.scan,
  observedAtMs: envelope.observedAtMs,
})

describe('what can’t be used', () => {
  const depth = 2_000
  const cases: readonly (readonly [reason: string, record: object | string])[] = [
    ['not_json', 'hello'],
    ['not_json', '{"kind":"observed",'],
    ['too_large', JSON.stringify(observed('big', { name: 'x'.repeat(recordBytes) }))],
    ['too_deep', `{"kind":"observed","scope":"${scope}","x":${'['.repeat(depth)}${']'.repeat(depth)}}`],
    ['unknown_kind', { kind: 'watched', scope }],
    ['unknown_kind', { scope }],
    ['invalid_record', [1, 2]],
    ['invalid_record', { kind: 'gone', scope: 'not-a-scope', id: 'x' }],
    ['invalid_record', { kind: 'scan.end', scope, scan: 's', complete: 'yes' }],
    ['invalid_resource', { kind: 'observed', scope, resource: { id: '', type: 't', provider: 'p' } }],
    ['operator_record', { kind: 'hold.release', scope, apply: true }],
  ]
  test.each(cases)(
    '%s: a dead letter with its line and beginning, and the records around it are taken',
    (reason, record) => {
      using partition = new TestPartition()
      expect(partition.run(decode, idsOf, input(observed('a'), record, observed('b'))).flat()).toEqual(['a', 'b'])
      const text = typeof record === 'string' ? record : JSON.stringify(record)
      expect(partition.letters).toEqual([
        { reason, detail: expect.any(String), source: 'test line 2', preview: text.slice(0, 800) },
      ])
    },
  )

  test('bytes that are no UTF-8 are a dead letter', () => {
    using partition = new TestPartition()
    const bytes = Buffer.from(JSON.stringify({ kind: 'gone', scope, id: 'x~y' }).replace('~', '\xff'), 'latin1')
    expect(partition.run(decode, idsOf, { bytes, source: 'test', lines: null })).toEqual([])
    expect(partition.letters.map(({ reason }) => reason)).toEqual(['not_utf8'])
  })

  test('a record of a scope that belongs to another partition is a dead letter, however it is laid out', () => {
    using partition = new TestPartition({ partitions: 1_000 })
    const [laidOut, parsed] = [
      observed('a'),
      { resource: { id: 'a', type: 't', provider: 'p' }, kind: 'observed', scope },
    ]
    expect(partition.run(decode, idsOf, input(laidOut, parsed, gone('a')))).toEqual([])
    expect(partition.letters.map(({ reason }) => reason)).toEqual(Array(3).fill('wrong_partition'))
  })

  test('an offset beyond 32 bits stands in the dead letter as it is', () => {
    using partition = new TestPartition()
    const lines = { at: (line: number) => 2 ** 40 + line }
    partition.run(decode, idsOf, { ...input('x', observed('a'), 'y'), lines, unit: 'offset' })
    expect(partition.letters.map(({ source }) => source)).toEqual([
      `test offset ${2 ** 40}`,
      `test offset ${2 ** 40 + 2}`,
    ])
  })
})

test('an operator’s release is read where the input says that an operator sent it, and on no other line', () => {
  using partition = new TestPartition()
  const release = { kind: 'hold.release', scope, apply: false }
  const kinds = partition.run(decode, ({ control }) => control?.kind, {
    ...input(release, release),
    isOperators: (line) => line === 2,
  })
  expect(kinds).toEqual(['release'])
  expect(partition.letters).toMatchObject([{ reason: 'operator_record', source: 'test line 1' }])
})

test('a record that is read by its layout is read as the whole parser reads it', () => {
  using partition = new TestPartition()
  const record = observed('a', { configuration: { resource: { id: 'inner' } } }, { actor: '"resource":' })
  const line = JSON.stringify(record)
  expect(partition.run(decode, (batch) => documentOf(batch).document, input(line))).toEqual([record.resource])
  expect(readRecord(Buffer.from(line))).toMatchObject({ record })
})

test('begin, observations and end of a scan come out in their order', () => {
  using partition = new TestPartition()
  const records = [
    begin('s'),
    observed('a', {}, { scan: 's' }),
    gone('b'),
    observed('c', {}, { scan: 's' }),
    end('s', 2),
  ]
  expect(partition.run(decode, shape, input(...records))).toEqual([
    [scope, null, [], 'begin'],
    [scope, 's', ['a'], null],
    [scope, null, [], 'gone'],
    [scope, 's', ['c'], null],
    [scope, null, [], 'end'],
  ])
})
