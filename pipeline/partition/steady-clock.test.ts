import { expect, test } from 'bun:test'
import { PartitionDriver } from '../../test/engine/partition-driver.ts'
import { SteadyClock } from './steady-clock.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000

/** A wall clock that can be set, and a monotonic one beside it. */
function clocks(wallMs = Date.UTC(2026, 10, 23)) {
  let monotonicMs = 5
  let offMs = wallMs
  return {
    wall: () => offMs + monotonicMs,
    monotonic: () => monotonicMs,
    pass: (ms: number) => (monotonicMs += ms),
    set: (byMs: number) => (offMs += byMs),
  }
}

test('a clock that jumps for seconds, either way, stamps nothing with the time that it jumped to', () => {
  for (const byMs of [60 * dayMs, -60 * dayMs, 11_000]) {
    const at = clocks()
    const clock = new SteadyClock(at)
    const beganMs = clock.nowMs()
    at.set(byMs)
    for (let second = 0; second < 3; second++) {
      at.pass(1_000)
      expect(clock.nowMs()).toBe(beganMs + (second + 1) * 1_000)
    }
    at.set(-byMs)
    expect(clock.nowMs()).toBe(beganMs + 3_000)
  }
})

test('a clock that was set right, or a machine that was asleep, is believed when it lasts', () => {
  const at = clocks()
  const clock = new SteadyClock(at)
  at.set(9 * hourMs)
  clock.nowMs()
  at.pass(29_000)
  expect(clock.nowMs()).toBe(at.wall() - 9 * hourMs)
  at.pass(1_000)
  expect(clock.nowMs()).toBe(at.wall())
})

test('small corrections are taken at once', () => {
  const at = clocks()
  const clock = new SteadyClock(at)
  for (const byMs of [5_000, -9_000, 300]) {
    at.set(byMs)
    expect(clock.nowMs()).toBe(at.wall())
  }
})

test('retention by age waits until the clock has been steady, from the start and after a jump', () => {
  const at = clocks()
  const clock = new SteadyClock(at)
  const age = 30 * dayMs
  expect(clock.retentionNowMs(age)).toBe(Number.NEGATIVE_INFINITY)
  at.pass(hourMs)
  expect(clock.retentionNowMs(age)).toBe(at.wall())
  at.set(60 * dayMs)
  expect(clock.retentionNowMs(age)).toBe(Number.NEGATIVE_INFINITY)
  at.pass(30_000)
  expect(clock.retentionNowMs(age)).toBe(Number.NEGATIVE_INFINITY)
  at.set(-60 * dayMs)
  for (const ms of [0, 30_000, 50 * 60_000]) {
    at.pass(ms)
    expect(clock.retentionNowMs(age)).toBe(Number.NEGATIVE_INFINITY)
  }
  at.pass(hourMs)
  expect(clock.retentionNowMs(age)).toBe(at.wall())
})

test('I8: a clock 60 days ahead for three seconds costs no history, and what is recorded then has the right time', () => {
  const at = clocks()
  using driver = new PartitionDriver({ ageMs: 30 * dayMs, bytes: 1e12 }, new SteadyClock(at))
  const scope = 'push/-/-/a'
  const observe = (value: number) => {
    const resource = { id: 'x', type: 't', provider: 'p', configuration: { value } }
    return driver.apply(scope, [{ kind: 'observed', scope, resource }])
  }
  at.pass(2 * hourMs)
  for (const value of [1, 2, 3]) observe(value)
  const rightMs = at.wall()
  at.set(60 * dayMs)
  for (const second of [1, 2, 3]) {
    at.pass(1_000)
    observe(10 + second)
    driver.expire()
  }
  at.set(-60 * dayMs)
  observe(20)
  driver.expire()
  const entries = [...driver.reader.history(`${scope}/x` as never)].map(({ change, cursor }) => change.toChange(cursor))
  expect(entries.map(({ version }) => version)).toEqual([7, 6, 5, 4, 3, 2, 1])
  for (const { recorded_at } of entries) expect(Math.abs(Date.parse(recorded_at) - rightMs)).toBeLessThan(4_000)
  at.pass(31 * dayMs)
  driver.expire()
  expect([...driver.reader.history(`${scope}/x` as never)]).toHaveLength(1)
})
