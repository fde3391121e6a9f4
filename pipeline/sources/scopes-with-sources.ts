import type { ScopeStatus } from '../../model/status.ts'
import type { TargetStatus } from './status.ts'

/**
 * The scopes with what reads each. A scope that only the runner knows (its first scan has committed nothing yet) is listed
 * too. Where two sources claim a scope, the one that reads it is named.
 */
export function scopesWithSources(scopes: readonly ScopeStatus[], targets: readonly TargetStatus[]): ScopeStatus[] {
  const byScope = new Map<string, TargetStatus>()
  for (const target of targets) {
    if (target.state !== 'not_ours' || !byScope.has(target.scope)) byScope.set(target.scope, target)
  }
  const known = scopes.map((status): ScopeStatus => {
    const target = byScope.get(status.scope)
    byScope.delete(status.scope)
    return target === undefined ? status : { ...status, source: sourceOf(target) }
  })
  return [...known, ...[...byScope.values()].map(unseen)]
}

const sourceOf = ({ scope: _, ...source }: TargetStatus): NonNullable<ScopeStatus['source']> => source

const unseen = (target: TargetStatus): ScopeStatus => ({
  scope: target.scope,
  status: target.error === null ? 'stale' : 'failing',
  last_attempt_at: null,
  last_complete_at: null,
  resources: 0,
  errors: target.error === null ? [] : [target.error],
  warnings: [],
  attributes: {},
  held: null,
  source: sourceOf(target),
})
