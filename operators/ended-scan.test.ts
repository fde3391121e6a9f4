import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Envelope, ScopeState } from '../model/partition-state.ts'
import { runs } from '../test/property.ts'
import { ageOf, isPassedOver } from './ended-scan.ts'
import { nowMs } from './test-partition.case.ts'

const minute = 60_000
const hour = 60 * minute
const ended = { scan: 's', beganAtMs: nowMs - 2 * hour, endedAtMs: nowMs - hour }
const age = (last: ScopeState['ended'], scan: string, saidAtMs: number | null) =>
  ageOf({ ended: last } as ScopeState, { kind: 'begin', scan, observedAtMs: saidAtMs ?? nowMs, saidAtMs }, nowMs)

describe('a scan that begins', () => {
  test('is new where none has ended, and where it states no time', () => {
    expect(age(null, 's', nowMs)).toBe('new')
    expect(age(ended, 's', null)).toBe('new')
  })

  test('is the one that ended last where its name and its time are that one’s', () => {
    expect(age(ended, 's', ended.beganAtMs)).toBe('repeated')
    expect(age(ended, 'other', ended.beganAtMs)).toBe('outdated')
    expect(age(ended, 's', nowMs)).toBe('new')
  })

  test('is outdated to the millisecond before the last one’s end', () => {
    expect(age(ended, 'other', ended.endedAtMs - 1)).toBe('outdated')
    expect(age(ended, 'other', ended.endedAtMs)).toBe('new')
  })

  test('is new where the last one stated no end, and where that end is more than a minute ahead of this clock', () => {
    const endedAt = (endedAtMs: number | null) => age({ ...ended, endedAtMs }, 'other', nowMs)
    expect(endedAt(null)).toBe('new')
    expect(endedAt(nowMs + minute)).toBe('outdated')
    expect(endedAt(nowMs + minute + 1)).toBe('new')
  })

  test('is never refused where it states a time that is later than every other', () => {
    const time = fc.integer({ min: nowMs - 9 * hour, max: nowMs + 9 * hour })
    const scan = fc.constantFrom('s', 't')
    fc.assert(
      fc.property(fc.record({ scan, beganAtMs: time, endedAtMs: time }), scan, (last, name) => {
        const latest = Math.max(last.beganAtMs, last.endedAtMs) + 1
        expect(age(last, name, latest)).toBe('new')
      }),
      runs(300),
    )
  })
})

test('observations of the refused scan alone are passed over', () => {
  const passed = (outdatedScan: string | null, scan: string | null) =>
    isPassedOver({ outdatedScan } as ScopeState, { scan } as Envelope)
  expect([passed('s', 's'), passed('s', 't'), passed('s', null)]).toEqual([true, false, false])
  expect([passed(null, 's'), passed(null, null)]).toEqual([false, false])
})
