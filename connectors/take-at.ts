import { isObject } from '../model/json.ts'
import type { Json } from '../model/resource.ts'

/** Removes what stands at a path, in each element of the arrays on the way. @returns what was there */
export function takeAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  if (Array.isArray(value)) {
    const taken = value.map((element) => takeAt(element, path))
    return taken.every((one) => one === undefined) ? undefined : taken.map((one) => one ?? null)
  }
  const [name, ...rest] = path
  if (name === undefined || value === undefined || !isObject(value) || !Object.hasOwn(value, name)) return undefined
  if (rest.length > 0) return takeAt(value[name], rest)
  const taken = value[name]
  delete value[name]
  return taken
}
