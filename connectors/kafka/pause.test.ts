import { expect, test } from 'bun:test'
import { longerPauseMs } from './pause.ts'

test('pauses grow to 5 s where a retry can succeed, and to 60 s where it is refused', () => {
  const pauses = (canRetry: boolean) =>
    Array.from({ length: 12 }).reduce<number>((ms) => longerPauseMs(ms, canRetry), 100)
  expect([longerPauseMs(100, true), longerPauseMs(100, false)]).toEqual([200, 200])
  expect([pauses(true), pauses(false)]).toEqual([5_000, 60_000])
})
