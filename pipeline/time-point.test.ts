import { expect, test } from 'bun:test'
import { parseTimePoint } from './time-point.ts'

const nowMs = Date.parse('2026-11-23T12:30:00Z')

test.each([
  ['now', '2026-11-23T12:30:00.000Z'],
  ['90s', '2026-11-23T12:28:30.000Z'],
  ['2h', '2026-11-23T10:30:00.000Z'],
  ['1h30m', '2026-11-23T11:00:00.000Z'],
  ['7d', '2026-11-16T12:30:00.000Z'],
  ['yesterday', '2026-11-22T00:00:00.000Z'],
  ['2026-11-20', '2026-11-20T00:00:00.000Z'],
  ['2026-11-20T08:00:00+02:00', '2026-11-20T06:00:00.000Z'],
  ['1763900000', '2025-11-23T12:13:20.000Z'],
  ['1763900000123', '2025-11-23T12:13:20.123Z'],
])('the time %s is %s', (text, time) => {
  expect(new Date(parseTimePoint(text, nowMs) ?? 0).toISOString()).toBe(time)
})

test.each(['', '2h ago', '-2h', '2026-13-01', '2026-02-30', '2026-11-20T08:00', '12', 'tomorrow', '20261120'])(
  '"%s" is no time',
  (text) => {
    expect(parseTimePoint(text, nowMs)).toBeNull()
  },
)
