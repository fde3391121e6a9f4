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
export function has(fields: JsonObject, path: readonly ApiStep[]): boolean {
  let at: JsonObject = fields
  for (const [depth, step] of path.entries()) {
    if (depth > 0 && isWhole(at)) return true
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
  const names = Object.keys(key)
  return (
    names.some((name) => element[name] === key[name]) &&
    names.every((name) => element[name] === undefined || element[name] === key[name])
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
