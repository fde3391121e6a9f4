import { checkDepth, isRawNumber, normaliseNumber, parseJson } from './json.ts'
import type { Json } from './resource.ts'

/** A text that only begins like JSON. */
export const notJson = Symbol('not JSON')
/** JSON that is nested deeper than a document may be. */
export const tooDeep = Symbol('too deep')

/** Reads JSON that stands in a text, without losing digits. */
export function readJson(text: string): Json | typeof notJson | typeof tooDeep {
  let json: Json
  try {
    json = parseJson(text)
  } catch (error) {
    // Text that only begins like JSON is read as text; what the parser itself can't descend into is too deep.
    return error instanceof SyntaxError ? notJson : tooDeep
  }
  try {
    checkDepth(json)
  } catch {
    return tooDeep
  }
  return json
}

/** One text for equal values, whatever the order of names and the spelling of numbers. */
export function textOf(value: Json): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return normaliseNumber(String(value))
  if (typeof value !== 'object' || value === null) return String(value)
  if (isRawNumber(value)) return normaliseNumber(value.rawJSON)
  if (Array.isArray(value)) return `[${value.map((element) => JSON.stringify(textOf(element))).join()}]`
  return `{${Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(textOf(value[name] as Json))}`)
    .join()}}`
}
