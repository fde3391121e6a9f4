import { checkDepth, parseJson } from './json.ts'
import type { Json } from './resource.ts'

/** A longer text is compared as text: policies and manifests are far shorter, and to parse has its price. */
export const maxJsonTextLength = 256 * 1024

/** JSON in a text in JSON in a text …: anything nested further is compared as text. Walks recurse through all of it. */
export const maxNestedTexts = 4

const brace = 0x7b
const bracket = 0x5b
const space = 0x20

/** A cheap first check: no other text can hold an object or an array. */
export function mayHoldJson(text: string): boolean {
  const first = text.charCodeAt(0)
  return first === brace || first === bracket || first <= space
}

/** What begins so and is no JSON is rare, and to find out by the parser's exception costs 7 µs. */
const beginning = /^[ \t\n\r]*(?:\{[ \t\n\r]*["}]|\[[ \t\n\r]*(?:[[{"\]\d-]|true|false|null))/

/** Whether a text begins and ends as an object or an array does. Every text that {@link documentIn} reads does. */
export const looksLikeJson = (text: string): boolean =>
  mayHoldJson(text) && beginning.test(text) && /[}\]]$/.test(text.trimEnd())

/**
 * The object or array that a text holds as JSON: an IAM policy, container definitions, an annotation. Where a name
 * stands twice the last one counts, as in the document around it.
 * @returns null where the text holds none, is too long, or is nested too deep
 */
export function documentIn(text: string): Json[] | { [name: string]: Json } | null {
  if (text.length > maxJsonTextLength || !looksLikeJson(text)) return null
  try {
    const document = parseJson(text)
    checkDepth(document)
    return document as Json[] | { [name: string]: Json }
  } catch {
    // No JSON, or too deep for us or for the parser: it has no structure to compare, and is compared as the text it is.
    return null
  }
}
