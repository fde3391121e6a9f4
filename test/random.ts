/** The seed of a test that draws at random: VAINO_SEED, or one of this moment. Print it where the test fails. */
export const seedOf = (): number => Number(process.env.VAINO_SEED || Date.now() % 2 ** 31)

/** Random numbers that a seed repeats (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  /** A whole number from 0, below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }
  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0
  }
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }
}
