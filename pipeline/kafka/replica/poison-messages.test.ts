import { expect, test } from 'bun:test'
import { PoisonMessages } from './poison-messages.ts'

const inChanges = (from: number, until: number) => ({ topic: 'changes', from, until }) as const

test('what workers die of is read later and later, ten minutes at most, and everything else at once', () => {
  let now = 0
  const deadly = new PoisonMessages(() => now)
  expect(deadly.pauseMs(inChanges(0, 100))).toBe(0)
  expect(deadly.died(inChanges(10, 100))).toMatchObject({ from: 10, until: 100, deaths: 1, pauseMs: 1_000 })
  // Other pieces of the log, as a node reads it after a while; it is in all of them.
  expect(deadly.died(inChanges(5, 60))).toMatchObject({ from: 10, until: 60, deaths: 2, pauseMs: 2_000 })
  expect(deadly.died(inChanges(20, 90))).toMatchObject({ from: 20, until: 60, deaths: 3, pauseMs: 4_000 })
  now = 1_500
  expect(deadly.pauseMs(inChanges(0, 21))).toBe(2_500)
  expect(deadly.pauseMs(inChanges(59, 200))).toBe(2_500)
  for (const other of [inChanges(0, 20), inChanges(60, 90), { ...inChanges(20, 60), topic: 'state' } as const])
    expect(deadly.pauseMs(other)).toBe(0)
  for (let deaths = 4; deaths < 20; deaths++) deadly.died(inChanges(20, 60))
  expect(deadly.died(inChanges(20, 60))).toMatchObject({ deaths: 20, pauseMs: 600_000 })
})

test('once it was read it is forgotten, and what else workers die of begins anew', () => {
  const deadly = new PoisonMessages(() => 0)
  for (let deaths = 0; deaths < 5; deaths++) deadly.died(inChanges(20, 60))
  deadly.passed('state', 900)
  deadly.passed('changes', 59)
  expect(deadly.pauseMs(inChanges(20, 60))).toBe(16_000)
  deadly.passed('changes', 60)
  expect(deadly.pauseMs(inChanges(20, 60))).toBe(0)
  expect(deadly.died(inChanges(20, 60))).toMatchObject({ deaths: 1 })
  expect(deadly.died(inChanges(70, 80))).toMatchObject({ from: 70, deaths: 1 })
})
