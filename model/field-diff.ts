import { fits, type Identity, identityOf, type TypeRules, type Volatile } from './array-identity.ts'
import { attributesOwner, elementHash, type Place } from './canonical.ts'
import type { FieldChange } from './change.ts'
import { fieldStep, keyedStep, memberStep, pathOf, pointerOf, positionStep, type Step, textStep } from './field-path.ts'
import { isObject, type JsonObject } from './json.ts'
import { documentIn, maxNestedTexts } from './json-text.ts'
import { comparedFields, type Json, type Resource } from './resource.ts'
import { rulesOf } from './resource-rules.ts'
import { sameScalar } from './scalar-hash.ts'

interface Comparison extends Place {
  readonly changes: FieldChange[]
}

/**
 * What differs between two versions of a resource, in what is compared: by field name in code unit order, keyed elements
 * in the order of `after` with the removed ones last. A text that holds JSON is compared by what it holds. Empty exactly
 * when both have the same `canonicalHash`. Where the type itself differs, the rules of `after` hold.
 */
export function diffResources(before: Resource, after: Resource): FieldChange[] {
  const rules = rulesOf(after)
  const changes: FieldChange[] = []
  for (const name of comparedFields) {
    const isConfiguration = name === 'configuration'
    const owner = isConfiguration ? attributesOwner : ''
    const at: Comparison = { rules, volatile: isConfiguration ? rules.volatile : null, name, nesting: 0, changes }
    const was = before[name] ?? null
    const is = after[name] ?? null
    if (was === is) continue
    const step = fieldStep(null, name)
    if (isContainerPair(was, is)) compare(at, owner, step, was, is)
    else compareMembers(at, owner, step, was, is, isUnsetField(was, at), isUnsetField(is, at))
  }
  return changes
}

const isUnsetField = (value: Json, { rules, volatile, name }: Comparison): boolean =>
  value === null ||
  (value === '' && rules.emptyIsUnset) ||
  (isObject(value) && isEmpty(value, rules, volatile, name === 'configuration'))

/** Two members of one name, of which either may not be set. */
function compareMembers(
  at: Comparison,
  owner: string,
  step: Step,
  before: Json,
  after: Json,
  wasUnset: boolean,
  isUnset: boolean,
): void {
  if (wasUnset) {
    if (!isUnset) report(at.changes, step, 'add', null, after)
  } else if (isUnset) report(at.changes, step, 'remove', before, null)
  else compare(at, owner, step, before, after)
}

const isContainerPair = (before: Json, after: Json): boolean =>
  (Array.isArray(before) && Array.isArray(after)) || (isObject(before) && isObject(after))

/** Whether nothing in an object is set and compared. @param hasAttributes whether its members are attributes, and not a map's entries */
const isEmpty = (value: JsonObject, rules: TypeRules, volatile: Volatile | null, hasAttributes: boolean): boolean =>
  Object.keys(value).every((name) => {
    const below = volatile?.get(name)
    return below === true || isUnsetMember(value[name] ?? null, rules, below ?? null, hasAttributes)
  })

function isUnsetMember(value: Json, rules: TypeRules, volatile: Volatile | null, hasAttributes: boolean): boolean {
  if (value === null) return true
  if (!hasAttributes || !rules.emptyIsUnset) return false
  if (Array.isArray(value)) return value.length === 0
  return value === '' || (isObject(value) && isEmpty(value, rules, volatile, false))
}

/** @param owner null for an array's element: an array directly in an array has no name of its own, so no rule */
function compare(at: Comparison, owner: string | null, step: Step, before: Json, after: Json): void {
  if (before === after) return
  if (Array.isArray(before) && Array.isArray(after)) compareArrays(at, owner, step, before, after)
  else if (isObject(before) && isObject(after)) {
    compareObjects(at, step, before, after, owner === null || owner === attributesOwner)
  } else if (typeof before === 'string' && typeof after === 'string') compareTexts(at, owner, step, before, after)
  else if (Array.isArray(before) !== Array.isArray(after) && mayBeSingle(at, owner)) {
    compareArrays(at, owner, step, asArray(before), asArray(after))
  } else if (!sameScalar(before, after)) report(at.changes, step, 'replace', before, after)
}

const mayBeSingle = (at: Comparison, owner: string | null): boolean =>
  owner !== null && at.rules.hasSingles && at.rules.arrayRule(at.name, owner)?.mayBeSingle === true

const asArray = (value: Json): readonly Json[] => (Array.isArray(value) ? value : [value])

/** By what they hold, where both hold an object or both an array; else they are just two texts. */
function compareTexts(at: Comparison, owner: string | null, step: Step, before: string, after: string): void {
  const was = at.nesting < maxNestedTexts ? documentIn(before) : null
  const is = was === null ? null : documentIn(after)
  if (was === null || is === null || Array.isArray(was) !== Array.isArray(is)) {
    report(at.changes, step, 'replace', before, after)
    return
  }
  const rules = at.rules.inText(at.name, is)
  // Only one is a policy: then they differ in what its statements say, whatever the rules.
  const common = rules === at.rules.inText(at.name, was) ? rules : at.rules.inText(at.name, null)
  compare({ ...at, rules: common, volatile: null, nesting: at.nesting + 1 }, owner, textStep(step), was, is)
}

