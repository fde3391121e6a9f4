import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'

/** AWS's own spellings of a tag's two members. */
const spellings = [
  ['Key', 'Value'],
  ['key', 'value'],
  ['TagKey', 'TagValue'],
] as const

/** Tags in any of AWS's forms as one object; null where they are in none. */
export function tagsIn(value: Json | undefined): JsonObject | null {
  if (value === undefined || value === null) return {}
  if (isObject(value)) return value
  if (!Array.isArray(value)) return null
  const tags: JsonObject = {}
  for (const element of value) {
    if (!isObject(element)) return null
    const spelling = spellings.find(([name]) => typeof element[name] === 'string')
    if (spelling === undefined) return null
    const [name, holder] = spelling
    define(tags, String(element[name]), element[holder] ?? '')
  }
  return tags
}

/** Tags that AWS sets itself, which nobody can write and Terraform never shows, stand apart. */
export function separated(tags: JsonObject): { readonly own: JsonObject; readonly ofAws: JsonObject } {
  const own: JsonObject = {}
  const ofAws: JsonObject = {}
  for (const [name, value] of Object.entries(tags)) define(name.startsWith('aws:') ? ofAws : own, name, value)
  return { own, ofAws }
}

/** Assigning to a name "__proto__" would set the object's prototype instead. */
const define = (object: JsonObject, name: string, value: Json): void => {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}
