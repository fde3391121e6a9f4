import type { DriftStatus } from '../../model/drift.ts'

/** Instances by status; those that a rule ignores are in `suppressed` alone. */
export type DriftCounts = Record<DriftStatus | 'suppressed', number>

/** How many managed instances have which status. */
export interface Coverage extends Readonly<DriftCounts> {
  readonly managed: number
  /** Of `unknown`: instances of states that are not read live. */
  readonly not_covered: number
  /** Of `managed`: what is known, in tenths rounded down, so that 100 is everything; null where nothing is managed. */
  readonly percent: number | null
}

export const noCounts = (): DriftCounts => ({
  ...{ in_sync: 0, changed: 0, missing: 0, unmanaged: 0, unknown: 0 },
  suppressed: 0,
})

/** @param notCovered instances of states that are not read live, counted in no status yet */
export function coverageOf(counts: Readonly<DriftCounts>, notCovered = 0): Coverage {
  const { in_sync, changed, missing, unmanaged, suppressed } = counts
  const unknown = counts.unknown + notCovered
  const known = in_sync + changed + missing + suppressed
  const managed = known + unknown
  const percent = managed === 0 ? null : Math.floor((1000 * known) / managed) / 10
  return { managed, in_sync, changed, missing, unmanaged, unknown, suppressed, not_covered: notCovered, percent }
}

/** Adds a part's coverage to the counts of the whole. What is not covered stands in its own number. */
export function addCoverage(sum: DriftCounts, { not_covered, ...part }: Coverage): void {
  for (const name of ['in_sync', 'changed', 'missing', 'unmanaged', 'unknown', 'suppressed'] as const)
    sum[name] += part[name]
  sum.unknown -= not_covered
}

/** 1: something has drifted. 2: nothing that is known, and not everything is known. */
export function exitCodeOf(
  { changed, missing, unknown }: Pick<Coverage, 'changed' | 'missing' | 'unknown'>,
  unreadStates = 0,
): 0 | 1 | 2 {
  if (changed + missing > 0) return 1
  return unknown + unreadStates > 0 ? 2 : 0
}
