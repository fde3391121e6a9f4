import { type ComparisonTable, comparisonTables, policyTable } from './comparison-tables.ts'
import { isRawNumber } from './json.ts'
import { looksLikeJson } from './json-text.ts'
import type { Json, Resource } from './resource.ts'
import { scalarHash, high as scalarHigh } from './scalar-hash.ts'

/** The fields that together identify an element among its neighbours. */
export type Identity = readonly string[]

/** How an array is compared that isn't simply compared by position. */
export interface ArrayRule {
  /** In order of preference; the first that every element has, and no two share, is used. */
  readonly identities: readonly Identity[]
  /** Where none is: whether it is a multiset, or else compared by position. */
  readonly unordered: boolean
  /** Whether a value that is no array means the same as an array of that value alone. */
  readonly mayBeSingle: boolean
}

/** Fields that are never compared, as a tree of names in which arrays are transparent. */
export type Volatile = ReadonlyMap<string, Volatile | true>

/** What the tables say of one resource type. */
export interface TypeRules {
  readonly volatile: Volatile | null
  /** Whether an attribute that is `""`, `[]` or `{}` is not set, as one that is null or absent is not: in Terraform states. */
  readonly emptyIsUnset: boolean
  /** Whether any array rule has `mayBeSingle`. */
  readonly hasSingles: boolean
  /** @param owner the nearest named field around the array's own */
  arrayRule(name: string, owner: string): ArrayRule | null
  /** The rules of the JSON document that a field holds as text. No volatile field is known in any. */
  inText(name: string, document: Json): TypeRules
}

/** For JSON that anybody may have written: what a name means there isn't known, unless the document is a policy. */
const noRules: TypeRules = {
  volatile: null,
  emptyIsUnset: false,
  hasSingles: false,
  arrayRule: () => null,
  inText: (_name, document) => (isPolicy(document) ? policyRules : noRules),
}

/** Types are few, but a source that invents them without end must not fill the memory. */
const maxCachedTypes = 4096
const cache = new Map<string, TypeRules>()
let configured: readonly ComparisonTable[] = []

/**
 * Takes the tables of the configuration, which extend the shipped ones and win over them for the same field. What was
 * hashed by other tables is compared by content the next time, which reports no change.
 */
export function extendComparison(tables: readonly ComparisonTable[]): void {
  configured = tables
  cache.clear()
}

/** The tables that {@link extendComparison} was given last, for a thread that starts now. */
export const configuredComparison = (): readonly ComparisonTable[] => configured

/**
 * The rules of a type. Only Kubernetes' objects are looked up by their provider, because a kind may have any name.
 * @param isFromState whether the resource is one of a Terraform state
 */
export function rulesFor(provider: string, type: string, isFromState = false): TypeRules {
  const subject = subjectOf(provider, type, isFromState)
  const name = isFromState ? `state ${subject}` : subject
  const cached = cache.get(name)
  if (cached) return cached
  if (cache.size >= maxCachedTypes) cache.clear()
  const rules = compile([...tablesOf(comparisonTables, subject), ...tablesOf(configured, subject)], isFromState)
  cache.set(name, rules)
  return rules
}

/** The rules of an object of a cluster with a table of its own kind, which the configuration's tables win over. Not cached. */
export function rulesOfKind(type: string, table: ComparisonTable): TypeRules {
  const subject = subjectOf('kubernetes', type, false)
  return compile([...tablesOf(comparisonTables, subject), table, ...tablesOf(configured, subject)])
}

const subjectOf = (provider: string, type: string, isFromState: boolean): string =>
  provider === 'kubernetes' && !isFromState ? `kubernetes:${type.replace(/^.*[./]/, '')}` : type

const tablesOf = (tables: readonly ComparisonTable[], subject: string): readonly ComparisonTable[] =>
  tables.filter(({ types }) => types.some((pattern) => covers(pattern, subject)))

/** Whether a resource is one of a Terraform state: the connector says so of each in `metadata.mode`. */
export function isFromState({ metadata }: Pick<Resource, 'metadata'>): boolean {
  const mode = metadata?.mode
  return mode === 'managed' || mode === 'data'
}

function covers(pattern: string, subject: string): boolean {
  const [beginning = '', end] = pattern.split('*', 2)
  if (end === undefined) return subject === pattern
  return subject.length >= beginning.length + end.length && subject.startsWith(beginning) && subject.endsWith(end)
}

