import { type DurationCounts, Durations } from './durations.ts'

const windowMs = 60_000

/**
 * Durations of the last one to two minutes: two windows, the older of which is dropped when the newer is a minute old. So
 * a quantile is recent, in a fixed number of bytes.
 */
export class RecentDurations {
  #current = new Durations()
  #previous = new Durations()
  #began: number
  readonly #now: () => number

  /** @param now a monotonic clock, milliseconds */
  constructor(now: () => number) {
    this.#now = now
    this.#began = now()
  }

  observe(ms: number): void {
    this.#turn()
    this.#current.observe(ms)
  }

  add(counts: DurationCounts): void {
    this.#turn()
    this.#current.add(counts)
  }

  /** Both windows together. */
  read(): DurationCounts {
    this.#turn()
    const both = new Durations()
    both.add(this.#previous)
    both.add(this.#current)
    return both
  }

  #turn(): void {
    const age = this.#now() - this.#began
    if (age < windowMs) return
    const emptied = this.#previous
    this.#previous = this.#current
    this.#current = emptied
    emptied.reset()
    if (age >= 2 * windowMs) this.#previous.reset()
    this.#began = this.#now()
  }
}
