import type { DriftStatus } from '../../model/drift.ts'
import type { DriftColumns, DriftPair, ListedInstance } from '../../storage/drift/drift-rows.ts'
import type { DriftStore } from '../../storage/drift/drift-store.ts'
import { type DriftItem, iso, itemOf, knownIn, unknownAfter } from './drift-item.ts'

/** How many managed instances have which status. `percent`: of all that could be looked at; null where there are none. */
export interface Coverage {
  readonly managed: number
  readonly in_sync: number
  readonly changed: number
  readonly missing: number
  readonly unmanaged: number
  readonly unknown: number
  /** Of `unknown`: instances of states that are not read live. */
  readonly not_covered: number
  readonly percent: number | null
}

/** A source that says nothing for three of its intervals is late. */
const intervalsUntilStale = 3

/**
 * Why nothing is known of a pair now; null where it is.
 * @param staleAfterMs for a source that doesn't say how often it reads
 */
export function problemOf(
  { problem, attemptAtMs, everyMs }: DriftPair,
  nowMs: number,
  staleAfterMs: number,
): string | null {
  if (problem !== null) return problem
  const lateAfterMs = everyMs === null ? staleAfterMs : Math.max(staleAfterMs, intervalsUntilStale * everyMs)
  return attemptAtMs !== null && nowMs - attemptAtMs > lateAfterMs ? 'stale' : null
}

/** An instance as it is to be shown now: unknown where the last live scan did not read it, with what was known before. */
function shown(pair: DriftPair, instance: ListedInstance, problem: string | null): DriftItem {
  const known = knownIn(instance.item)
  const reason = problem ?? instance.problem
  if (reason === null || instance.status === 'unknown') return itemOf(pair, instance, known)
  return itemOf(pair, { ...instance, reason }, unknownAfter(known, iso(pair.attemptAtMs ?? 0)))
}

/** Where a list goes on: the state's scope, and the address behind it. */
export interface After {
  readonly state: string
  readonly address: string
}

/** All instances by state and address; null where others may run. Those in sync only if they are asked for. */
export function* listed(
  store: DriftStore,
  problemOfPair: (pair: DriftPair) => string | null,
  inSyncToo: boolean,
  start: After | null,
): Generator<DriftItem | null> {
  for (const pair of store.pairs()) {
    if (start !== null && Buffer.compare(Buffer.from(pair.state), Buffer.from(start.state)) < 0) continue
    const problem = problemOfPair(pair)
    let after = pair.state === start?.state ? start.address : ''
    for (;;) {
      const page = store.listed(pair.id, after, inSyncToo || problem !== null)
      for (const instance of page) yield shown(pair, instance, problem)
      const last = page.at(-1)
      if (last === undefined) break
      after = last.address
      yield null
    }
  }
}

/** @param state only of this state; absent: of all */
export function coverageOf(
  store: DriftStore,
  problemOfPair: (pair: DriftPair) => string | null,
  columns: DriftColumns,
  state?: string,
): Record<DriftStatus, number> {
  const counts: Record<DriftStatus, number> = { in_sync: 0, changed: 0, missing: 0, unmanaged: 0, unknown: 0 }
  const pairs = new Map(store.pairs().map((pair) => [pair.id, pair]))
  for (const { pair: id, status, isProblem, count } of store.counts(columns)) {
    const pair = pairs.get(id)
    if (pair === undefined || (state !== undefined && pair.state !== state)) continue
    const isUnknown = isProblem || problemOfPair(pair) !== null
    counts[isUnknown ? 'unknown' : (status as DriftStatus)] += count
  }
  return counts
}
