import { isScalar, scalarText } from './field-path.ts'
import { documentIn, maxNestedTexts } from './json-text.ts'
import type { Json } from './resource.ts'

/** One step of a path as it is written: `.name`, `["odd name"]`, `[3]`, `[=sg-1]` or `[protocol=tcp,from_port=80]`. */
const step =
  /(?:^|\.)(?<name>[^\s.[\]"]+)|\[(?<odd>"(?:[^"\\]|\\.)*")\]|\[(?<position>\d+)\]|\[(?<identity>(?:[^[\]"]|"(?:[^"\\]|\\.)*")*)\]/y
const identityPart = /([^,="]*)=("(?:[^"\\]|\\.)*"|[^,"]*)(?:,|$)/y

/**
 * Whether a value holds something at a path below it, written as in a field change's path. It goes through JSON in texts,
 * and takes any scalar fields of an element for its identity.
 * @param path what follows the value's own path: `.ingress[0]`; empty for the value itself
 */
export function holdsPath(value: Json, path: string): boolean {
  return holdsFrom(value, path, 0, 0)
}

function holdsFrom(value: Json, path: string, at: number, nesting: number): boolean {
  if (at === path.length) return true
  if (typeof value === 'string') {
    const document = nesting < maxNestedTexts ? documentIn(value) : null
    return document !== null && holdsFrom(document, path, at, nesting + 1)
  }
  if (isScalar(value)) return false
  step.lastIndex = at
  const found = step.exec(path)?.groups
  if (found === undefined) return false
  const next = step.lastIndex
  return stepsInto(value, found).some((below) => holdsFrom(below, path, next, nesting))
}

/** What a step leads to: nothing, one value, or each element that has the identity. */
function stepsInto(value: Json[] | { [name: string]: Json }, { name, odd, position, identity }: Groups): Json[] {
  if (Array.isArray(value)) {
    if (position !== undefined) return value.slice(Number(position), Number(position) + 1)
    const parts = identity === undefined ? [] : identityParts(identity)
    return parts.length === 0 ? [] : value.filter((element) => parts.every((part) => hasPart(element, part)))
  }
  const field = odd === undefined ? name : unquoted(odd)
  return field !== undefined && Object.hasOwn(value, field) ? [value[field] as Json] : []
}

type Groups = { readonly [group: string]: string | undefined }

interface IdentityPart {
  /** Empty for a member that is its own identity. */
  readonly name: string
  readonly text: string
}

function identityParts(identity: string): IdentityPart[] {
  const parts: IdentityPart[] = []
  identityPart.lastIndex = 0
  while (identityPart.lastIndex < identity.length) {
    const found = identityPart.exec(identity)
    if (found === null) return []
    parts.push({ name: found[1] ?? '', text: found[2] ?? '' })
  }
  return parts
}

function hasPart(element: Json, { name, text }: IdentityPart): boolean {
  if (name === '') return isScalar(element) && scalarText(element) === text
  if (isScalar(element) || Array.isArray(element) || !Object.hasOwn(element, name)) return false
  const value = element[name] as Json
  return isScalar(value) && scalarText(value) === text
}

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(text) as string
  } catch (error) {
    // The caller may write a bracket that is no JSON; no field has such a name.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
