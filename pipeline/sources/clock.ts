/** The time that sources run by; tests move their own. */
export interface Clock {
  /** Milliseconds from an arbitrary start. */
  now(): number
  /** Calls once after this many milliseconds; returns how to cancel it. */
  after(ms: number, run: () => void): () => void
}

/** The longest that one `setTimeout` can wait; a longer wait is woken early and waits again. */
const longestTimerMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), longestTimerMs))
    return () => clearTimeout(timer)
  },
}

/** Resolves after the time, or at once when the signal is aborted: what waits looks at the signal itself. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = (): void => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(ms, end)
    signal.addEventListener('abort', end, { once: true })
  })
}
