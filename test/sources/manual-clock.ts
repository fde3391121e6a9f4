import type { Clock } from '../../pipeline/sources/clock.ts'

export interface ManualClock extends Clock {
  /** Moves the time, calling what is due on the way and letting each call's promises settle before the next. */
  advance(ms: number): Promise<void>
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** Promises that wait for promises settle within this many turns of the event loop. */
const turnsToSettle = 5

/** A clock that stands still until a test moves it. */
export function manualClock(): ManualClock {
  let now = 0
  const timers = new Set<Timer>()
  const settle = async () => {
    for (let turn = 0; turn < turnsToSettle; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + Math.max(0, ms), run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async advance(ms) {
      const until = now + ms
      await settle()
      while (true) {
        const [next] = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
        if (next === undefined) break
        timers.delete(next)
        now = next.at
        next.run()
        await settle()
      }
      now = until
    },
  }
}
