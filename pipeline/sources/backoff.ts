export interface BackoffLimits {
  readonly baseMs: number
  readonly maxMs: number
}

/** Two attempts are never closer than this, whatever the jitter. */
const minBackoffMs = 100

/**
 * Full jitter: anything up to `base · 2^(failures − 1)`, at most `maxMs`. Many that failed together do not return together.
 * @param random from 0 to below 1
 */
export function backoffMs(failures: number, { baseMs, maxMs }: BackoffLimits, random: number): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(30, Math.max(0, failures - 1)))
  return Math.max(minBackoffMs, ceiling * random)
}
