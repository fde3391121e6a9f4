import { isObject, type JsonObject, parseJson } from '../../../model/json.ts'
import type { Json, Resource } from '../../../model/resource.ts'
import type { ApiStep } from './field-set.ts'

/** A field of a manager, with its value; an element of a list that is gone as a whole stands once. */
export interface HadField {
  readonly path: readonly ApiStep[]
  readonly value: Json
}

/** A document in the API's own form, as far as it can be applied. */
export function apiFormOf({ configuration, tags, metadata }: Resource): JsonObject {
  const { metadata: own = null, status: _status, ...members } = configuration ?? {}
  const said = isObject(own) ? own : {}
  const [kept, noise] = [said.annotations ?? null, metadata?.annotations ?? null]
  const annotations = { ...(isObject(kept) ? kept : {}), ...(isObject(noise) ? noise : {}) }
  return { ...members, metadata: { ...said, labels: (tags ?? {}) as JsonObject, annotations } }
}

/**
 * The fields of a manager that it has no more, and what they were. Bounded by the documents.
 * @param now null: it has none any more
 */
export function lostFields(before: JsonObject, now: JsonObject | null, object: JsonObject): readonly HadField[] {
  const lost: HadField[] = []
  walk(before, now, object, [], lost)
  return lost
}

function walk(
  before: JsonObject,
  now: JsonObject | null,
  value: Json,
  path: readonly ApiStep[],
  lost: HadField[],
): void {
  for (const [name, below] of Object.entries(before)) {
    if (name === '.' || !isObject(below)) continue
    const step = stepOf(name, value)
    if (step === null) continue
    const inner = valueAt(value, step)
    if (inner === undefined) continue
    const at = [...path, step]
    const still = now === null ? null : (now[name] ?? null)
    const isLeaf = Object.keys(below).every((one) => one === '.')
    const isElement = !('name' in step)
    if (!isObject(still) && (isLeaf || isElement)) lost.push({ path: at, value: inner })
    else if (!isLeaf) walk(below, isObject(still) ? still : null, inner, at, lost)
  }
}

/** The step of a name in FieldsV1; null where nothing of it stands in the value. */
function stepOf(name: string, value: Json): ApiStep | null {
  const [kind, said] = [name.slice(0, 2), name.slice(2)]
  if (kind === 'f:') return { name: said }
  if (!Array.isArray(value)) return null
  if (kind === 'i:') {
    const at = Number(said)
    const element = value[at]
    return element === undefined ? null : { element, at, keys: [] }
  }
  const parsed = parseJson(said)
  if (kind === 'v:') return { member: parsed }
  if (kind !== 'k:' || !isObject(parsed)) return null
  const keys = Object.keys(parsed)
  const at = value.findIndex((one) => isObject(one) && keys.every((key) => one[key] === parsed[key]))
  return at < 0 ? null : { element: parsed, at, keys }
}

/** What stands behind one step; undefined where nothing does. */
function valueAt(value: Json | undefined, step: ApiStep): Json | undefined {
  if ('name' in step) return isObject(value ?? null) ? (value as JsonObject)[step.name] : undefined
  if (!Array.isArray(value)) return undefined
  if ('member' in step) return value.includes(step.member) ? step.member : undefined
  const { element, at, keys } = step
  if (keys.length === 0) return value[at]
  return value.find((one) => isObject(one) && isObject(element) && keys.every((key) => one[key] === element[key]))
}

/** What stands behind a path; undefined where nothing does. */
export const valueBehind = (object: JsonObject, path: readonly ApiStep[]): Json | undefined =>
  path.reduce<Json | undefined>((value, step) => valueAt(value, step), object)
