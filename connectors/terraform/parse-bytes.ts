import { isUtf8 } from 'node:buffer'
import { messageOf, VainoError } from '../../model/errors.ts'
import { parseJson } from '../../model/json.ts'
import type { Json } from '../../model/resource.ts'

/**
 * Parses the bytes of one JSON value without losing digits.
 * @param offset where the value begins in its document, for the error
 * @throws VainoError `bad_input`; the engine's own message is left out, for it quotes what it could not read, which may be a secret
 */
export function parseBytes(bytes: Uint8Array, offset?: number): Json {
  // Decoding would silently turn a bad byte into U+FFFD, and two names or values into one.
  const where = offset === undefined ? '' : ` in the value that begins at byte ${offset}`
  if (!isUtf8(bytes)) throw new VainoError('bad_input', `is not valid UTF-8${where}`)
  try {
    return parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
  } catch {
    throw new VainoError('bad_input', `is not valid JSON${where}`)
  }
}

/** Parses a member's name. @param offset where it begins, for the error. @throws VainoError `bad_input` */
export function parseName(bytes: Uint8Array, offset: number): string {
  try {
    return String(parseBytes(bytes))
  } catch (error) {
    throw new VainoError('bad_input', `${messageOf(error)} (a name at byte ${offset})`)
  }
}

export type JsonObject = { [name: string]: Json }

/** The value as an object, `null` for anything else (an array, a raw number). */
export const asObject = (value: Json | undefined): JsonObject | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)
    ? (value as JsonObject)
    : null

/** A property of the object's own: a document may hold `__proto__` or `constructor` as names. */
export const own = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined

export const asText = (value: Json | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null
