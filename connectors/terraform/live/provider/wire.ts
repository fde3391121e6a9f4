/**
 * The wire format of protocol buffers (protobuf.dev/programming-guides/encoding), as much as the plugin protocol uses: numbers as varints, and
 * texts, bytes and messages by their length. Groups don't occur; fixed-width fields are skipped.
 */

/** Bytes that are no message, or a message that isn't of the protocol. */
export class MalformedMessage extends Error {}

/** One field of a message as it stands on the wire. `bytes` is a view into the message, not a copy. */
export interface WireField {
  readonly number: number
  /** Of a varint field; 0 for the others. */
  readonly value: number
  /** Of a field with a length; empty for the others. */
  readonly bytes: Uint8Array
}

const wireVarint = 0
const wireFixed64 = 1
const wireLength = 2
const wireFixed32 = 5
const none = new Uint8Array(0)

/** The fields of a message in their order. @throws MalformedMessage where the bytes are no message */
export function fieldsOf(message: Uint8Array): WireField[] {
  const fields: WireField[] = []
  let at = 0

  function varint(): number {
    let value = 0
    // Ten bytes hold 64 bits. What a double can't hold exactly (a negative number) is far from any number of this protocol.
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[at++]
      if (byte === undefined) throw new MalformedMessage('a message ends in the middle of a number')
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new MalformedMessage('a number of a message is longer than ten bytes')
  }

  function take(length: number): Uint8Array {
    if (length > message.length - at) throw new MalformedMessage('a message ends in the middle of a field')
    const bytes = message.subarray(at, at + length)
    at += length
    return bytes
  }

  while (at < message.length) {
    const tag = varint()
    const number = Math.floor(tag / 8)
    const kind = tag % 8
    if (kind === wireVarint) fields.push({ number, value: varint(), bytes: none })
    else if (kind === wireLength) fields.push({ number, value: 0, bytes: take(varint()) })
    else if (kind === wireFixed64) take(8)
    else if (kind === wireFixed32) take(4)
    else throw new MalformedMessage(`a message has a field of the unknown kind ${kind}`)
  }
  return fields
}

/** The last field of a number, as proto3 has it; null where there is none. */
export const fieldOf = (fields: readonly WireField[], number: number): Uint8Array | null =>
  fields.findLast((field) => field.number === number)?.bytes ?? null

export const numberOf = (fields: readonly WireField[], number: number): number =>
  fields.findLast((field) => field.number === number)?.value ?? 0

const decoder = new TextDecoder()
export const textOf = (fields: readonly WireField[], number: number): string =>
  decoder.decode(fieldOf(fields, number) ?? none)

/** A map is a repeated message of a key and a value. */
export function mapOf(fields: readonly WireField[], number: number): Map<string, Uint8Array> {
  const map = new Map<string, Uint8Array>()
  for (const field of fields) {
    if (field.number !== number) continue
    const entry = fieldsOf(field.bytes)
    map.set(textOf(entry, 1), fieldOf(entry, 2) ?? none)
  }
  return map
}

function varintBytes(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return bytes
}

/** A field with a length; null leaves it out. */
export function field(number: number, content: Uint8Array | string | null): Uint8Array {
  if (content === null) return none
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return Buffer.concat([Buffer.from([...varintBytes(number * 8 + wireLength), ...varintBytes(bytes.length)]), bytes])
}

/** A field with a number, which is left out where it is 0. */
export const numberField = (number: number, value: number): Uint8Array =>
  value === 0 ? none : Buffer.from([...varintBytes(number * 8 + wireVarint), ...varintBytes(value)])

export const message = (...fields: readonly Uint8Array[]): Uint8Array => Buffer.concat(fields)
