import { fittingIdentity, rulesFor, type TypeRules, type Volatile } from './array-identity.ts'
import { isRawNumber } from './json.ts'
import { documentIn, maxNestedTexts, mayHoldJson } from './json-text.ts'
import { comparedFields, type Json, type RawNumber, type Resource } from './resource.ts'
import { rulesOf } from './resource-rules.ts'
import { multiplier, scalarHash, high as scalarHigh, scramble, textHash } from './scalar-hash.ts'

// One tag for each kind, so that {}, [] and nesting shifted by a level are all different.
const nameTag = 0x5be0cd19
const objectTag = 0x428a2f98
const listTag = 0x71374491
const unorderedTag = 0x35c0fbcf
const resourceTag = 0x59f111f1
const documentTag = 0x3956c25b

/** The second lane of what was hashed last; the first is returned. Nothing is allocated on the way. */
let high = 0
/** The rules of the resource that is being hashed. */
let rules: TypeRules = rulesFor('', '')
/** Depth of the value being hashed, in JSON texts inside JSON texts. */
let nesting = 0
/** Whether the object that was hashed last has nothing that is set and compared. */
let wasEmpty = false

/** The owner of `configuration` itself, whose members are a resource's attributes; a name that no field has. */
export const attributesOwner = '\u0000'

/**
 * Hashes the compared part of a resource: `comparedFields` without its type's volatile fields. The order of names, the
 * spelling of numbers, and the order of arrays that are sets or have identities make no difference, nor does a member that
 * is null instead of absent, nor any of it in a text that holds JSON: two resources have the same hash exactly when
 * `diffResources` finds nothing between them, collisions of 64 bits aside.
 * @param out its first two elements receive the hash
 */
export function canonicalHash(resource: Resource, out: Uint32Array): void {
  rules = rulesOf(resource)
  nesting = 0
  let a = resourceTag
  let b = resourceTag
  for (const name of comparedFields) {
    const isConfiguration = name === 'configuration'
    const value = resource[name] ?? null
    wasEmpty = value === '' && rules.emptyIsUnset
    let low = hashValue(value, isConfiguration ? rules.volatile : null, name, isConfiguration ? attributesOwner : '')
    const isEmpty = wasEmpty && (typeof value !== 'object' || !Array.isArray(value))
    if (isEmpty) low = hashScalar(null)
    a = scramble(a) + low
    b = Math.imul(b, multiplier) + high
  }
  out[0] = scramble(a)
  out[1] = scramble(b)
}

/** Where a value stands in its resource: what the rules of the type need to know. */
export interface Place {
  readonly rules: TypeRules
  readonly volatile: Volatile | null
  /** The nearest named field, which for an array is its own. */
  readonly name: string
  /** How many texts that hold JSON are around it. */
  readonly nesting: number
}

/** The canonical hash of one array element in its place, 53 bits of it as a number. */
export function elementHash(element: Json, place: Place): number {
  rules = place.rules
  nesting = place.nesting
  const low = hashValue(element, place.volatile, place.name, null)
  return (low >>> 0) * 0x200000 + (high >>> 11)
}

/** @param owner null for an array's element: an array directly in an array has no name of its own, so no rule */
function hashValue(value: Json, volatile: Volatile | null, name: string, owner: string | null): number {
  if (typeof value === 'string' && mayHoldJson(value)) return hashText(value, name, owner)
  if (typeof value !== 'object' || value === null) return hashScalar(value)
  if (!Array.isArray(value)) return hashObject(value, volatile, name, owner === null || owner === attributesOwner)
  const rule = value.length < 2 || owner === null ? null : rules.arrayRule(name, owner)
  return rule !== null && (rule.unordered || fittingIdentity(value, rule) !== null)
    ? hashUnordered(value, volatile, name)
    : hashList(value, volatile, name)
}

