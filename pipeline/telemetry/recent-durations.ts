import { countOf, type DurationCounts, Durations } from './durations.ts'

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
  #count = 0
  #sumMs = 0

  /** @param now a monotonic clock, milliseconds */
  constructor(now: () => number) {
    this.#now = now
    this.#began = now()
  }

  /** How many were observed since the start. */
  get count(): number {
    return this.#count
  }
  /** Milliseconds that all of those took. */
  get sumMs(): number {
    return this.#sumMs
  }

  observe(ms: number): void {
    this.#turn()
    const before = this.#current.sumMs
    this.#current.observe(ms)
    this.#count += 1
    this.#sumMs += this.#current.sumMs - before
  }

  add(counts: DurationCounts): void {
    this.#turn()
    this.#current.add(counts)
    this.#count += countOf(counts)
    this.#sumMs += counts.sumMs
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
