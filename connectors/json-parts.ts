import { isObject, type JsonObject } from '../model/json.ts'
import type { Json } from '../model/resource.ts'

/** Gives an object a member of any name: `__proto__` is one like the others. Plain assignment else, which is ten times faster. */
export function putMember(object: JsonObject, name: string, value: Json): void {
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
  else object[name] = value
}

/** A deep copy. `structuredClone` writes and reads bytes for it: 3 times the time, and garbage. */
export function copyOf<V extends Json>(value: V): V
export function copyOf(value: Json): Json {
  if (Array.isArray(value)) return value.map((element) => copyOf(element))
  if (!isObject(value)) return value
  const copy: JsonObject = {}
  for (const name of Object.keys(value)) putMember(copy, name, copyOf(value[name] ?? null))
  return copy
}

/** About how many characters a value has as JSON, without making the text: escapes and exact numbers aside. */
export function charsOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 5
  let sum = 2
  if (Array.isArray(value)) for (const element of value) sum += charsOf(element) + 1
  else for (const [name, member] of Object.entries(value)) sum += name.length + 4 + charsOf(member)
  return sum
}
