import { VainoError } from './errors.ts'
import type { Json, RawNumber } from './resource.ts'

// JSON.rawJSON and the reviver's third argument are in every engine that we run on, but not yet in TypeScript's library.
declare global {
  interface JSON {
    rawJSON(text: string): RawNumber
    isRawJSON(value: unknown): value is RawNumber
  }
}

/** Documents nested deeper than this are refused: every walk over one is recursive, and its depth must have a bound. */
export const maxDepth = 500

/**
 * Sixteen digits in a row (a sign, a point or an exponent aside) are where a double can begin to lose some. A number stands
 * at the start or behind punctuation: without that, ids in hexadecimal (`i-0e12…`) send most cloud documents the slow way,
 * which costs three times the plain parse. Looking back from a digit instead of ahead from a space keeps it at 0.4 ns a byte.
 */
const maybeInexact = /\d(?<=(?:^|[:[,\s])-?\d)(?:[\d.]{15}|[\d.]*[eE][+-]?\d{2})/g
const restOfNumber = /[\d.eE+-]*/y

/** A number's source text, normalised so that equal values have equal text: digits without their trailing zeros, and an exponent. */
export function normaliseNumber(source: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source)
  if (!match) return source
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const digits = (whole + fraction).replace(/^0+/, '')
  const kept = digits.replace(/0+$/, '')
  if (kept === '') return '0'
  const shift = Number(exponent) - fraction.length + digits.length - kept.length
  return `${sign}${kept}${shift === 0 ? '' : `e${shift}`}`
}

/** Whether a double written as text is the number that was read. */
function isExact(value: number, source: string): boolean {
  const written = String(value)
  return written === source || normaliseNumber(written) === normaliseNumber(source)
}

const exact = (_name: string, value: unknown, context?: { source?: string }): unknown => {
  if (typeof value !== 'number' || context?.source === undefined) return value
  return isExact(value, context.source) ? value : JSON.rawJSON(context.source)
}

/**
 * Whether a number of a JSON text may lose digits as a double. Long ones mostly lose none, because a program wrote them from doubles:
 * each is looked at by itself, and only where one is inexact the whole text is parsed with a reviver, which takes three times as long.
 * What stands in a text may count as a number: then the text is parsed the slow way, to the same end.
 */
function hasInexact(text: string): boolean {
  maybeInexact.lastIndex = 0
  for (let found = maybeInexact.exec(text); found !== null; found = maybeInexact.exec(text)) {
    restOfNumber.lastIndex = maybeInexact.lastIndex
    restOfNumber.test(text)
    const end = Math.max(restOfNumber.lastIndex, maybeInexact.lastIndex)
    const source = text.slice(found.index, end)
    if (!isExact(Number(source), source)) return true
    maybeInexact.lastIndex = end
  }
  return false
}

/**
 * Parses JSON without losing digits: a number that a double can't hold stays raw text (see {@link RawNumber}).
 * `JSON.parse` alone reads 9007199254740993 as …992, and a change from one to the other would be lost.
 * @throws SyntaxError when the text is no JSON
 */
export function parseJson(text: string): Json {
  return hasInexact(text) ? JSON.parse(text, exact as (name: string, value: unknown) => unknown) : JSON.parse(text)
}

export const isRawNumber = (value: Json): value is RawNumber =>
  // Looking for the property first is cheaper than asking the engine of every object.
  typeof value === 'object' && value !== null && 'rawJSON' in value && JSON.isRawJSON(value)

export type JsonObject = { [name: string]: Json }

/** A number of any size is no object, also where it is kept as text. */
export const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value)

export const isNumber = (value: Json): value is number | RawNumber => typeof value === 'number' || isRawNumber(value)

/** @throws VainoError `bad_input` when the value is nested deeper than {@link maxDepth} */
export function checkDepth(value: Json, depth = 0): void {
  if (typeof value !== 'object' || value === null) return
  if (depth >= maxDepth) throw new VainoError('bad_input', `nested deeper than ${maxDepth} levels`)
  if (Array.isArray(value)) {
    for (const element of value) if (typeof element === 'object') checkDepth(element, depth + 1)
    return
  }
  for (const name in value) {
    const member = (value as JsonObject)[name] as Json
    if (typeof member === 'object') checkDepth(member, depth + 1)
  }
}