function compile(tables: readonly ComparisonTable[], emptyIsUnset = false): TypeRules {
  const rules = new Map<string, Map<string, ArrayRule>>()
  const anyName = new Map<string, ArrayRule>()
  const volatile: VolatileTree = new Map()
  const documents = new Set(tables.flatMap((table) => table.documents ?? []))
  for (const { keyed = {}, sets = [], singles = [], volatile: paths = [] } of tables) {
    for (const field of new Set([...Object.keys(keyed), ...sets, ...singles])) {
      const dot = field.indexOf('.')
      const name = field.slice(dot + 1)
      const rule = ruleOf(keyed[field], sets.includes(field), singles.includes(field))
      if (dot > 0 && name === '*') {
        anyName.set(field.slice(0, dot), rule)
        continue
      }
      const owners = rules.get(name) ?? new Map<string, ArrayRule>()
      rules.set(name, owners.set(dot < 0 ? anyOwner : field.slice(0, dot), rule))
    }
    for (const path of paths) plant(volatile, typeof path === 'string' ? path.split('.') : path)
  }
  const compiled: TypeRules = {
    volatile: volatile.size > 0 ? volatile : null,
    emptyIsUnset,
    hasSingles: tables.some(({ singles = [] }) => singles.length > 0),
    arrayRule(name, owner) {
      const owners = rules.get(name)
      const byName = owners === undefined ? undefined : (owners.get(owner) ?? owners.get(anyOwner))
      return byName ?? (anyName.size > 0 ? (anyName.get(owner) ?? null) : null)
    },
    inText: (name, document) => {
      if (!documents.has(name) || isPolicy(document)) return noRules.inText(name, document)
      if (!emptyIsUnset) return compiled
      inDocument ??= compile(tables)
      return inDocument
    },
  }
  let inDocument: TypeRules | null = null
  return compiled
}

const anyOwner = ''

const ruleOf = (alternatives: string | undefined, unordered: boolean, mayBeSingle: boolean): ArrayRule => ({
  identities: alternatives === undefined ? [] : alternatives.split('|').map((fields) => fields.split('+')),
  unordered,
  mayBeSingle,
})

const policyRules = compile([policyTable])

/** Whether a document is an IAM policy, in whichever field it stands: every statement of it allows or denies. */
function isPolicy(document: Json): boolean {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return false
  const statements = (document as { [name: string]: Json }).Statement ?? null
  return Array.isArray(statements) ? statements.length > 0 && statements.every(isStatement) : isStatement(statements)
}

const isStatement = (value: Json): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !isRawNumber(value) &&
  (value.Effect === 'Allow' || value.Effect === 'Deny')

type VolatileTree = Map<string, VolatileTree | true>

function plant(tree: VolatileTree, path: readonly string[]): void {
  const [name = '', ...rest] = path
  if (rest.length === 0) {
    tree.set(name, true)
    return
  }
  const known = tree.get(name)
  if (known === true) return
  const branch: VolatileTree = known ?? new Map()
  tree.set(name, branch)
  plant(branch, rest)
}

/** The first identity that fits the array: every element has it and no two share it. */
export function fittingIdentity(elements: readonly Json[], rule: ArrayRule): Identity | null {
  for (const identity of rule.identities) if (fits(elements, identity)) return identity
  return null
}

/** Up to here all pairs are compared, without allocating; beyond, a set is made. */
const maxPairwise = 32
const seen = new Float64Array(maxPairwise)

/** Whether every element has this identity and no two have the same. */
export function fits(elements: readonly Json[], identity: Identity): boolean {
  const length = elements.length
  const many = length > maxPairwise ? new Set<number>() : null
  for (let at = 0; at < length; at++) {
    const id = identityOf(elements[at] as Json, identity)
    if (Number.isNaN(id)) return false
    if (many) {
      if (many.has(id)) return false
      many.add(id)
      continue
    }
    for (let before = 0; before < at; before++) if (seen[before] === id) return false
    seen[at] = id
  }
  return true
}

/**
 * The identity of an element as a number: 53 bits of a hash over its fields, a string and a number being different.
 * @returns NaN where it has none: it is no object, all the fields are absent or null, or one is an object or an array,
 * or a text that looks like one, and so may be equal to another text
 */
export function identityOf(element: Json, identity: Identity): number {
  if (typeof element !== 'object' || element === null || Array.isArray(element) || isRawNumber(element))
    return Number.NaN
  let low = 0
  let high = 0
  let found = false
  for (let at = 0; at < identity.length; at++) {
    const name = identity[at] as string
    const value = Object.hasOwn(element, name) ? (element[name] as Json) : null
    low = Math.imul(low, 31)
    high = Math.imul(high, 33)
    if (value === null) continue
    if (typeof value === 'object' && !isRawNumber(value)) return Number.NaN
    if (typeof value === 'string' && looksLikeJson(value)) return Number.NaN
    found = true
    low += scalarHash(value)
    high += scalarHigh
  }
  return found ? (low >>> 0) * 0x200000 + (high >>> 11) : Number.NaN
}
