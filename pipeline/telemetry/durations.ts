/**
 * Upper bounds in milliseconds of the buckets in which durations are counted: ten to a decade (Renard's R10 numbers), from
 * 10 µs to 100 s. So a quantile is known to about a tenth of itself in 71 numbers, and two threads' counts add up
 * exactly, which neither a sample nor a t-digest does.
 */
export const boundsMs: readonly number[] = [0.01, 0.1, 1, 10, 100, 1_000, 10_000]
  .flatMap((decade) => [1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8].map((step) => Number((decade * step).toPrecision(3))))
  .concat(100_000)

/** What crosses a thread boundary: the numbers alone. */
export interface DurationCounts {
  /** `counts[i]` took at most `boundsMs[i]` and more than the bound before; the last one is whatever took longer. */
  readonly counts: Float64Array
  readonly sumMs: number
}

/**
 * Counts durations. A structured clone keeps its numbers and loses its methods, which is all that a report needs.
 *
 * @example
 * const began = performance.now()
 * work()
 * durations.observe(performance.now() - began)
 */
export class Durations implements DurationCounts {
  readonly counts = new Float64Array(boundsMs.length + 1)
  sumMs = 0

  /** @param ms elapsed milliseconds; a clock that went back counts as zero */
  observe(ms: number): void {
    let low = 0
    let high = boundsMs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (ms <= (boundsMs[middle] ?? Number.POSITIVE_INFINITY)) high = middle
      else low = middle + 1
    }
    this.counts[low] = (this.counts[low] ?? 0) + 1
    if (ms > 0 && Number.isFinite(ms)) this.sumMs += ms
  }

  add(other: DurationCounts): void {
    for (let i = 0; i < this.counts.length; i++) this.counts[i] = (this.counts[i] ?? 0) + (other.counts[i] ?? 0)
    this.sumMs += other.sumMs
  }

  reset(): void {
    this.counts.fill(0)
    this.sumMs = 0
  }
}

/** How many durations were counted. */
export const countOf = ({ counts }: DurationCounts): number => counts.reduce((sum, count) => sum + count, 0)

/**
 * The duration in milliseconds that a share `q` of those counted did not exceed, interpolated inside its bucket; `null`
 * when none was counted. What took longer than the last bound is given as that bound.
 */
export function quantileMs(durations: DurationCounts, q: number): number | null {
  const total = countOf(durations)
  if (total === 0) return null
  const rank = q * total
  let below = 0
  for (const [i, upper] of boundsMs.entries()) {
    const inside = durations.counts[i] ?? 0
    if (inside > 0 && below + inside >= rank) {
      const lower = boundsMs[i - 1] ?? 0
      return lower + (upper - lower) * Math.max(0, (rank - below) / inside)
    }
    below += inside
  }
  return boundsMs.at(-1) ?? null
}
