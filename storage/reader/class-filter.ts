import { absent, type Filter, isAt, isEmptyFilter } from '../../model/filter.ts'
import type { ResourceClass } from '../../model/resource-class.ts'
import { splitKey } from '../../model/scope.ts'

/** The part of a filter that counters know, as SQL over `scope_classes`, `classes` and `scopes`. */
export interface ClassFilter {
  /** Conditions, joined; empty where all pass. */
  readonly where: string
  readonly parameters: readonly (string | number)[]
}

/** As `scopeMayMatch`, in SQL: a prefix of the scope's keys, or a scope and the beginning of an id. */
const prefixCondition =
  "(substr(scopes.scope || '/', 1, length(?)) = ? OR substr(?, 1, length(scopes.scope) + 1) = scopes.scope || '/')"

export function classFilter({
  provider,
  account,
  location,
  type,
  scope,
  key,
  key_prefix,
  within,
}: Filter): ClassFilter {
  const conditions: string[] = []
  const parameters: (string | number)[] = []
  const add = (condition: string, ...values: string[]) => {
    conditions.push(condition)
    parameters.push(...values)
  }
  if (provider !== undefined) add('classes.provider = ?', provider)
  if (account !== undefined) add(`coalesce(classes.account, '${absent}') = ?`, account)
  if (location === absent)
    add('(coalesce(classes.region, classes.namespace, ?) = ? OR classes.namespace = ?)', absent, absent, absent)
  else if (location !== undefined) add('(classes.region = ? OR classes.namespace = ?)', location, location)
  if (type !== undefined) add('classes.type = ?', type)
  if (scope !== undefined) add('scopes.scope = ?', scope)
  if (key !== undefined) add('scopes.scope = ?', splitKey(key)?.scope ?? '')
  if (key_prefix !== undefined) add(prefixCondition, key_prefix, key_prefix, key_prefix)
  if (within !== undefined) {
    const each = within.map(() => "substr(scopes.scope || '/', 1, length(?)) = ?")
    add(each.length === 0 ? 'FALSE' : `(${each.join(' OR ')})`, ...within.flatMap((prefix) => [prefix, prefix]))
  }
  return { where: conditions.join(' AND '), parameters }
}

/** Whether counters alone know what passes: nothing is asked of a name, a tag, a text or a part of an id. */
export function isCountable({ name, q, key, key_prefix, tags }: Filter): boolean {
  if (name !== undefined || q !== undefined || key !== undefined || Object.keys(tags ?? {}).length > 0) return false
  const slashes = key_prefix?.split('/') ?? []
  return slashes.length <= 4 || (slashes.length === 5 && slashes[4] === '')
}

/** Whether it asks for nothing that only a class says: then a scope's rows are not looked at by class. */
export const asksForClass = ({ provider, account, location, type }: Filter): boolean =>
  !isEmptyFilter({ provider, account, location, type })

/** The same question as {@link classFilter}'s, of one class in a scope. */
export const passesByClass = (
  { provider, account, location, type }: Filter,
  { provider: p, account: a, region, namespace, type: t }: ResourceClass,
): boolean =>
  (provider === undefined || provider === p) &&
  (account === undefined || account === (a ?? absent)) &&
  (location === undefined || isAt(location, region, namespace)) &&
  (type === undefined || type === t)
