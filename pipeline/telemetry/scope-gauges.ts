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

/** Masks the names of scopes for labels, and remembers the masked ones: twice as many as have series, all forgotten when there are more. */
export function scopeLabels(redact: (text: string) => string): (scope: string) => string {
  const known = new Map<string, string>()
  return (scope) => {
    const found = known.get(scope)
    if (found !== undefined) return found
    if (known.size >= 2 * maxScopeSeries) known.clear()
    const masked = redact(scope)
    known.set(scope, masked)
    return masked
  }
}

/** What a scope has to tell the metrics. */
export type ScopeHealth = Pick<ScopeStatus, 'scope' | 'status' | 'resources' | 'last_complete_at'>

/**
 * A scope's name is its sender's, so secrets in it are masked before it labels anything; of scopes that are then called the same, the oldest counts.
 * @param scopes null where they can't be read: then nothing is claimed of them
 * @param nowMs Unix milliseconds
 */
export function collectScopes(
  ledger: Ledger,
  scopes: readonly ScopeHealth[] | null,
  nowMs: number,
  labelOf: (scope: string) => string,
): void {
  if (scopes === null) {
    for (const name of scopeMetricNames) ledger.replace(name, [])
    return
  }
  const conditions = { fresh: 0, stale: 0, failing: 0, held: 0, events: 0, gone: 0 }
  let resources = 0
  const ages = scopes.flatMap((scope) => {
    conditions[scope.status] += 1
    resources += scope.resources
    // No scan is due in the one, and none of the other can succeed: neither is late.
    if (scope.status === 'events' || scope.status === 'gone') return []
    const age = scope.last_complete_at === null ? Number.POSITIVE_INFINITY : nowMs - Date.parse(scope.last_complete_at)
    return [[{ scope: scope.scope as string }, Math.max(0, age / 1000)] as const]
  })
  // A difference of two infinities is NaN, which would leave the order undefined.
  ages.sort(([, a], [, b]) => (a === b ? 0 : b - a))
  ledger.replace(
    'vaino_scopes',
    Object.entries(conditions).map(([status, count]) => [{ status }, count] as const),
  )
  const oldestFirst = ages.slice(0, maxScopeSeries).map(([{ scope }, age]) => [{ scope: labelOf(scope) }, age] as const)
  // The last of two equal labels would hold.
  ledger.replace('vaino_scope_freshness_seconds', oldestFirst.reverse())
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
