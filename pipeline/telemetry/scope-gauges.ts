import { type ScopeStatus, type TargetState, targetStates } from '../../model/status.ts'
import type { Ledger } from './ledger.ts'
import { type MetricName, maxScopeSeries } from './metric-table.ts'

/** Names of the metrics that are read from the scopes. */
export const scopeMetricNames = [
  'vaino_scopes',
  'vaino_resources',
  'vaino_scope_freshness_seconds',
  'vaino_scope_freshness_max_seconds',
  'vaino_scopes_unlisted',
] as const satisfies readonly MetricName[]

/** What a scope has to tell the metrics. */
export type ScopeHealth = Pick<ScopeStatus, 'scope' | 'status' | 'resources' | 'last_complete_at'>

/**
 * @param scopes null where they can't be read: then nothing is claimed of them
 * @param nowMs Unix milliseconds
 */
export function collectScopes(ledger: Ledger, scopes: readonly ScopeHealth[] | null, nowMs: number): void {
  if (scopes === null) {
    for (const name of scopeMetricNames) ledger.replace(name, [])
    return
  }
  const conditions = { fresh: 0, stale: 0, failing: 0, held: 0 }
  let resources = 0
  const ages = scopes.map((scope) => {
    conditions[scope.status] += 1
    resources += scope.resources
    const age = scope.last_complete_at === null ? Number.POSITIVE_INFINITY : nowMs - Date.parse(scope.last_complete_at)
    return [{ scope: scope.scope as string }, Math.max(0, age / 1000)] as const
  })
  // A difference of two infinities is NaN, which would leave the order undefined.
  ages.sort(([, a], [, b]) => (a === b ? 0 : b - a))
  ledger.replace(
    'vaino_scopes',
    Object.entries(conditions).map(([status, count]) => [{ status }, count] as const),
  )
  ledger.replace('vaino_scope_freshness_seconds', ages.slice(0, maxScopeSeries))
  ledger.set('vaino_resources', {}, resources)
  ledger.set('vaino_scope_freshness_max_seconds', {}, ages[0]?.[1] ?? 0)
  ledger.set('vaino_scopes_unlisted', {}, Math.max(0, ages.length - maxScopeSeries))
}

/** How many targets are in each state. */
export function collectTargets(ledger: Ledger, targets: readonly { readonly state: TargetState }[]): void {
  const counts = new Map<TargetState, number>(targetStates.map((state) => [state, 0]))
  for (const { state } of targets) counts.set(state, (counts.get(state) ?? 0) + 1)
  ledger.replace(
    'vaino_targets',
    [...counts].map(([state, count]) => [{ state }, count] as const),
  )
}
