import type { ScopeStatus } from '../../model/status.ts'
import { compareBytes } from '../../storage/reader/scope-rows.ts'
import type { TargetStatus } from './status.ts'

/**
 * The scopes with what reads each. A scope that only the runner knows (its first scan has committed nothing yet) is listed
 * too. Where two sources claim a scope, the one that reads it is named.
 * @param scopes those after `after`, by name in byte order
 */
export function* scopesWithSources(
  scopes: Iterable<ScopeStatus>,
  targets: readonly TargetStatus[],
  after = '',
): Generator<ScopeStatus> {
  const byScope = new Map<string, TargetStatus>()
  for (const target of targets) {
    if (target.state !== 'not_ours' || !byScope.has(target.scope)) byScope.set(target.scope, target)
  }
  const byName = [...byScope.values()]
    .filter(({ scope }) => compareBytes(scope, after) > 0)
    .sort((a, b) => compareBytes(a.scope, b.scope))
  let next = 0
  for (const status of scopes) {
    for (let target = byName[next]; target && compareBytes(target.scope, status.scope) < 0; target = byName[++next])
      yield unseen(target)
    const target = byName[next]
    if (target?.scope !== status.scope) {
      yield status
      continue
    }
    next++
    yield { ...status, source: sourceOf(target) }
  }
  for (const target of byName.slice(next)) yield unseen(target)
}

const sourceOf = ({ scope: _, ...source }: TargetStatus): NonNullable<ScopeStatus['source']> => source

const unseen = (target: TargetStatus): ScopeStatus => ({
  scope: target.scope,
  status: target.error === null ? 'stale' : 'failing',
  last_attempt_at: null,
  last_complete_at: null,
  last_change_at: null,
  gone_since: null,
  resources: 0,
  errors: target.error === null ? [] : [target.error],
  warnings: [],
  attributes: {},
  held: null,
  source: sourceOf(target),
})