function compareObjects(
  at: Comparison,
  step: Step,
  before: JsonObject,
  after: JsonObject,
  hasAttributes: boolean,
): void {
  for (const name of differingNames(before, after)) {
    const rest = at.volatile?.get(name)
    if (rest === true) continue
    const was = ownMember(before, name)
    const is = ownMember(after, name)
    const { rules, changes, nesting } = at
    const below: Comparison = { rules, changes, nesting, name, volatile: rest ?? null }
    const member = fieldStep(step, name)
    if (isContainerPair(was, is)) compare(below, at.name, member, was, is)
    else {
      const wasUnset = isUnsetMember(was, rules, below.volatile, hasAttributes)
      const isUnset = isUnsetMember(is, rules, below.volatile, hasAttributes)
      compareMembers(below, at.name, member, was, is, wasUnset, isUnset)
    }
  }
}

/** An object of JSON inherits members too (`constructor`). */
const ownMember = (object: JsonObject, name: string): Json =>
  Object.hasOwn(object, name) ? (object[name] as Json) : null

/** The names, sorted, of members that are not the very same value. Most are, so few are sorted. */
function differingNames(before: JsonObject, after: JsonObject): string[] {
  const names: string[] = []
  for (const name in before) if (before[name] !== ownMember(after, name)) names.push(name)
  for (const name in after) if (!Object.hasOwn(before, name)) names.push(name)
  return names.length > 1 ? names.sort() : names
}

function compareArrays(
  at: Comparison,
  owner: string | null,
  step: Step,
  before: readonly Json[],
  after: readonly Json[],
): void {
  const rule = owner === null ? null : at.rules.arrayRule(at.name, owner)
  const identity = rule?.identities.find((candidate) => fits(before, candidate) && fits(after, candidate))
  if (identity) compareKeyed(at, step, identity, before, after)
  else if (rule?.unordered) compareSets(at, step, before, after)
  else compareLists(at, step, before, after)
}

function compareKeyed(
  at: Comparison,
  step: Step,
  identity: Identity,
  before: readonly Json[],
  after: readonly Json[],
): void {
  const positions = new Map(before.map((element, position) => [identityOf(element, identity), position]))
  for (const [position, element] of after.entries()) {
    const id = identityOf(element, identity)
    const was = positions.get(id)
    positions.delete(id)
    const below = keyedStep(step, element, identity, was ?? null, position)
    if (was === undefined) report(at.changes, below, 'add', null, element)
    else compare(at, null, below, before[was] as Json, element)
  }
  for (const was of positions.values()) {
    const element = before[was] as Json
    report(at.changes, keyedStep(step, element, identity, was, null), 'remove', element, null)
  }
}

function compareSets(at: Comparison, step: Step, before: readonly Json[], after: readonly Json[]): void {
  const positions = new Map<number, number[]>()
  for (const [position, element] of before.entries()) {
    const hash = elementHash(element, at)
    const same = positions.get(hash)
    if (same) same.push(position)
    else positions.set(hash, [position])
  }
  for (const [position, element] of after.entries()) {
    if (positions.get(elementHash(element, at))?.shift() !== undefined) continue
    report(at.changes, memberStep(step, element, position), 'add', null, element)
  }
  for (const position of [...positions.values()].flat().sort((a, b) => a - b)) {
    const element = before[position] as Json
    report(at.changes, memberStep(step, element, position), 'remove', element, null)
  }
}

/** By position, after what both begin with and before what both end with. */
function compareLists(at: Comparison, step: Step, before: readonly Json[], after: readonly Json[]): void {
  const was = before.map((element) => elementHash(element, at))
  const is = after.map((element) => elementHash(element, at))
  const shorter = Math.min(was.length, is.length)
  let start = 0
  while (start < shorter && was[start] === is[start]) start++
  let end = 0
  while (end < shorter - start && was[was.length - 1 - end] === is[is.length - 1 - end]) end++
  const paired = shorter - end
  for (let position = start; position < paired; position++) {
    if (was[position] === is[position]) continue
    compare(at, null, positionStep(step, position), before[position] as Json, after[position] as Json)
  }
  for (let position = paired; position < is.length - end; position++) {
    report(at.changes, positionStep(step, position), 'add', null, after[position] as Json)
  }
  for (let position = paired; position < was.length - end; position++) {
    report(at.changes, positionStep(step, position), 'remove', before[position] as Json, null)
  }
}

function report(changes: FieldChange[], step: Step, op: FieldChange['op'], before: Json, after: Json): void {
  changes.push({
    path: pathOf(step),
    pointer: pointerOf(step, op === 'remove' ? 'before' : 'after'),
    op,
    before,
    after,
  })
}
