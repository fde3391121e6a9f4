import { fits, type Identity, identityOf } from './array-identity.ts'
import { canonicalText, isNothing, withoutType } from './drift-values.ts'
import { type Compare, type DriftField, type Place, report, type Walk } from './drift-walk.ts'
import { keyedStep, memberStep, positionStep, type Step } from './field-path.ts'
import { isObject } from './json.ts'
import { matchUp } from './match-up.ts'
import type { Json } from './resource.ts'

/** An element of an array: its path is the array's. */
const element = (place: Place, step: Step): Place => ({ ...place, owner: null, step })

/**
 * Two arrays: elements with an identity are compared one by one, sets as sets, all others by position. Where elements were only added and
 * each names another managed instance, that instance has put them there.
 * @param compare compares two elements
 */
export function compareArrays(
  walk: Walk,
  place: Place,
  before: readonly Json[],
  after: readonly Json[],
  compare: Compare,
): void {
  const was = before.map(withoutType)
  const is = after.map(withoutType)
  const rule = place.owner === null ? null : walk.schema.arrayRule(place.name, place.owner)
  const identity = rule?.identities.find((candidate) => fits(was, candidate) && fits(is, candidate))
  const found: Elements = { added: [], fields: [], compare }
  const inner: Walk = { ...walk, fields: found.fields }
  if (identity) compareKeyed(inner, place, found, identity, was, is)
  else if (rule?.unordered || walk.schema.isSet(place.path)) compareSets(inner, place, found, was, is)
  else compareLists(inner, place, found, was, is)
  const isAddition = found.added.length > 0 && found.added.length === found.fields.length
  if (isAddition && found.added.every((value) => namesSibling(walk, value))) return
  walk.fields.push(...found.fields)
}

/** What was found in one array. */
interface Elements {
  readonly added: Json[]
  readonly fields: DriftField[]
  readonly compare: Compare
}

function add(walk: Walk, found: Elements, step: Step, value: Json): void {
  if (isNothing(value, walk.against === 'state')) return
  found.added.push(value)
  report(walk, step, null, value)
}

function remove(walk: Walk, step: Step, value: Json): void {
  if (!isNothing(value, walk.against === 'state')) report(walk, step, value, null)
}

function namesSibling(walk: Walk, value: Json): boolean {
  if (typeof value === 'string') return walk.isSibling(value)
  if (Array.isArray(value)) return value.some((inner) => namesSibling(walk, inner))
  return isObject(value) && Object.values(value).some((inner) => namesSibling(walk, inner))
}

function compareKeyed(
  walk: Walk,
  place: Place,
  found: Elements,
  identity: Identity,
  before: readonly Json[],
  after: readonly Json[],
): void {
  const positions = new Map(before.map((value, position) => [identityOf(value, identity), position]))
  for (const [position, value] of after.entries()) {
    const id = identityOf(value, identity)
    const was = positions.get(id)
    positions.delete(id)
    const step = keyedStep(place.step, value, identity, was ?? null, position)
    if (was === undefined) add(walk, found, step, value)
    else found.compare(walk, element(place, step), before[was] ?? null, value)
  }
  for (const was of positions.values()) {
    const value = before[was] ?? null
    remove(walk, keyedStep(place.step, value, identity, was, null), value)
  }
}

/** Pairs of elements that are compared to find the one that another has become; beyond, each is reported as it is. */
const maxPairs = 10_000

interface Left {
  readonly value: Json
  readonly position: number
}

/**
 * Elements of equal content go first, then those between which nothing can be found, then a last one on each side. An element without
 * content needs no partner, so that the one on the other side is left for an element that the provider has filled.
 */
function compareSets(walk: Walk, place: Place, found: Elements, before: readonly Json[], after: readonly Json[]): void {
  const zeroIsNothing = walk.against === 'state'
  const textOf = (value: Json) => canonicalText(value, place.path, zeroIsNothing, walk.schema.isSet)
  const byText = new Map<string, Left[]>()
  for (const [position, value] of before.entries()) {
    const text = textOf(value)
    const same = byText.get(text)
    if (same) same.push({ value, position })
    else byText.set(text, [{ value, position }])
  }
  const added: Left[] = []
  let empty = 0
  for (const [position, value] of after.entries()) {
    if (isNothing(value, zeroIsNothing)) empty++
    else if (byText.get(textOf(value))?.shift() === undefined) added.push({ value, position })
  }
  const left = [...byText.values()].flat().sort((a, b) => a.position - b.position)
  if (added.length * left.length <= maxPairs) pairEqual(walk, place, found.compare, left, added)
  const removed = left.filter(({ value }) => !isNothing(value, zeroIsNothing) || --empty < 0)
  const [was, is] = [removed[0], added[0]]
  if (removed.length === 1 && added.length === 1 && was && is && isObject(was.value) && isObject(is.value)) {
    found.compare(walk, element(place, positionStep(place.step, is.position)), was.value, is.value)
    return
  }
  for (const { value, position } of added) add(walk, found, memberStep(place.step, value, position), value)
  for (const { value, position } of removed) remove(walk, memberStep(place.step, value, position), value)
}

/** Takes out as many pairs as can be made of elements between which the schema's classes find nothing. */
function pairEqual(walk: Walk, place: Place, compare: Compare, removed: Left[], added: Left[]): void {
  const partners = matchUp(removed.length, added.length, (was, is) => {
    const [before, after] = [removed[was], added[is]]
    return before !== undefined && after !== undefined && isSame(walk, place, compare, before.value, after.value)
  })
  for (let was = removed.length - 1; was >= 0; was--) if (partners.includes(was)) removed.splice(was, 1)
  for (let is = added.length - 1; is >= 0; is--) if (partners[is] !== -1) added.splice(is, 1)
}

function isSame(walk: Walk, place: Place, compare: Compare, before: Json, after: Json): boolean {
  const scratch: Walk = { ...walk, fields: [] }
  compare(scratch, element(place, place.step), before, after)
  return scratch.fields.length === 0
}

/** By position, after what both begin with and before what both end with. */
function compareLists(
  walk: Walk,
  place: Place,
  found: Elements,
  before: readonly Json[],
  after: readonly Json[],
): void {
  const same = (was: number, is: number) => isSame(walk, place, found.compare, before[was] ?? null, after[is] ?? null)
  const longer = Math.max(before.length, after.length)
  let equal = 0
  while (equal < longer && same(equal, equal)) equal++
  if (equal === longer) return
  const shorter = Math.min(before.length, after.length)
  const start = Math.min(equal, shorter)
  let end = 0
  while (end < shorter - start && same(before.length - 1 - end, after.length - 1 - end)) end++
  const paired = shorter - end
  for (let position = start; position < paired; position++) {
    const at = element(place, positionStep(place.step, position))
    found.compare(walk, at, before[position] ?? null, after[position] ?? null)
  }
  for (let position = paired; position < after.length - end; position++) {
    const value = after[position] ?? null
    found.added.push(value)
    report(walk, positionStep(place.step, position), null, value)
  }
  for (let position = paired; position < before.length - end; position++) {
    report(walk, positionStep(place.step, position), before[position] ?? null, null)
  }
}
