import { describe, expect, test } from 'bun:test'
import type { Scope } from '../model/scope.ts'
import type { OperatorContext } from './batch.ts'
import { compare } from './compare.ts'
import { decode } from './decode.ts'
import { dropUnchanged } from './drop-unchanged.ts'
import { operatorCases } from './operator.case.ts'
import { reconcile, releaseHold } from './reconcile.ts'
import { begin, candidatesOf, end, gone, input, observed, TestPartition } from './test-partition.case.ts'

const step = (context: OperatorContext) => (source: Parameters<ReturnType<typeof decode>>[0]) =>
  source.pipe(decode(context), dropUnchanged(context), compare(context), reconcile(context))

operatorCases({ name: 'reconcile', step, ids: candidatesOf, asks: 'record' })

const names = (count: number) => Array.from({ length: count }, (_, n) => `id-${n}`)
const scan = (name: string, ids: readonly string[]) => [
  ...[begin(name), ...ids.map((id) => observed(id, {}, { scan: name })), end(name, ids.length)],
]
const changesOf = ({ counters: { changes } }: TestPartition) => ({ ...changes })

describe('a scan that ends as unchanged', () => {
  const unchanged = (name: string, rest: object = {}) => [begin(name), end(name, 0, { unchanged: true, ...rest })]

  test('I5: confirms what the last complete scan saw, and deletes nothing', () => {
    using partition = new TestPartition()
    partition.apply(...scan('1', names(20)), ...unchanged('2'))
    expect(changesOf(partition)).toEqual({ r: 20, c: 0, u: 0, d: 0 })
    expect(partition.scope()).toMatchObject({ live: 20, failed: false, held: 0 })
    expect(partition.counters.scansComplete).toBe(2)
    // The next whole scan is measured as if there had been none between.
    partition.apply(...scan('3', names(19)))
    expect(changesOf(partition).d).toBe(1)
  })

  test('I5: is incomplete where there is no complete view to confirm', () => {
    const cases: readonly (readonly object[])[] = [
      [],
      [begin('1'), observed('a', {}, { scan: '1' }), end('1', 1, { complete: false })],
      [...scan('0', names(20)), ...scan('1', [])],
      [...scan('1', ['a']), begin('x'), observed('b', {}, { scan: 'x' }), end('x', 1, { complete: false })],
    ]
    for (const before of cases) {
      using partition = new TestPartition()
      partition.apply(...before)
      const { d } = changesOf(partition)
      partition.apply(...unchanged('2'))
      expect(partition.scope()).toMatchObject({ failed: true })
      expect(changesOf(partition).d).toBe(d)
    }
    using contradicting = new TestPartition()
    contradicting.apply(...scan('1', ['a']), begin('2'), observed('b', {}, { scan: '2' }))
    contradicting.apply(end('2', 1, { unchanged: true }))
    expect(contradicting.scope()).toMatchObject({ failed: true, live: 2 })
  })
})

