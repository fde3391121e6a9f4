import { describe, expect, test } from 'bun:test'
import type { OperatorContext } from './batch.ts'
import { decode } from './decode.ts'
import { operatorCases } from './operator.case.ts'
import { remember } from './remember.ts'
import { begin, end, gone, idsOf, input, nowMs, observed, TestPartition } from './test-partition.case.ts'

const step = (context: OperatorContext) => (source: Parameters<ReturnType<typeof decode>>[0]) =>
  source.pipe(decode(context), remember(context))

operatorCases({ name: 'remember', step, ids: idsOf, asks: 'find' })

const names = (count: number) => Array.from({ length: count }, (_, n) => `id-${n}`)
const seen = (id: string, scan: string, rest: object = {}) => observed(id, rest, { scan })
const scan = (name: string, ids: readonly string[]) => [
  begin(name),
  ...ids.map((id) => seen(id, name)),
  end(name, ids.length),
]

/** A partition with ten resources and an open scan, moved to another node: the changes came along, the marks did not. */
function moved(records: readonly object[]): TestPartition {
  const partition = new TestPartition()
  partition.apply(...scan('1', names(10)))
  partition.apply(...records)
  partition.transaction(() => partition.context.state.restartScan(partition.scope()))
  return partition
}

describe('after a partition has moved, its input is read again from where the open scan began', () => {
  const records = [begin('2'), ...names(8).map((id) => seen(id, '2'))]

  test('without it the scan’s end would not be believed', () => {
    using partition = moved(records)
    partition.apply(end('2', 8))
    expect(partition.scope()).toMatchObject({ live: 10, failed: true })
  })

  test('the scan’s end deletes what the scan has not seen, and nothing else', () => {
    using partition = moved(records)
    partition.run(step, () => null, input(...records))
    partition.apply(end('2', 8))
    expect(partition.scope()).toMatchObject({ live: 8, held: 0, failed: false })
    expect([partition.live('id-7') !== null, partition.live('id-8'), partition.live('id-9')]).toEqual([
      true,
      null,
      null,
    ])
  })

  test('nothing is recorded, whatever the records say', () => {
    using partition = moved(records)
    const { head } = partition
    const others = [seen('id-0', '2', { name: 'other' }), seen('stranger', '2'), gone('id-1'), { kind: 'nonsense' }]
    partition.run(step, () => null, input(...records, ...others))
    expect(partition.head).toBe(head)
    expect(partition.live('id-0')).toMatchObject({ version: 1 })
    expect(partition.live('id-1')).toMatchObject({ version: 1 })
    expect(partition.scope()).toMatchObject({ seenUnderScan: 8, seenFromBefore: 8, live: 10 })
  })

  test('records from before the scan’s begin, and those of another scan, are none of its own', () => {
    using partition = moved(records)
    const before = names(10).map((id) => seen(id, '1'))
    partition.run(step, () => null, input(...before, end('1', 10), ...records))
    expect(partition.scope()).toMatchObject({ seen: 8, seenUnderScan: 8 })
  })

  test('an outdated scan that came meanwhile has seen nothing, then as now', () => {
    using partition = new TestPartition()
    const at = (minutes: number) => ({ observed_at: new Date(nowMs - 3_600_000 + minutes * 60_000).toISOString() })
    const outdated = [begin('old', at(0)), seen('id-8', 'old', { name: 'older' }), seen('id-9', 'old')]
    const [, ...observations] = records
    const open = [begin('2', at(20)), ...observations, ...outdated]
    partition.apply(begin('1', at(5)), ...names(10).map((id) => seen(id, '1')), end('1', 10, at(10)), ...open)
    partition.transaction(() => {
      partition.context.state.restartScan(partition.scope())
      // The topics don't name the scan that was refused.
      partition.context.state.passOver(partition.scope(), null)
    })
    partition.run(step, () => null, input(...open))
    expect(partition.scope()).toMatchObject({ seen: 8, outdatedScan: 'old' })
    partition.apply(end('2', 8, at(30)))
    expect(partition.scope()).toMatchObject({ live: 8 })
  })

  test('a repeated reading counts each resource once', () => {
    using partition = moved(records)
    partition.run(step, () => null, input(...records), input(...records.slice(1)))
    expect(partition.scope()).toMatchObject({ seenUnderScan: 8, seenFromBefore: 8 })
  })

  test('what the scan itself brought does not count among what was live when it began (I6)', () => {
    const strangers = [begin('2'), ...['x', 'y', 'z'].map((id) => seen(id, '2'))]
    using partition = moved(strangers)
    partition.run(step, () => null, input(...strangers))
    expect(partition.scope()).toMatchObject({ seenUnderScan: 3, seenFromBefore: 0 })
    partition.apply(end('2', 3))
    expect(partition.scope()).toMatchObject({ live: 13, held: 10 })
  })
})

test('where no scan is open nothing is noted', () => {
  using partition = new TestPartition()
  partition.apply(observed('a'))
  const before = { ...partition.scope() }
  partition.run(step, () => null, input(observed('a'), end('s', 1)))
  expect({ ...partition.scope() }).toEqual(before)
})
