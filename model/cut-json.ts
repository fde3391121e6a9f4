import { parseJson } from './json.ts'
import type { Json } from './resource.ts'

/**
 * Reads JSON that breaks off somewhere, as the preview of a record does that could not be used. What is open at the end is closed: a string, then
 * arrays and objects. A member whose value is missing gets null.
 */
export interface CutJson {
  readonly json: Json
  /** Characters that closed it; they are to be taken off again. */
  readonly added: string
}

/** What may be missing before the brackets close: nothing, a value, a colon and a value, the digits behind a sign or a point. */
const continuations = ['', 'null', ':null', '0']
const maxCutJson = 1 << 18

/** @returns null where the text is no JSON even so, or too long */
export function readCutJson(text: string): CutJson | null {
  if (!/^\s*[[{]/.test(text) || text.length > maxCutJson) return null
  const open = openAtEnd(text)
  if (open === null) return null
  const { closers, isInString, escapeFrom } = open
  const bare =
    isInString && escapeFrom !== null
      ? text.slice(0, escapeFrom)
      : text.replace(/(?:,\s*|\b(?:t|tr|tru|f|fa|fal|fals|n|nu|nul))$/, '')
  for (const continuation of continuations) {
    const added = (isInString ? '"' : '') + continuation + closers
    try {
      return { json: parseJson(bare + added), added }
    } catch (error) {
      // What the parser can't descend into is no JSON for this purpose either.
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error
    }
  }
  return null
}

interface Open {
  readonly closers: string
  readonly isInString: boolean
  /** Where an escape begins that the end cuts off. */
  readonly escapeFrom: number | null
}

function openAtEnd(text: string): Open | null {
  const closers: string[] = []
  let isInString = false
  for (let at = 0; at < text.length; at++) {
    const sign = text.charAt(at)
    if (isInString) {
      if (sign === '\\') {
        const end = at + (text.charAt(at + 1) === 'u' ? 5 : 1)
        if (end >= text.length) return { closers: closers.reverse().join(''), isInString, escapeFrom: at }
        at = end
      } else if (sign === '"') isInString = false
    } else if (sign === '"') isInString = true
    else if (sign === '{') closers.push('}')
    else if (sign === '[') closers.push(']')
    else if ((sign === '}' || sign === ']') && closers.pop() !== sign) return null
  }
  return { closers: closers.reverse().join(''), isInString, escapeFrom: null }
}

const literal = /"(?:[^"\\]|\\.){5,}(?:"|$)/g

/** Calls `change` with the content of each string of broken JSON, and puts its result in the string's place. */
export const mapStrings = (text: string, change: (said: string) => string): string =>
  !text.includes('\\')
    ? text
    : text.replace(literal, (whole) => {
        const isCut = !/[^\\]"$/.test(whole)
        const said = saidBy(isCut ? `${whole.replace(/\\+[^"\\]{0,5}$/, '')}"` : whole)
        if (said === null) return whole
        const changed = change(said)
        if (changed === said) return whole
        return isCut ? JSON.stringify(changed).slice(0, -1) : JSON.stringify(changed)
      })

function saidBy(written: string): string | null {
  try {
    return JSON.parse(written) as string
  } catch {
    // No string of JSON: a quotation in prose.
    return null
  }
}
