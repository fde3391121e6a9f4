import { describe, expect, test } from 'bun:test'
import type { OperatorContext } from './batch.ts'
import { decode } from './decode.ts'
import { dropUnchanged } from './drop-unchanged.ts'
import { operatorCases } from './operator.case.ts'
import { begin, candidatesOf, end, input, observed, TestPartition } from './test-partition.case.ts'

const step = (context: OperatorContext) => (source: Parameters<ReturnType<typeof decode>>[0]) =>
  source.pipe(decode(context), dropUnchanged(context))

operatorCases({ name: 'dropUnchanged', step, ids: candidatesOf, asks: 'recognise' })

describe('the same bytes again', () => {
  test('end here and are counted; what differs by one byte goes on', () => {
    using partition = new TestPartition()
    partition.apply(observed('a'), observed('b'))
    const out = partition.run(step, candidatesOf, input(observed('a'), observed('b', { name: 'n' }), observed('c')))
    expect(out).toEqual([['b', 'c']])
    expect(partition.counters.unchangedRaw).toBe(1)
  })

  test('are seen by the open scan, which therefore deletes nothing', () => {
    using partition = new TestPartition()
    const seen = [observed('a', {}, { scan: '1' }), observed('b', {}, { scan: '1' })]
    partition.apply(begin('1'), ...seen, end('1', 2))
    partition.apply(begin('2'))
    const again = [observed('a', {}, { scan: '2' }), observed('b', {}, { scan: '2' })]
    expect(partition.run(step, candidatesOf, input(...again))).toEqual([])
    expect(partition.scope()).toMatchObject({ seenUnderScan: 2, seen: 2, seenFromBefore: 2 })
    partition.apply(end('2', 2))
    expect(partition.scope()).toMatchObject({ live: 2, hadComplete: true, failed: false })
    expect(partition.head).toBe(2)
  })

  test('under no scan are seen, but the scan doesn’t count them as its own', () => {
    using partition = new TestPartition()
    partition.apply(observed('a'), begin('s'), observed('a'))
    expect(partition.scope()).toMatchObject({ seen: 1, seenUnderScan: 0 })
  })

  test('in another scope are another resource', () => {
    using partition = new TestPartition()
    partition.apply(observed('a'))
    const elsewhere = observed('a', {}, { scope: 'push/-/-/others' })
    expect(partition.run(step, candidatesOf, input(elsewhere))).toEqual([['a']])
  })

  test('of a deleted resource go on, because they bring it back', () => {
    using partition = new TestPartition()
    partition.apply(observed('a'), { kind: 'gone', scope: observed('a').scope, id: 'a' })
    expect(partition.run(step, candidatesOf, input(observed('a')))).toEqual([['a']])
  })

  test('go on where the fingerprint was evicted: a change is never hidden by a full cache, nor made', () => {
    using partition = new TestPartition({ maxFingerprints: 4 })
    const many = Array.from({ length: 500 }, (_, n) => observed(`id-${n}`))
    partition.apply(...many)
    const candidates = partition.run(step, candidatesOf, input(...many)).flat()
    expect(candidates.length).toBeGreaterThan(400)
    partition.apply(...many)
    expect(partition.head).toBe(500)
  })
})

describe('one id more than once in a batch', () => {
  test('the batch is cut before it, so that no part has an id twice', () => {
    using partition = new TestPartition()
    const records = ['a', 'b', 'a', 'a', 'c'].map((id, n) => observed(id, { name: `${n}` }))
    expect(partition.run(step, candidatesOf, input(...records))).toEqual([['a', 'b'], ['a'], ['a', 'c']])
  })

  test('A, B, A ends as A, with every step on record', () => {
    using partition = new TestPartition()
    const [a, b] = [observed('x', { name: 'A' }), observed('x', { name: 'B' })]
    partition.apply(a)
    partition.apply(a, b, a)
    expect(partition.live('x')).toMatchObject({ version: 3, document: { name: 'A' } })
  })
})

describe('a control record', () => {
  test('passes where all that was observed before it is unchanged', () => {
    using partition = new TestPartition()
    partition.apply(observed('a'))
    const kinds = partition.run(step, ({ control }) => control?.kind, input(observed('a'), begin('s')))
    expect(kinds).toEqual(['begin'])
  })
})

test('what a refused, outdated scan observes is passed over and counted, and its neighbours are not', () => {
  using partition = new TestPartition()
  const at = (hour: number) => ({ observed_at: `2026-01-01T0${hour}:00:00Z` })
  partition.apply(begin('new', at(5)), observed('a', { name: 'new' }, { scan: 'new' }), end('new', 1, at(6)))
  partition.apply(begin('old', at(3)))
  const records = [observed('a', { name: 'old' }, { scan: 'old' }), observed('b', {}, { scan: 'old' }), observed('c')]
  expect(partition.run(step, candidatesOf, input(...records))).toEqual([['c']])
  expect(partition.counters.suppressed.scan_outdated).toBe(3)
})
