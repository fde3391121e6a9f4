import type { DriftStatus } from '../../model/drift.ts'
import { staleAfter } from '../../model/staleness.ts'
import type { DriftColumns, DriftPair, ListedInstance } from '../../storage/drift/drift-rows.ts'
import type { DriftStore } from '../../storage/drift/drift-store.ts'
import { type DriftCounts, noCounts } from './coverage.ts'
import { type DriftItem, iso, itemOf, knownIn, unknownAfter } from './drift-item.ts'
import { fieldsNotRead, stale, type Why, whyOfReason } from './why.ts'

/**
 * Why nothing is known of a pair now; null where it is.
 * @param staleAfterMs for a source that doesn't say how often it reads
 */
export function problemOf(
  { problem, attemptAtMs, everyMs }: DriftPair,
  nowMs: number,
  staleAfterMs: number,
): Why | null {
  if (problem !== null) return problem
  const isLate = attemptAtMs !== null && nowMs - attemptAtMs > staleAfter(everyMs, staleAfterMs)
  return isLate ? whyOfReason(stale) : null
}

/** An instance as it is to be shown now: unknown where the last live scan did not read it, with what was known before. */
export function shown(pair: DriftPair, instance: ListedInstance, problem: Why | null): DriftItem {
  const known = knownIn(instance.item)
  const isUnknown = instance.status === 'unknown'
  const why = problem ?? instance.problem ?? (isUnknown ? whyOfReason(instance.reason) : null)
  if (why === null || isUnknown) return itemOf(pair, instance, known, why)
  // Where nothing was read live, no reading says since when.
  const since = pair.attemptAtMs === null ? null : iso(pair.attemptAtMs)
  return itemOf(pair, instance, unknownAfter(known, since), why)
}

/** Where a list goes on: the state's scope, and the address behind it. */
export interface After {
  readonly state: string
  readonly address: string
}

/** All instances by state and address; null where others may run. Those in sync only if they are asked for. */
export function* listed(
  store: DriftStore,
  problemOfPair: (pair: DriftPair) => Why | null,
  inSyncToo: boolean,
): Generator<DriftItem | null> {
  for (const pair of store.pairs()) yield* listedOf(store, pair, problemOfPair(pair), { inSyncToo })
}

/** Those of one pair that pass. @param after the address behind which it goes on */
export function* listedOf(
  store: DriftStore,
  pair: DriftPair,
  problem: Why | null,
  { inSyncToo, after = '', columns }: { inSyncToo: boolean; after?: string; columns?: DriftColumns },
): Generator<DriftItem | null> {
  for (let reached = after; ; ) {
    const page = store.listed(pair.id, reached, inSyncToo || problem !== null, columns)
    for (const instance of page) yield shown(pair, instance, problem)
    const last = page.at(-1)
    if (last === undefined) return
    reached = last.address
    yield null
  }
}

/** Objects to which nothing was applied, as far as is known: what they should be nobody says. */
export function withoutApply(store: DriftStore, columns: DriftColumns, state?: string): number {
  const pairs = new Map(store.pairs().map((pair) => [pair.id, pair]))
  return store
    .counts(columns)
    .filter(({ pair, status }) => status === 'not_applied' && (state === undefined || pairs.get(pair)?.state === state))
    .reduce((sum, { count }) => sum + count, 0)
}

/** Instances by status, whatever rules say. @param state only of this state; absent: of all */
export function countsOf(
  store: DriftStore,
  problemOfPair: (pair: DriftPair) => Why | null,
  columns: DriftColumns,
  state?: string,
): DriftCounts {
  const counts = noCounts()
  const pairs = new Map(store.pairs().map((pair) => [pair.id, pair]))
  for (const { pair: id, status, reason, isProblem, count } of store.counts(columns)) {
    const pair = pairs.get(id)
    if (pair === undefined || status === 'not_applied' || (state !== undefined && pair.state !== state)) continue
    const isUnknown = isProblem || problemOfPair(pair) !== null
    counts[isUnknown ? 'unknown' : (status as DriftStatus)] += count
    const isNotRead = pair.live === null && pair.collection === null && (isUnknown || status === 'unknown')
    if (isNotRead) counts.not_covered += count
    if (isNotRead && !isUnknown && reason === fieldsNotRead) counts.exists += count
  }
  return counts
}
