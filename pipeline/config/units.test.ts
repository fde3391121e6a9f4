import { expect, test } from 'bun:test'
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts'

test('durations are read in every unit, and in sums of units', () => {
  expect(['500ms', '30s', '5m', '1h30m', '7d', '1.5s'].map(parseDuration)).toEqual([
    500, 30_000, 300_000, 5_400_000, 604_800_000, 1500,
  ])
})

test('what is no duration is refused, a bare number among it: nobody could say its unit', () => {
  for (const text of ['', '30', '5 minutes', 's', '-5s', '1h 30m', '5x']) expect(parseDuration(text)).toBeNull()
})

test('a size means what VAINO wrote beside its numbers: 500MB is 524288000 bytes', () => {
  expect(['524288000', '500MB', '500MiB', '500 mb', '0.5GB', '64K'].map(parseSize)).toEqual([
    524288000, 524288000, 524288000, 524288000, 536870912, 65536,
  ])
})

test('what is no size is refused', () => {
  for (const text of ['', 'MB', '5 apples', '-1', '1e9']) expect(parseSize(text)).toBeNull()
})

test('durations and sizes are shown in the largest unit that fits', () => {
  expect([500, 30_000, 90_000, 300_000, 604_800_000].map(formatDuration)).toEqual(['500ms', '30s', '90s', '5m', '7d'])
  expect([812, 65536, 1572864, 524288000].map(formatSize)).toEqual(['812 B', '64 KiB', '1.5 MiB', '500 MiB'])
})
