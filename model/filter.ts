import { isFoundBy } from './labels.ts'
import type { Resource } from './resource.ts'
import { keyOf, type Scope, splitKey, splitScope } from './scope.ts'

/** The same filters everywhere; all given ones must hold. */
export interface Filter {
  readonly provider?: string | undefined
  /** `-`: of those that have none. */
  readonly account?: string | undefined
  /** Region or namespace; `-`: of those that have neither. */
  readonly location?: string | undefined
  readonly type?: string | undefined
  readonly scope?: string | undefined
  readonly name?: string | undefined
  /** This one resource. */
  readonly key?: string | undefined
  readonly key_prefix?: string | undefined
  /** Stands in its id, name, ARN or one of its tags as `name=value`, capitals or not. */
  readonly q?: string | undefined
  /** `tag.<k>=v` */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** What the asker may see: scopes that begin with one of these, which end with `/`; absent: all. No query can say it. */
  readonly within?: readonly string[] | undefined
}

export const isEmptyFilter = ({ within, ...filter }: Filter): boolean =>
  within === undefined &&
  Object.values(filter).every(
    (value) => value === undefined || (typeof value === 'object' && Object.keys(value).length === 0),
  )

/** Whether an asker may see what is in a scope. @param within as {@link Filter.within} */
export const isWithin = (within: readonly string[] | null | undefined, scope: string): boolean =>
  within == null || within.some((prefix) => `${scope}/`.startsWith(prefix))

/** Whether a scope can hold anything that passes: lets a query skip whole scopes. */
export function scopeMayMatch(filter: Filter, scope: Scope): boolean {
  if (!isWithin(filter.within, scope)) return false
  if (filter.scope !== undefined && filter.scope !== scope) return false
  if (filter.key !== undefined && splitKey(filter.key)?.scope !== scope) return false
  if (filter.key_prefix === undefined) return true
  const start = `${scope}/`
  return start.startsWith(filter.key_prefix) || filter.key_prefix.startsWith(start)
}

/** Stands in a filter, as in a scope, for an account or a location where there is none. */
export const absent = '-'

/** Whether a place passes a filter by location. */
export const isAt = (location: string, region: string | null, namespace: string | null): boolean =>
  location === region || location === namespace || (location === absent && region === null && namespace === null)

const tagEquals = (tags: Resource['tags'], name: string, value: string): boolean => {
  if (!tags || !Object.hasOwn(tags, name)) return false
  const found = tags[name]
  return typeof found === 'string' ? found === value : JSON.stringify(found) === value
}

export function matches(filter: Filter, scope: Scope, resource: Resource): boolean {
  if (!scopeMayMatch(filter, scope)) return false
  if (filter.key !== undefined && keyOf(scope, resource.id) !== filter.key) return false
  if (filter.key_prefix !== undefined && !keyOf(scope, resource.id).startsWith(filter.key_prefix)) return false
  if (filter.provider !== undefined && filter.provider !== resource.provider) return false
  if (filter.account !== undefined && filter.account !== (resource.account ?? splitScope(scope).account ?? absent))
    return false
  if (filter.location !== undefined && !isAt(filter.location, resource.region ?? null, resource.namespace ?? null))
    return false
  if (filter.type !== undefined && filter.type !== resource.type) return false
  if (filter.name !== undefined && filter.name !== resource.name) return false
  if (filter.q !== undefined && !isFoundBy(resource, filter.q)) return false
  return Object.entries(filter.tags ?? {}).every(([name, value]) => tagEquals(resource.tags, name, value))
}
