import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'
import type { PathTemplate, Surroundings } from './row.ts'

/** The value at a path of member names, `a.b`; undefined where one of them is not there. */
export function valueAt(value: Json | undefined, path: string): Json | undefined {
  let at: Json | undefined = value
  for (const name of path.split('.')) {
    if (at === undefined || !isObject(at) || !Object.hasOwn(at, name)) return undefined
    at = at[name]
  }
  return at ?? undefined
}

/** A member that must be a text or a number. @throws Error where it is none */
export function textAt(item: JsonObject, path: string): string {
  const value = valueAt(item, path)
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw new Error(`an answer lacks the member ${path}`)
}

const placeholder = /\{(\+?)([^{}]+)\}/g

/** @throws Error for a member that is absent, or is no text */
export const filled = (template: PathTemplate, item: JsonObject, { $project }: Surroundings): string =>
  template.replace(placeholder, (_, isPath: string, path: string) => {
    const text = path === '$project' ? $project : textAt(item, path)
    return isPath === '' ? encodeURIComponent(text) : text.split('/').map(encodeURIComponent).join('/')
  })

/** The last part of a path or a URL. */
export const lastPart = (text: string): string => text.slice(text.lastIndexOf('/') + 1)

/** The objects in a list of an item. */
export const objectsIn = (item: JsonObject, path: string): JsonObject[] => {
  const list = valueAt(item, path)
  return Array.isArray(list) ? list.filter(isObject) : []
}
