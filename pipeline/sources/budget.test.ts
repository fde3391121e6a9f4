import { expect, test } from 'bun:test'
import { manualClock } from '../../test/sources/manual-clock.ts'
import { Budgets } from './budget.ts'

const never = new AbortController().signal

test('sources that name one budget share its rate, after the burst', async () => {
  const clock = manualClock()
  const budgets = new Budgets(clock)
  const limits = { perSecond: 2, burst: 3 }
  let calls = 0
  for (let n = 0; n < 10; n++)
    void budgets
      .of('account', limits)
      .take(never)
      .then(() => calls++)
  await clock.advance(0)
  expect(calls).toBe(3)
  await clock.advance(1000)
  expect(calls).toBe(5)
  await clock.advance(2500)
  expect(calls).toBe(10)
})

test('a refusal holds every call for the time that the system states, and without one for longer each time', async () => {
  const clock = manualClock()
  const budget = new Budgets(clock).of('account', { perSecond: 1000, burst: 1000 })
  const heldMs = async (refuse: () => void): Promise<number> => {
    refuse()
    expect(budget.isThrottled).toBe(true)
    const startedAt = clock.now()
    let endedAt = Number.NaN
    void budget.take(never).then(() => {
      endedAt = clock.now()
    })
    await clock.advance(20_000)
    expect(budget.isThrottled).toBe(false)
    return endedAt - startedAt
  }
  expect(await heldMs(() => budget.throttled(7000))).toBe(7000)
  expect(await heldMs(() => budget.throttled())).toBe(2000)
  expect(await heldMs(() => budget.throttled())).toBe(4000)
})

test('a wait for a budget ends with its signal', async () => {
  const clock = manualClock()
  const budget = new Budgets(clock).of('account', { perSecond: 1, burst: 1 })
  await budget.take(never)
  const stop = new AbortController()
  const waiting = budget.take(stop.signal)
  stop.abort(new Error('stopped'))
  await expect(waiting).rejects.toThrow('stopped')
})
