import { expect, test } from 'bun:test'
import type { BudgetLimits } from '../../connectors/connector.ts'
import { manualClock } from '../../test/sources/manual-clock.ts'
import { Budgets } from './budget.ts'

const never = new AbortController().signal

test('sources that name one budget share its rate, after the burst', async () => {
  const clock = manualClock()
  const budgets = new Budgets(clock)
  const limits = { api: 'a', perSecond: 2, burst: 3 }
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
  const budget = new Budgets(clock).of('account', { api: 'a', perSecond: 1000, burst: 1000 })
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
  const budget = new Budgets(clock).of('account', { api: 'a', perSecond: 1, burst: 1 })
  await budget.take(never)
  const stop = new AbortController()
  const waiting = budget.take(stop.signal)
  stop.abort(new Error('stopped'))
  await expect(waiting).rejects.toThrow('stopped')
})

/** A system that lets so many calls a second through and refuses the others, called by 40 callers without a pause. @returns what came through and what was refused, in each 10 s */
async function usedFor(seconds: number, allowedPerSecond: number, limits: BudgetLimits) {
  const clock = manualClock()
  const budget = new Budgets(clock).of('account', limits)
  const rounds: { passed: number; refused: number }[] = []
  let [tokens, filledAt] = [allowedPerSecond, clock.now()]
  const stop = new AbortController()
  const isRefused = (): boolean => {
    tokens = Math.min(allowedPerSecond, tokens + ((clock.now() - filledAt) / 1000) * allowedPerSecond)
    filledAt = clock.now()
    if (tokens < 1) return true
    tokens--
    return false
  }
  const caller = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await budget.take(stop.signal)
      const round = rounds.at(-1)
      if (isRefused()) {
        budget.throttled(200)
        if (round) round.refused++
      } else if (round) round.passed++
    }
  }
  const callers = Array.from({ length: 40 }, () => caller().catch(() => undefined))
  for (let at = 0; at < seconds; at += 10) {
    rounds.push({ passed: 0, refused: 0 })
    for (let ms = 0; ms < 10_000; ms += 50) await clock.advance(50)
  }
  stop.abort(new Error('done'))
  await clock.advance(1000)
  await Promise.all(callers)
  return { rounds, status: budget.status }
}

test('a rate that nobody publishes is found: refusals lower it, calls that come through let it grow, and most come through', async () => {
  const { rounds, status } = await usedFor(240, 6, { api: 'a', perSecond: 10, burst: 20, most: 40 })
  const later = rounds.slice(6)
  const [passed, refused] = [later.map((round) => round.passed), later.map((round) => round.refused)].map((all) =>
    all.reduce((sum, one) => sum + one, 0),
  )
  // 180 s at 6 a second are 1,080.
  expect(passed).toBeGreaterThan(750)
  expect(refused).toBeLessThan((passed ?? 0) / 10)
  expect(status.perSecond).toBeLessThanOrEqual(12)
})

test('where nothing is refused the rate grows to the highest that may be learnt, and no published one is exceeded', async () => {
  const learnt = await usedFor(120, 1000, { api: 'a', perSecond: 10, burst: 20, most: 40 })
  expect(learnt.status).toMatchObject({ perSecond: 40, throttles: 0 })
  const published = await usedFor(60, 1000, { api: 'a', perSecond: 10, burst: 20 })
  expect(published.status.perSecond).toBe(10)
})

test('refusals of calls that were under way together lower the rate once, and a pause is followed by no burst', async () => {
  const clock = manualClock()
  const budget = new Budgets(clock).of('account', { api: 'a', perSecond: 20, burst: 100 })
  for (let n = 0; n < 16; n++) await budget.take(never)
  for (let n = 0; n < 16; n++) budget.throttled(3000)
  expect(budget.status).toEqual({ api: 'a', calls: 16, throttles: 16, perSecond: 14, available: 0 })
  let calls = 0
  for (let n = 0; n < 50; n++) void budget.take(never).then(() => calls++)
  await clock.advance(3000)
  expect(calls).toBe(1)
  await clock.advance(1000)
  expect(calls).toBe(15)
})
