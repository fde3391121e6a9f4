import { isNumber, isRawNumber, normaliseNumber } from './json.ts'
import type { Json, RawNumber } from './resource.ts'

/**
 * Hashes of 64 bits as two 32-bit lanes. A function returns the first lane and leaves the second in {@link high}, so that
 * nothing is allocated. None is cryptographic: equal hashes are taken for equal content, wrong once in 2⁶⁴ by chance.
 */
export let high = 0

/** Odd, 2³² over the golden ratio: spreads a lane before it is mixed with another. */
export const multiplier = 0x9e3779b1

/** MurmurHash3's finaliser: every bit that goes in reaches every bit that comes out. */
export function scramble(lane: number): number {
  let h = lane ^ (lane >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

// One tag for each kind, so that "1", 1 and true, or "null" and null, are different.
const nullTag = 0x6a09e667
const falseTag = 0x3b67ae85
const trueTag = 0x3c6ef373
const textTag = 0x254ff53a
const numberTag = 0x510e527f
const rawTag = 0x1f83d9ac

/** Numbers that are equal hash equally, however they are spelled. */
export function scalarHash(value: string | number | boolean | null | RawNumber): number {
  if (typeof value === 'string') return textHash(value, textTag)
  if (typeof value === 'number') return numberHash(value)
  if (value === null) return tagHash(nullTag)
  if (typeof value === 'boolean') return tagHash(value ? trueTag : falseTag)
  return rawNumberHash(value)
}

/** One round of xxHash32: a word is multiplied before it is taken in and after, so that no two words can make up for each other. */
export const absorb = (lane: number, spread: number): number => {
  const sum = lane + spread
  return Math.imul((sum << 13) | (sum >>> 19), 0xcc9e2d51)
}

/** The round of the second lane, which meets the words in another way. */
export const absorbOther = (lane: number, spread: number): number => {
  const mixed = lane ^ spread
  return Math.imul((mixed << 17) | (mixed >>> 15), 0x1b873593)
}

/**
 * Hashes a text by its UTF-16 units, so that lone surrogates, which UTF-8 makes one and the same, stay different.
 * @param tag keeps uses apart: the same text under another tag hashes otherwise
 */
export function textHash(text: string, tag: number): number {
  const length = text.length
  let a = tag + length
  let b = tag ^ length
  const even = length & ~1
  for (let at = 0; at < even; at += 2) {
    const spread = Math.imul(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16), multiplier)
    a = absorb(a, spread)
    b = absorbOther(b, spread)
  }
  if (even < length) {
    const spread = Math.imul(text.charCodeAt(even), multiplier)
    a = absorb(a, spread)
    b = absorbOther(b, spread)
  }
  high = scramble(b)
  return scramble(a)
}

const double = new Float64Array(1)
const words = new Int32Array(double.buffer)

function numberHash(value: number): number {
  // Adding 0 makes a 0 of -0.
  double[0] = value + 0
  const low = words[0] as number
  const top = words[1] as number
  high = scramble(Math.imul(low, multiplier) + scramble(top ^ numberTag))
  return scramble(Math.imul(top, multiplier) ^ scramble(low + numberTag))
}

/** A number that a double can't hold. One that it can (the parser leaves none, but code may make it) counts as the double. */
function rawNumberHash(raw: RawNumber): number {
  const value = Number(raw.rawJSON)
  return sameNumber(value, raw) ? numberHash(value) : textHash(normaliseNumber(raw.rawJSON), rawTag)
}

function tagHash(tag: number): number {
  high = scramble(tag ^ multiplier)
  return scramble(tag)
}

/** Whether two numbers are equal in value, with all their digits. */
function sameNumber(a: number | RawNumber, b: number | RawNumber): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a === b
  return normaliseNumber(sourceOf(a)) === normaliseNumber(sourceOf(b))
}

/** Whether two values are the same, numbers in value; of arrays and objects, whether they are one. */
export const sameScalar = (a: Json, b: Json): boolean => a === b || (isNumber(a) && isNumber(b) && sameNumber(a, b))

const sourceOf = (value: number | RawNumber): string => (isRawNumber(value) ? value.rawJSON : String(value))
