import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../../test/property.ts'
import { assignPartitions, type MemberClaim } from './assign.ts'

const claims = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 6 }).chain((ids) =>
  fc.tuple(
    ...ids.map((memberId) =>
      fc.record({
        memberId: fc.constant(memberId),
        generation: fc.integer({ min: -1, max: 4 }),
        owned: fc.uniqueArray(fc.nat(20)),
        files: fc.dictionary(fc.nat(20).map(String), fc.nat(1000)).map((files) => files as Record<number, number>),
      }),
    ),
  ),
)

const member = (memberId: string, owned: number[] = [], more: Partial<MemberClaim> = {}): MemberClaim => ({
  memberId,
  generation: 1,
  owned,
  files: {},
  ...more,
})

test('every partition has exactly one owner, and no member has two more than another', () => {
  fc.assert(
    fc.property(claims, fc.nat(24), (members, partitions) => {
      const assigned = [...assignPartitions(members, partitions).values()]
      expect(assigned.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: partitions }, (_, index) => index))
      const loads = assigned.map(({ length }) => length)
      expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1)
    }),
    runs(300),
  )
})

test('the answer does not depend on the order in which members are listed', () => {
  fc.assert(
    fc.property(claims, fc.nat(24), (members, partitions) => {
      const there = assignPartitions(members, partitions)
      const back = assignPartitions(members.toReversed(), partitions)
      for (const { memberId } of members) expect(back.get(memberId)).toEqual(there.get(memberId) ?? [])
    }),
    runs(200),
  )
})

test('an even assignment stays as it is', () => {
  fc.assert(
    fc.property(claims, fc.nat(24), (members, partitions) => {
      const first = assignPartitions(members, partitions)
      const again = members.map(({ memberId }) => member(memberId, first.get(memberId) ?? []))
      expect(assignPartitions(again, partitions)).toEqual(first)
    }),
    runs(200),
  )
})

test('a member that joins takes its share and no more moves', () => {
  const assigned = assignPartitions([member('a', [0, 1, 2, 3]), member('b', [4, 5, 6, 7]), member('new')], 8)
  expect(assigned.get('new')).toHaveLength(2)
  expect([0, 1, 2, 3].filter((partition) => assigned.get('a')?.includes(partition))).toHaveLength(3)
  expect([4, 5, 6, 7].filter((partition) => assigned.get('b')?.includes(partition))).toHaveLength(3)
})

test('a partition that moves goes to the member whose file of it is furthest', () => {
  const here = { files: { 2: 500, 3: 90 } }
  const there = { files: { 2: 400, 3: 100 } }
  const assigned = assignPartitions([member('a', [0], here), member('b', [1], there)], 4)
  expect(assigned).toEqual(
    new Map([
      ['a', [0, 2]],
      ['b', [1, 3]],
    ]),
  )
})

test('of two that say they own a partition, the one of the later generation keeps it', () => {
  const zombie = member('a-zombie', [0, 1], { generation: 3 })
  const owner = member('b-owner', [0, 1], { generation: 5 })
  expect(assignPartitions([zombie, owner], 2).get('b-owner')).toEqual([0])
  expect(assignPartitions([zombie, owner, member('c')], 2).get('b-owner')).toEqual([0])
})
