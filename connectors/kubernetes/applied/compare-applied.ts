import { type ArrayRule, fittingIdentity, type TypeRules } from '../../../model/array-identity.ts'
import { isObject, isRawNumber, type JsonObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'
import type { ApiStep } from './field-set.ts'
import { isSameQuantity } from './quantity.ts'

/** A value that was applied, and is not there as it was. */
export interface Deviation {
  readonly path: readonly ApiStep[]
  readonly wanted: Json
  /** Undefined where nothing stands there. */
  readonly found: Json | undefined
  /**
   * Whether what is absent stood in a map or a keyed list, where the server takes every name: then somebody has removed it. A field that the
   * server doesn't know, or whose feature is off, is dropped by the server itself.
   */
  readonly wasTaken: boolean
}

/** Deviations of one object. Beyond these nobody reads them one by one. */
const maxDeviations = 500
/** Maps whose names are the user's. */
const maps = new Set([
  'labels',
  'annotations',
  'data',
  'stringData',
  'binaryData',
  'matchLabels',
  'nodeSelector',
  'parameters',
])
/** Below these a text is a text, never a quantity. */
const texts = new Set([...maps, 'args', 'command', 'value', 'image', 'name', 'namespace'])

interface Walk {
  readonly rules: TypeRules
  readonly found: Deviation[]
}

interface Place {
  readonly path: readonly ApiStep[]
  readonly name: string
  /** The nearest named field around it, as the tables of lists call it. */
  readonly owner: string
  readonly isText: boolean
  readonly inMap: boolean
}

/**
 * What was applied against what is there. Only what was applied counts: what the server or anybody added beside it is no deviation, nor is
 * another spelling, a default that stands for an empty value, or a value that was applied as null.
 */
export function deviationsOf(wanted: JsonObject, found: JsonObject, rules: TypeRules): readonly Deviation[] {
  const walk: Walk = { rules, found: [] }
  for (const [name, value] of Object.entries(wanted)) {
    const place = { path: [{ name }], name, owner: 'configuration', isText: texts.has(name), inMap: false }
    visit(walk, place, value, own(found, name))
  }
  return walk.found
}

const own = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined

function visit(walk: Walk, place: Place, wanted: Json, found: Json | undefined): void {
  if (walk.found.length >= maxDeviations || wanted === null) return
  if (found === undefined || found === null) {
    // The API leaves out what is empty, but for the values of maps.
    if (place.inMap || !isEmpty(wanted))
      walk.found.push({ path: place.path, wanted, found: undefined, wasTaken: place.inMap })
    return
  }
  if (isObject(wanted) && isObject(found)) visitObject(walk, place, wanted, found)
  else if (Array.isArray(wanted) && Array.isArray(found)) visitList(walk, place, wanted, found)
  else if (!isSame(wanted, found, place.isText)) walk.found.push({ path: place.path, wanted, found, wasTaken: true })
}

function visitObject(walk: Walk, { path, name, isText }: Place, wanted: JsonObject, found: JsonObject): void {
  const inMap = maps.has(name)
  for (const [member, value] of Object.entries(wanted)) {
    const at = { path: [...path, { name: member }], name: member, owner: name, inMap }
    visit(walk, { ...at, isText: isText || texts.has(member) }, value, own(found, member))
  }
}

function visitList(walk: Walk, place: Place, wanted: readonly Json[], found: readonly Json[]): void {
  const rule = walk.rules.arrayRule(place.name, place.owner)
  const keys = rule === null ? null : keysOf(rule, wanted, found)
  if (keys !== null) {
    for (const [at, element] of wanted.entries()) {
      const other = found.find((one) => isSameElement(element, one, keys))
      visitElement(walk, place, { element, at, keys }, other)
    }
    return
  }
  if (rule?.unordered === true && wanted.every((one) => !isObject(one) && !Array.isArray(one))) {
    for (const member of wanted) {
      if (found.some((one) => isSame(member, one, place.isText))) continue
      walk.found.push({ path: [...place.path, { member }], wanted: member, found: undefined, wasTaken: true })
    }
    return
  }
  // By position; where their number differs they are compared as one value.
  if (wanted.length !== found.length)
    walk.found.push({ path: place.path, wanted: [...wanted], found: [...found], wasTaken: true })
  else for (const [at, element] of wanted.entries()) visitElement(walk, place, { element, at, keys: [] }, found[at])
}

function visitElement(
  walk: Walk,
  { path, name, isText }: Place,
  step: Extract<ApiStep, { readonly element: Json }>,
  found: Json | undefined,
): void {
  const place = { path: [...path, step], name, owner: name, isText, inMap: step.keys.length > 0 }
  const { element } = step
  if (isObject(element) && isObject(found ?? null)) visitObject(walk, place, element, found as JsonObject)
  else visit(walk, place, element, found)
}

/** The keys by which both lists tell their elements. What was applied may leave a key to its default: the protocol of a port. */
function keysOf(rule: ArrayRule, wanted: readonly Json[], found: readonly Json[]): readonly string[] | null {
  const whole = fittingIdentity(found, rule)
  if (whole === null) return found.length === 0 && wanted.every(isObject) ? (rule.identities[0] ?? null) : null
  return wanted.every((one) => isObject(one) && whole.some((key) => one[key] !== undefined)) ? whole : null
}

const isSameElement = (wanted: Json, found: Json, keys: readonly string[]): boolean =>
  isObject(wanted) &&
  isObject(found) &&
  keys.every(
    (key) => wanted[key] === undefined || wanted[key] === null || isSame(wanted[key] ?? null, found[key] ?? null, true),
  )

function isSame(wanted: Json, found: Json, isText: boolean): boolean {
  if (wanted === found) return true
  if (isObject(wanted) || isObject(found) || Array.isArray(wanted) || Array.isArray(found)) return false
  // A port by its number or as text.
  const [one, other] = [textOf(wanted), textOf(found)]
  if (one === other) return true
  return !isText && typeof wanted !== 'boolean' && typeof found !== 'boolean' && isSameQuantity(one, other)
}

const textOf = (value: Json): string => (isRawNumber(value) ? value.rawJSON : String(value))

const isEmpty = (value: Json): boolean =>
  value === '' ||
  value === 0 ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.values(value).every(isNothing))

const isNothing = (value: Json): boolean => value === null || isEmpty(value)
