import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'
import type { Manager } from '../objects/attribution.ts'

/** One step down into an object of the API. */
export type ApiStep =
  | { readonly name: string }
  /** An element of a list, as it is wanted; `keys` tell it from the others, none where its position does. */
  | { readonly element: Json; readonly at: number; readonly keys: readonly string[] }
  /** A member of a list that is a set. */
  | { readonly member: Json }

/** An entry of `managedFields` with its fields, in the form FieldsV1. */
export interface FieldSet extends Manager {
  readonly fields: JsonObject
}

/** Whether a set of fields has the value behind a path. A value whose members it doesn't name is had as a whole. */
export const has = (fields: JsonObject, path: readonly ApiStep[]): boolean => reaches(fields, path, true)

/** Whether a set of fields names the very value behind a path. A map whose members others have taken one by one is left as an empty set. */
export const names = (fields: JsonObject, path: readonly ApiStep[]): boolean => reaches(fields, path, false)

/** The sets that have the value behind a path: those that name it, else those that have what it lies in as a whole. */
export function havingIn<S extends Pick<FieldSet, 'fields'>>(
  sets: readonly S[],
  path: readonly ApiStep[],
): readonly S[] {
  const naming = sets.filter(({ fields }) => names(fields, path))
  return naming.length > 0 ? naming : sets.filter(({ fields }) => has(fields, path))
}

function reaches(fields: JsonObject, path: readonly ApiStep[], takesWhole: boolean): boolean {
  let at: JsonObject = fields
  for (const [depth, step] of path.entries()) {
    if (takesWhole && depth > 0 && isWhole(at)) return true
    const below = 'name' in step ? (at[`f:${step.name}`] ?? null) : elementIn(at, step)
    if (!isObject(below)) return false
    at = below
  }
  return true
}

const isWhole = (fields: JsonObject): boolean => Object.keys(fields).every((name) => name === '.')

function elementIn(fields: JsonObject, step: Exclude<ApiStep, { readonly name: string }>): Json {
  if ('member' in step) return fields[`v:${JSON.stringify(step.member)}`] ?? null
  const { element, at, keys } = step
  if (keys.length === 0) return fields[`i:${at}`] ?? null
  for (const [name, below] of Object.entries(fields)) {
    if (name.startsWith('k:') && isKeyOf(name.slice(2), element)) return below
  }
  return null
}

/** A key may have members that the element leaves to their defaults: the protocol of a port. */
function isKeyOf(text: string, element: Json): boolean {
  const key = JSON.parse(text) as Json
  if (!isObject(key) || !isObject(element)) return false
  const members = Object.keys(key)
  return (
    members.some((name) => element[name] === key[name]) &&
    members.every((name) => element[name] === undefined || element[name] === key[name])
  )
}

/** The entries of `managedFields` that say which fields they have. */
export function fieldSetsOf(managedFields: Json | undefined): readonly FieldSet[] {
  if (!Array.isArray(managedFields)) return []
  return managedFields.filter(isObject).flatMap(({ manager, operation, subresource, time, fieldsV1 = null }) => {
    if (typeof manager !== 'string' || !isObject(fieldsV1)) return []
    return [
      {
        manager,
        operation: operation === 'Apply' ? 'Apply' : 'Update',
        subresource: typeof subresource === 'string' && subresource !== '' ? subresource : null,
        time: typeof time === 'string' ? time : null,
        fields: fieldsV1,
      },
    ]
  })
}