function hashText(text: string, name: string, owner: string | null): number {
  const document = nesting < maxNestedTexts ? documentIn(text) : null
  if (document === null) return hashScalar(text)
  const around = rules
  rules = around.inText(name, document)
  nesting++
  const low = hashValue(document, null, name, owner)
  nesting--
  rules = around
  wasEmpty = false
  high = scramble(high ^ documentTag)
  return scramble(low ^ documentTag)
}

function hashScalar(value: string | number | boolean | null | RawNumber): number {
  const low = scalarHash(value)
  high = scalarHigh
  return low
}

/** @param hasAttributes whether its members are attributes (`configuration`'s, a block's), and not a map's entries */
function hashObject(
  value: { [name: string]: Json } | RawNumber,
  volatile: Volatile | null,
  name: string,
  hasAttributes: boolean,
): number {
  // Looking for the property first is cheaper than asking the engine of every object.
  if (value.rawJSON !== undefined && isRawNumber(value)) {
    wasEmpty = false
    return hashScalar(value)
  }
  const { hasSingles } = rules
  const skipsEmpty = hasAttributes && rules.emptyIsUnset
  let isEmpty = true
  let a = objectTag
  let b = objectTag
  for (const field in value as { [name: string]: Json }) {
    const member = (value as { [name: string]: Json })[field] as Json
    if (member === null) continue
    let below: Volatile | null = null
    if (volatile !== null) {
      const rest = volatile.get(field)
      if (rest === true) continue
      below = rest ?? null
    }
    if (skipsEmpty && (member === '' || (Array.isArray(member) && member.length === 0))) continue
    const low = hasSingles ? hashSingle(member, below, field, name) : hashValue(member, below, field, name)
    if (skipsEmpty && typeof member === 'object' && wasEmpty && !Array.isArray(member)) continue
    isEmpty = false
    const memberHigh = high
    const fieldHash = nameHash(field)
    // A sum has no order; each entry is scrambled first, so that a name can't trade its value with another's.
    a += scramble(fieldHash.low + Math.imul(low, multiplier))
    b += scramble(fieldHash.high ^ Math.imul(memberHigh, multiplier))
    a |= 0
    b |= 0
  }
  wasEmpty = isEmpty
  high = scramble(b)
  return scramble(a)
}

/** A value that may stand for an array of itself alone is hashed as that array. */
function hashSingle(value: Json, volatile: Volatile | null, name: string, owner: string): number {
  const isSingle = !Array.isArray(value) && rules.arrayRule(name, owner)?.mayBeSingle === true
  return isSingle ? hashList([value], volatile, name) : hashValue(value, volatile, name, owner)
}

interface NameHash {
  readonly low: number
  readonly high: number
}

/** The same few thousand names recur, and looking one up is cheaper than hashing it. */
const maxCachedNames = 16_384
const maxCachedLength = 64
const names = new Map<string, NameHash>()

function nameHash(name: string): NameHash {
  const known = names.get(name)
  if (known !== undefined) return known
  const low = textHash(name, nameTag)
  const hash = { low, high: scalarHigh }
  if (name.length > maxCachedLength) return hash
  if (names.size >= maxCachedNames) names.clear()
  names.set(name, hash)
  return hash
}

function hashList(elements: readonly Json[], volatile: Volatile | null, name: string): number {
  let a = listTag
  let b = listTag ^ elements.length
  for (let at = 0; at < elements.length; at++) {
    a = Math.imul(a ^ hashValue(elements[at] as Json, volatile, name, null), multiplier)
    a = (a << 13) | (a >>> 19)
    b = Math.imul(b, multiplier) + high
    b ^= b >>> 15
  }
  high = scramble(b)
  return scramble(a)
}

function hashUnordered(elements: readonly Json[], volatile: Volatile | null, name: string): number {
  let a = unorderedTag ^ elements.length
  let b = unorderedTag
  for (let at = 0; at < elements.length; at++) {
    a = (a + scramble(hashValue(elements[at] as Json, volatile, name, null) ^ unorderedTag)) | 0
    b = (b + scramble(high ^ unorderedTag)) | 0
  }
  high = scramble(b)
  return scramble(a)
}