describe('which change it is', () => {
  test('a first sight under a first scan is a reading; after a complete scan, or by an event, it is a creation', () => {
    using partition = new TestPartition()
    partition.apply(begin('1'), observed('scanned', {}, { scan: '1' }), observed('pushed'), end('1', 1))
    expect(changesOf(partition)).toEqual({ r: 1, c: 1, u: 0, d: 0 })
    partition.apply(begin('2'), ...['scanned', 'later'].map((id) => observed(id, {}, { scan: '2' })))
    expect(changesOf(partition)).toEqual({ r: 1, c: 2, u: 0, d: 0 })
  })

  test('a difference is an update; a resource that comes back after its delete is a creation with the next version', () => {
    using partition = new TestPartition()
    partition.apply(observed('a'), observed('a', { name: 'n' }), gone('a'))
    expect(changesOf(partition)).toEqual({ r: 0, c: 1, u: 1, d: 1 })
    expect(partition.live('a')).toBe(null)
    partition.apply(observed('a', { name: 'n' }))
    expect(changesOf(partition)).toEqual({ r: 0, c: 2, u: 1, d: 1 })
    expect(partition.live('a')).toMatchObject({ version: 4, document: { name: 'n' } })
  })

  test('another uid is a delete of the one and a creation of the other', () => {
    using partition = new TestPartition()
    partition.apply(observed('a', { uid: '1' }), observed('a', { uid: '2' }))
    expect(changesOf(partition)).toEqual({ r: 0, c: 2, u: 0, d: 1 })
    expect(partition.live('a')).toMatchObject({ version: 3, document: { uid: '2' } })
    expect(partition.scope().live).toBe(1)
  })

  test('the same again is none, and what isn’t compared is kept all the same', () => {
    using partition = new TestPartition()
    const etag = (etag: string) => observed('a', { metadata: { etag } })
    partition.apply(etag('1'), etag('1'), etag('2'))
    expect(partition.head).toBe(1)
    expect(partition.live('a')).toMatchObject({ version: 1, document: { metadata: { etag: '2' } } })
  })

  test('what its source says to be gone is deleted; what nobody knows, or is deleted already, is counted and no change', () => {
    using partition = new TestPartition()
    partition.apply(observed('a'), gone('a'), gone('a'), gone('never-seen'))
    expect(changesOf(partition)).toEqual({ r: 0, c: 1, u: 0, d: 1 })
    expect(partition.counters.suppressed).toMatchObject({ gone_unknown: 2 })
  })
})

describe('I5: the end of a scan', () => {
  test('that is complete deletes what it has not seen, and only in its own scope', () => {
    using partition = new TestPartition()
    const other = observed('a', {}, { scope: 'push/-/-/others' })
    partition.apply(...scan('1', ['a', 'b', 'c']), other)
    partition.apply(...scan('2', ['a', 'b']))
    expect(changesOf(partition)).toMatchObject({ d: 1 })
    expect([partition.live('a') !== null, partition.live('c')]).toEqual([true, null])
    expect(partition.scope('push/-/-/others' as Scope)).toMatchObject({ live: 1 })
  })

  test('that is incomplete deletes nothing, and its scope has failed until a scan is whole', () => {
    using partition = new TestPartition()
    partition.apply(...scan('1', ['a', 'b']))
    partition.apply(begin('2'), end('2', 0, { complete: false, errors: ['denied'] }))
    expect(partition.scope()).toMatchObject({ live: 2, failed: true, scan: null })
    partition.apply(...scan('3', ['a', 'b']))
    expect(partition.scope()).toMatchObject({ live: 2, failed: false })
    expect(partition.counters).toMatchObject({ scansComplete: 2, scansIncomplete: 1, scansLost: 0 })
  })

  test('whose count isn’t what arrived, or that states none, deletes nothing and counts as lost', () => {
    using partition = new TestPartition()
    partition.apply(...scan('1', ['a', 'b']))
    partition.apply(begin('2'), observed('a', {}, { scan: '2' }), end('2', 2))
    partition.apply(begin('3'), observed('a', {}, { scan: '3' }), { ...end('3', 0), count: undefined })
    expect(partition.scope()).toMatchObject({ live: 2, failed: true })
    expect(partition.counters).toMatchObject({ scansComplete: 1, scansLost: 2 })
  })

  test('counts each id once, however often it was observed', () => {
    using partition = new TestPartition()
    const seen = observed('a', {}, { scan: '1' })
    partition.apply(begin('1'), seen, seen, seen, end('1', 1))
    expect(partition.scope()).toMatchObject({ live: 1, failed: false })
  })

  test('of a scan that isn’t open changes nothing, and its dead letter says why', () => {
    using partition = new TestPartition()
    partition.apply(...scan('1', ['a', 'b']))
    partition.run(step, () => null, input(end('1', 2), end('never', 0)))
    partition.run(step, () => null, input(begin('2'), end('3', 0)))
    expect(partition.letters.map(({ reason, detail }) => `${reason} ${detail}`)).toEqual([
      'scan_not_open 1: it has ended already, and was sent twice',
      'scan_not_open never: no scan is open',
      'scan_not_open 3: the open scan is 2',
    ])
    expect(partition.scope()).toMatchObject({ live: 2, scan: '2' })
  })

  test('of a scan that another has taken over is no end, and the new scan begins from nothing', () => {
    using partition = new TestPartition()
    partition.apply(...scan('1', ['a', 'b']))
    partition.apply(begin('2'), observed('a', {}, { scan: '2' }), begin('3'), observed('b', {}, { scan: '3' }))
    expect(partition.scope()).toMatchObject({ scan: '3', seenUnderScan: 1 })
    expect(partition.counters.scansAbandoned).toBe(1)
    partition.apply(end('3', 1))
    expect([partition.live('a'), partition.live('b')]).toMatchObject([null, { version: 1 }])
  })

  test('that comes twice with its whole scan deletes and creates nothing', () => {
    using partition = new TestPartition()
    const at = (hour: number) => ({ observed_at: `2026-01-01T0${hour}:00:00Z` })
    const whole = [begin('1', at(1)), observed('a', {}, { scan: '1' }), end('1', 1, at(2))]
    partition.apply(...whole, observed('b'))
    partition.apply(...whole)
    expect(partition.counters.suppressed).toMatchObject({ scan_repeated: 1 })
    expect(partition.scope()).toMatchObject({ live: 2, scan: null })
  })
})

