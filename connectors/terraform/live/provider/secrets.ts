import type { Json } from '../../../../model/resource.ts'
import { asObject, own, parseBytes } from '../../parse-bytes.ts'
import type { StateInstance, TypeSchema } from './provider.ts'

/** Texts of an instance that its schema calls sensitive, to be kept out of errors. Only an instance that failed is parsed for them. */
export function secretsOf(instance: StateInstance, { sensitive, writeOnly }: TypeSchema): string[] {
  const texts = new Set<string>()
  const attributes = parseBytes(instance.attributes)
  for (const path of [...sensitive, ...writeOnly])
    for (const value of valuesAt(attributes, path.split('.'))) collect(value, texts)
  // The longest first: one may be a part of another.
  return [...texts].sort((a, b) => b.length - a.length)
}

/** All values at a path without positions; `*` is every member of a map. */
function valuesAt(value: Json, path: readonly string[]): Json[] {
  if (Array.isArray(value)) return value.flatMap((element) => valuesAt(element, path))
  const [name, ...rest] = path
  if (name === undefined) return [value]
  const object = asObject(value)
  if (object === null) return []
  if (name === '*') return Object.values(object).flatMap((member) => valuesAt(member, rest))
  return valuesAt(own(object, name) ?? null, rest)
}

function collect(value: Json, texts: Set<string>): void {
  if (typeof value === 'string') texts.add(value)
  else if (typeof value === 'object' && value !== null && !JSON.isRawJSON(value))
    for (const member of Object.values(value)) collect(member, texts)
}
