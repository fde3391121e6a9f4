import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../test/property.ts'
import { offsetAt } from './offset-at.ts'

/** The times of offsets 1, 2, 3 …, several of them often the same. */
const times = fc
  .array(fc.integer({ min: 0, max: 100 }), { maxLength: 60 })
  .map((times) => times.sort((one, other) => one - other))

describe('the offset as of a time', () => {
  test('is the last one recorded at or before it, and the floor where that is not kept', () => {
    fc.assert(
      fc.property(times, fc.nat(60), fc.nat(130), fc.nat(60), (times, floorAt, timeMs, later) => {
        const floor = Math.min(floorAt, times.length)
        const recordedAt = (offset: number) => (offset > floor ? (times[offset - 1] ?? null) : null)
        const naive = Math.max(floor, times.findLastIndex((at) => at <= timeMs) + 1)
        expect(offsetAt(recordedAt, floor, times.length, timeMs)).toBe(naive)
        // From the answer for a later time it is the same.
        const before = offsetAt(recordedAt, floor, times.length, timeMs + later)
        expect(offsetAt(recordedAt, floor, before, timeMs)).toBe(naive)
      }),
      runs(500),
    )
  })

  test('is right where retention passes the floor meanwhile, for times that are still kept', () => {
    const newFloor = 700
    const recordedAt = (offset: number) => (offset > newFloor ? offset : null)
    for (const timeMs of [700, 701, 850, 1000, 2000]) {
      expect(offsetAt(recordedAt, 0, 1000, timeMs)).toBe(Math.min(timeMs, 1000))
    }
  })

  test('near the head takes a few looks into a long log, and nowhere more than twice those of a bisection', () => {
    const head = 1_000_000
    const looksFor = (timeMs: number): number => {
      let looks = 0
      const recordedAt = (offset: number) => {
        looks++
        return offset
      }
      offsetAt(recordedAt, 0, head, timeMs)
      return looks
    }
    expect(looksFor(head)).toBe(1)
    expect(looksFor(head - 3)).toBeLessThanOrEqual(5)
    for (const timeMs of [0, 1, head / 3, head / 2, head - 100]) expect(looksFor(timeMs)).toBeLessThanOrEqual(40)
  })
})