describe('I6: deletes that are too many', () => {
  /** A scope of ten resources of which a complete scan has seen one. */
  function held(): TestPartition {
    const partition = new TestPartition()
    partition.apply(...scan('1', names(10)))
    partition.run(step, () => null, input(...scan('2', ['id-0'])))
    return partition
  }

  test('are held and said once; the resources stay live', () => {
    using partition = held()
    expect(partition.holds).toEqual([{ deletes: 9, of: 10 }])
    expect(partition.scope()).toMatchObject({ live: 10, held: 9 })
    expect(changesOf(partition).d).toBe(0)
  })

  test('happen when the next complete scan agrees', () => {
    using partition = held()
    partition.apply(...scan('3', ['id-0']))
    expect(partition.scope()).toMatchObject({ live: 1, held: 0 })
    expect(partition.counters).toMatchObject({ holdsConfirmed: 9 })
  })

  test('do not happen where an incomplete scan agrees', () => {
    using partition = held()
    partition.apply(begin('3'), observed('id-0', {}, { scan: '3' }), end('3', 1, { complete: false }))
    expect(partition.scope()).toMatchObject({ live: 10, held: 9 })
  })

  test('end where a resource is seen again, by the same bytes too', () => {
    using partition = held()
    partition.apply(observed('id-5'))
    expect(partition.scope()).toMatchObject({ live: 10, held: 8 })
    expect(partition.live('id-5')).toMatchObject({ condition: 'live', version: 1 })
    expect(partition.counters.holdsSeenAgain).toBe(1)
  })

  test.each([
    [true, { live: 1, held: 0 }],
    [false, { live: 10, held: 0 }],
  ])('happen, or are forgotten, at an operator’s word (apply: %p)', (apply, after) => {
    using partition = held()
    partition.transaction(() => expect(releaseHold(partition.context, partition.scope(), apply)).toBe(9))
    expect(partition.scope()).toMatchObject(after)
    partition.transaction(() => expect(releaseHold(partition.context, partition.scope(), apply)).toBe(0))
  })
})

test('work that goes on is reported with each change, so that a long transaction isn’t taken for a hang', () => {
  using partition = new TestPartition()
  let beats = 0
  const counting = (context: OperatorContext) => step({ ...context, working: () => void beats++ })
  partition.run(counting, () => null, input(...scan('1', names(20))))
  expect(beats).toBeGreaterThanOrEqual(20)
})
