import type { DriftStatus } from '../../model/drift.ts'

/** Instances by status; those that a rule ignores are in `suppressed` alone. */
export interface DriftCounts extends Record<DriftStatus | 'suppressed', number> {
  /** Of `unknown`: instances of states that are not read live. */
  not_covered: number
  /** Of `not_covered`: those that were found in what is collected, so that only their fields are not known. */
  exists: number
  /** Objects to which nothing was applied that is known: nobody manages them, so they are no part of `managed`. */
  not_applied: number
}

/** How many managed instances have which status, and how many things no state has. */
export interface Coverage extends Readonly<DriftCounts> {
  /** All but `unmanaged` and `not_applied`. */
  readonly managed: number
  /** Of `managed`: what is known, in tenths rounded down, so that 100 is everything; null where nothing is managed. */
  readonly percent: number | null
}

export const noCounts = (): DriftCounts => ({
  ...{ in_sync: 0, changed: 0, missing: 0, unmanaged: 0, unknown: 0 },
  ...{ suppressed: 0, not_covered: 0, exists: 0, not_applied: 0 },
})

const names = Object.keys(noCounts()) as (keyof DriftCounts)[]

export function coverageOf(counts: Readonly<DriftCounts>): Coverage {
  const { in_sync, changed, missing, unmanaged, unknown, suppressed, not_covered, exists, not_applied } = counts
  const known = in_sync + changed + missing + suppressed
  const managed = known + unknown
  const percent = managed === 0 ? null : Math.floor((1000 * known) / managed) / 10
  return {
    ...{ managed, in_sync, changed, missing, unmanaged, unknown },
    ...{ suppressed, not_covered, exists, not_applied, percent },
  }
}

/** Adds a part's counts to those of the whole. */
export function addCounts(sum: DriftCounts, part: Readonly<DriftCounts>): void {
  for (const name of names) sum[name] += part[name]
}

/** 1: something has drifted. 2: nothing that is known, and not everything is known, or there were objects and nothing to compare them with. */
export function exitCodeOf(counts: Readonly<DriftCounts>, unreadStates = 0): 0 | 1 | 2 {
  const { managed, changed, missing, unmanaged, unknown, not_applied } = coverageOf(counts)
  if (changed + missing + unmanaged > 0) return 1
  if (unknown + unreadStates > 0) return 2
  return managed === 0 && not_applied > 0 ? 2 : 0
}
