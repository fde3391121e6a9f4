import type { TextPieces } from '../../../connectors/kafka/kafka.ts'
import { parseJson } from '../../../model/json.ts'
import { jsonToMsgpack } from './json-to-msgpack.ts'
import { msgpackToNdjson } from './msgpack-to-json.ts'

/** How messages are written. */
export interface MessageSettings {
  /** What the topics' names begin with. */
  readonly prefix: string
  readonly encoding: 'json' | 'msgpack'
  /** Of the value of a change; more than two of the largest documents. */
  readonly maxChangeBytes: number
  /** Of the value of a state; more than the largest document. */
  readonly maxStateBytes: number
  /** Of several records in one batch, before compression. */
  readonly maxBatchBytes: number
}

/** With the last two answers remembered: a transaction says the same two things, such as two times, of thousands of resources. */
function remembered<T>(answer: (value: T) => string): (value: T) => string {
  type Known = { readonly value: T; readonly answer: string } | null
  let last: Known = null
  let other: Known = null
  return (value) => {
    if (last?.value === value) return last.answer
    const found = other?.value === value ? other : { value, answer: answer(value) }
    other = last
    last = found
    return found.answer
  }
}

export const iso = remembered((ms: number) => new Date(ms).toISOString())
export const quoted = (value: string | null): string => (value === null ? 'null' : JSON.stringify(value))
/** For what many resources have in common. */
export const quotedOften = remembered(quoted)

/** Whether a text fits into a number of bytes in UTF-8. */
export const fits = (text: TextPieces, maxBytes: number): boolean =>
  text.reduce((length, piece) => length + piece.length, 0) * 3 <= maxBytes ||
  text.reduce((bytes, piece) => bytes + Buffer.byteLength(piece), 0) <= maxBytes

/** As the encoding says, or as JSON where only that is small enough: a value says what it is. */
export function encoded(json: TextPieces, encoding: MessageSettings['encoding'], maxBytes: number) {
  const msgpack = encoding === 'msgpack' ? jsonToMsgpack(json.join('')) : null
  return msgpack !== null && msgpack.length <= maxBytes
    ? { value: msgpack, contentType: 'application/msgpack' }
    : { value: json, contentType: 'application/json' }
}

/** The encoding of a body, which is an object, by its first byte; null: neither JSON nor MessagePack, so another program's. */
export function bodyOf(value: Uint8Array): object | null {
  try {
    const text = Buffer.from(value[0] === 0x7b ? value : msgpackToNdjson(value)).toString('utf8')
    const body: unknown = parseJson(text)
    return typeof body === 'object' ? body : null
  } catch {
    // The decoders throw errors of many kinds; whatever it is, it is nothing that vaino has written.
    return null
  }
}
