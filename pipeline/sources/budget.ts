import type { Budget, BudgetLimits } from '../../connectors/connector.ts'
import { type Clock, pause } from './clock.ts'

const firstThrottleMs = 1000
const longestThrottleMs = 60_000

/** Rate limits by name, shared by all sources of a process that name them. */
export class Budgets {
  readonly #clock: Clock
  readonly #byName = new Map<string, RateLimit>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The first caller's limits stand for all. */
  of(name: string, limits: BudgetLimits): RateLimit {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    const made = new RateLimit(this.#clock, limits)
    this.#byName.set(name, made)
    return made
  }
}

/**
 * A token bucket that a refusal of the system empties for a while. A waiter holds one timer. Their number is bounded by the
 * scans that have a permit (34 in a process), the follows (one a target) and the feeds (one a source), times the calls that
 * the connector makes at once in each.
 */
export class RateLimit implements Budget {
  readonly #clock: Clock
  readonly #periodMs: number
  readonly #burstMs: number
  /** When the bucket will be full again if nobody takes from it. */
  #fullAt = Number.NEGATIVE_INFINITY
  #pausedUntil = Number.NEGATIVE_INFINITY
  #refusals = 0

  constructor(clock: Clock, { perSecond, burst }: BudgetLimits) {
    this.#clock = clock
    this.#periodMs = 1000 / perSecond
    this.#burstMs = this.#periodMs * Math.max(1, burst)
  }

  get isThrottled(): boolean {
    return this.#clock.now() < this.#pausedUntil
  }

  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const now = this.#clock.now()
    this.#fullAt = Math.max(this.#fullAt, now) + this.#periodMs
    const allowedAt = this.#fullAt - this.#burstMs
    for (let at = now; at < Math.max(allowedAt, this.#pausedUntil); at = this.#clock.now()) {
      await pause(this.#clock, Math.max(allowedAt, this.#pausedUntil) - at, signal)
      signal.throwIfAborted()
    }
    if (now >= this.#pausedUntil + longestThrottleMs) this.#refusals = 0
  }

  throttled(retryAfterMs?: number): void {
    const ms = retryAfterMs ?? Math.min(longestThrottleMs, firstThrottleMs * 2 ** Math.min(10, this.#refusals))
    this.#refusals++
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + ms)
  }
}
