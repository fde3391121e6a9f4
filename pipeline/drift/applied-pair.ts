import { formatScope, type Scope, splitScope } from '../../model/scope.ts'
import type { DriftPair } from '../../storage/drift/drift-rows.ts'

/** Scopes whose objects may say themselves what was applied to them begin so. */
export const selfSayingScopes = 'kubernetes/'

/** Whether the objects of a scope may say themselves what was applied to them. */
export const isSelfSaying = (scope: Scope): boolean => scope.startsWith(selfSayingScopes)

const suffix = ':applied'

/**
 * What stands in a state's place where the objects of a scope say themselves what was applied to them: `kubernetes/prod/-/apps.Deployment:applied`.
 * There is no such scope.
 */
export function appliedScope(scope: Scope): Scope {
  const { provider, account, location, collection } = splitScope(scope)
  return formatScope({ provider, account, location, collection: `${collection}${suffix}` })
}

export const isAppliedScope = (state: string): boolean => state.startsWith(selfSayingScopes) && state.endsWith(suffix)

/** Whether a pair is a collected scope whose objects say what was applied to them: beside the scope it has a type. */
export const isOfApplied = ({ live, collection }: Pick<DriftPair, 'live' | 'collection'>): boolean =>
  live !== null && collection !== null
