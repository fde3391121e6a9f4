import type { Budget, BudgetLimits } from '../../connectors/connector.ts'
import { type Clock, pause } from './clock.ts'

const firstThrottleMs = 1000
const longestThrottleMs = 60_000

/** What a refusal leaves of a rate. Half, as TCP does it, uses less of what a system allows; AWS's own adaptive retries take this. */
const lowering = 0.7
/** Refusals within this time after a rate was lowered are of calls that were under way then: they lower it no further. */
const settleMs = 1000
/** A rate grows no sooner than this after a refusal … */
const calmMs = 5_000
/** … and by a twentieth of the first one each time, at most so often. */
const growthMs = 1000
const growthSteps = 20
/** No rate is lowered below this, calls a second: a system that refuses even that is waited for. */
const leastPerSecond = 1

/** What a rate limit has come to. */
export interface BudgetStatus {
  /** As {@link BudgetLimits.api}. */
  readonly api: string
  readonly calls: number
  readonly throttles: number
  /** Calls a second that are made now at most. */
  readonly perSecond: number
  /** Calls that may be made at once now. */
  readonly available: number
}

/** Rate limits by name, shared by all sources of a process that name them: one for each account, region and service of AWS. */
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

  status(): readonly BudgetStatus[] {
    return [...this.#byName.values()].map(({ status }) => status)
  }
}

/**
 * A token bucket whose rate is learnt: a refusal of the system empties it for a while and lowers its rate by a third, and use without
 * refusals lets the rate grow again, up to the highest that the limits allow. A waiter holds one timer. Their number is bounded
 * by the scans that have a permit or have lent it (98 in a process), the follows (one a target) and the feeds (one a source), times the calls
 * that the connector makes at once in each.
 */
export class RateLimit implements Budget {
  readonly #clock: Clock
  readonly #limits: BudgetLimits
  #perSecond: number
  /** Calls that were asked for, each with its number. */
  #asked = 0
  /** The highest of those numbers that went. */
  #went = 0
  /** Calls up to this number may go, as of {@link #at}; it grows with time. */
  #allowed: number
  #at: number
  #pausedUntil = Number.NEGATIVE_INFINITY
  #refusals = 0
  #throttles = 0
  #refusedAt = Number.NEGATIVE_INFINITY
  #loweredAt = Number.NEGATIVE_INFINITY
  #grownAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, limits: BudgetLimits) {
    this.#clock = clock
    this.#limits = limits
    this.#perSecond = limits.perSecond
    this.#allowed = Math.max(1, limits.burst)
    this.#at = clock.now()
  }

  get isThrottled(): boolean {
    return this.#clock.now() < this.#pausedUntil
  }

  get status(): BudgetStatus {
    this.#refill(this.#clock.now())
    const available = this.isThrottled ? 0 : Math.max(0, Math.floor(this.#allowed - this.#asked))
    return {
      ...{ api: this.#limits.api, calls: this.#went, throttles: this.#throttles },
      ...{ perSecond: this.#perSecond, available },
    }
  }

  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const startedAt = this.#clock.now()
    this.#refill(startedAt)
    const ticket = ++this.#asked
    for (let ms = this.#waitMs(ticket); ms > 0; ms = this.#waitMs(ticket)) {
      await pause(this.#clock, ms, signal)
      signal.throwIfAborted()
    }
    this.#went = Math.max(this.#went, ticket)
    const now = this.#clock.now()
    if (now > startedAt) this.#grow(now)
    if (startedAt >= this.#pausedUntil + longestThrottleMs) this.#refusals = 0
  }

  throttled(retryAfterMs?: number): void {
    const now = this.#clock.now()
    const ms = retryAfterMs ?? Math.min(longestThrottleMs, firstThrottleMs * 2 ** Math.min(10, this.#refusals))
    this.#refusals++
    this.#throttles++
    this.#refill(now)
    if (now >= this.#loweredAt + settleMs) {
      this.#perSecond = Math.max(Math.min(leastPerSecond, this.#limits.perSecond), this.#perSecond * lowering)
      this.#loweredAt = now
    }
    this.#refusedAt = now
    this.#pausedUntil = Math.max(this.#pausedUntil, now + ms)
    // One call tries it after the pause; the others follow at the rate.
    this.#allowed = Math.min(this.#allowed, this.#went + 1)
    this.#at = this.#pausedUntil
  }

  /** A rate that was not asked for proves nothing: only who had to wait lets it grow. */
  #grow(now: number): void {
    const { perSecond, most = perSecond } = this.#limits
    if (this.#perSecond >= most || now < this.#refusedAt + calmMs || now < this.#grownAt + growthMs) return
    this.#perSecond = Math.min(most, this.#perSecond + perSecond / growthSteps)
    this.#grownAt = now
  }

  #refill(now: number): void {
    if (now <= this.#at) return
    const grown = this.#allowed + ((now - this.#at) * this.#perSecond) / 1000
    this.#allowed = Math.min(grown, this.#asked + Math.max(1, this.#limits.burst))
    this.#at = now
  }

  /** How long the call of this number has to wait still, milliseconds. */
  #waitMs(ticket: number): number {
    const now = this.#clock.now()
    this.#refill(now)
    const missing = ticket - this.#allowed
    // Sums of fractions are a little off.
    const forRate = missing <= 1e-6 ? 0 : (missing / this.#perSecond) * 1000
    return Math.max(this.#pausedUntil - now, forRate)
  }
}
