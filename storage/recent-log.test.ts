import { expect, test } from 'bun:test'
import type { ChangeRow, LogRow } from './change-row.ts'
import { RecentLog } from './recent-log.ts'

const row = (offset: number, length = 10): ChangeRow =>
  ({
    offset,
    op: 'u',
    header: '',
    fields: '',
    before: null,
    after: 'x'.repeat(length),
    actor: null,
  }) as unknown as ChangeRow
const adding =
  (recent: RecentLog) =>
  (partition: number, ...rows: LogRow[]) =>
    recent.committed(partition, rows.at(-1)?.offset ?? 0, rows)
const offsets = (rows: readonly LogRow[] | null) => rows?.map(({ offset }) => offset) ?? null

test('rows are answered from where they are without a gap; all else is left to the file', () => {
  const recent = new RecentLog(2)
  const add = adding(recent)
  add(1, row(5), row(6))
  add(1, row(7))
  expect(offsets(recent.between(1, 4, 7, 100))).toEqual([5, 6, 7])
  expect(offsets(recent.between(1, 5, 6, 100))).toEqual([6])
  expect(offsets(recent.between(1, 4, 7, 2))).toEqual([5, 6])
  expect(offsets(recent.between(1, 4, 9, 100))).toEqual([5, 6, 7])
  expect(recent.between(1, 3, 7, 100)).toBeNull()
  expect(recent.between(1, 7, 9, 100)).toBeNull()
  expect(recent.between(0, 0, 7, 100)).toBeNull()
})

test('who takes them only where all of them are here has no others, and asks for none', () => {
  const recent = new RecentLog(1)
  adding(recent)(0, row(5), row(6), row(7))
  expect(offsets(recent.whole(0, 4, 7))).toEqual([5, 6, 7])
  expect(offsets(recent.whole(0, 5, 6))).toEqual([6])
  expect(recent.whole(0, 3, 7)).toBeNull()
  expect(recent.whole(0, 4, 8)).toBeNull()
  expect(recent.demand.isThere).toBe(false)
})

test('a transaction that was not handed over begins anew', () => {
  const recent = new RecentLog(1)
  const add = adding(recent)
  add(0, row(1), row(2))
  add(0, row(4))
  expect(recent.between(0, 0, 4, 100)).toBeNull()
  expect(recent.between(0, 2, 4, 100)).toBeNull()
  expect(offsets(recent.between(0, 3, 4, 100))).toEqual([4])
  // Its rows were too many: it may have written an actor into those before.
  recent.committed(0, 9, [])
  expect(recent.between(0, 3, 4, 100)).toBeNull()
  // A transaction without rows takes nothing away.
  add(0, row(10))
  recent.committed(0, 10, [])
  expect(offsets(recent.between(0, 9, 10, 100))).toEqual([10])
})

test('I10: the oldest go beyond four million characters of all partitions together', () => {
  const recent = new RecentLog(4)
  const add = adding(recent)
  for (let offset = 1; offset <= 30; offset++) add(0, row(offset, 100_000))
  expect(recent.between(0, 19, 30, 100)).toBeNull()
  expect(offsets(recent.between(0, 20, 30, 100))).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30])
  add(0, row(31, 2_000_000))
  expect(recent.between(0, 30, 31, 100)).toBeNull()
})

test('an attribution stands in its change from then on', () => {
  const recent = new RecentLog(1)
  const add = adding(recent)
  const attribution = {
    offset: 3,
    op: 'a',
    of: 1,
    actor: '{"id":"ann"}',
    event: '{}',
    header: '{}',
  } as unknown as LogRow
  add(0, row(1), row(2))
  add(0, attribution)
  expect(recent.between(0, 0, 3, 100)?.map(({ actor }) => actor)).toEqual(['{"id":"ann"}', null, '{"id":"ann"}'])
})
