import { isObject, type JsonObject } from './json.ts'
import type { Json } from './resource.ts'

const objectIn = (value: Json = null): JsonObject | null => (isObject(value) ? value : null)

const own = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined

/**
 * Where two readings of one thing differ: dotted paths without positions, `*` for a name that such a path can't hold. Empty where they are
 * equal; of arrays of different lengths the array's path.
 */
export function differingPaths(a: Json | undefined, b: Json | undefined, path: readonly string[] = []): string[] {
  const [one, other] = [objectIn(a), objectIn(b)]
  if (one !== null && other !== null) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)])
    const found = [...names].flatMap((name) =>
      differingPaths(own(one, name), own(other, name), [...path, name.includes('.') ? '*' : name]),
    )
    return [...new Set(found)]
  }
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    return [...new Set(a.flatMap((element, at) => differingPaths(element, b[at], path)))]
  }
  return JSON.stringify(a) === JSON.stringify(b) ? [] : [path.join('.')]
}
