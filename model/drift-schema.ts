import type { ArrayRule, TypeRules } from './array-identity.ts'
import { isObject } from './json.ts'
import type { Json, Resource } from './resource.ts'
import { rulesOf } from './resource-rules.ts'

/**
 * What a resource type's schema says of comparing, as a live document carries it in `metadata.schema`. Paths are dotted names without
 * positions (`ingress.cidr_blocks`), a map's keys one step `*`.
 */
export interface DriftSchema {
  isSet(path: string): boolean
  /** The provider may have filled it in: an optional attribute that is computed too, or a nested block. */
  mayBeFilledIn(path: string): boolean
  /** Only the provider sets it, or it was seen to move by itself. */
  isNotOurs(path: string): boolean
  /** The path one name further down. */
  below(path: string, name: string): string
  readonly rules: TypeRules
  arrayRule(name: string, owner: string): ArrayRule | null
}

/** @param live a live document; one without `metadata.schema` is compared by the shipped tables alone */
export function schemaOf(live: Resource): DriftSchema {
  const said = live.metadata?.schema ?? null
  const pathsOf = (name: string): string[] => textsOf(isObject(said) ? (said[name] ?? null) : null)
  const sets = new Set(pathsOf('sets'))
  const filledIn = new Set([...pathsOf('optional_computed'), ...pathsOf('blocks')])
  const notOurs = new Set([...pathsOf('computed'), ...textsOf(live.metadata?.volatile ?? null)])
  const maps = new Set([...sets, ...filledIn, ...notOurs].flatMap(mapsAbove))
  const rules = rulesOf(live)
  return {
    isSet: (path) => sets.has(path),
    mayBeFilledIn: (path) => filledIn.has(path),
    isNotOurs: (path) => notOurs.has(path),
    below: (path, name) => (path === '' ? name : `${path}.${maps.has(path) ? '*' : name}`),
    rules,
    arrayRule: (name, owner) => rules.arrayRule(name, owner),
  }
}

const textsOf = (value: Json): string[] =>
  Array.isArray(value) ? value.filter((element) => typeof element === 'string') : []

/** `a.*.b.*` → `a`, `a.*.b`: the maps that a path leads through. */
const mapsAbove = (path: string): string[] => {
  const steps = path.split('.')
  return steps.flatMap((step, at) => (step === '*' ? [steps.slice(0, at).join('.')] : []))
}
