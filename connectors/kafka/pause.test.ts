import { expect, test } from 'bun:test'
import { longerPauseMs } from './pause.ts'

test('what may pass is tried every five seconds at the latest, what is refused for good every minute', () => {
  const pauses = (canRetry: boolean) =>
    Array.from({ length: 12 }).reduce<number>((ms) => longerPauseMs(ms, canRetry), 100)
  expect([longerPauseMs(100, true), longerPauseMs(100, false)]).toEqual([200, 200])
  expect([pauses(true), pauses(false)]).toEqual([5_000, 60_000])
})
