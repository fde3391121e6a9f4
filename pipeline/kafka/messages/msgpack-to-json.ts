import { isUtf8 } from 'node:buffer'
import { maxDecodedBytes } from '../../../connectors/kafka/wire/codecs.ts'
import { VainoError } from '../../../model/errors.ts'
import { maxDepth } from '../../../model/json.ts'

// Why not @msgpack/msgpack's decoder: it has no bound on depth (20 MB of nested arrays become gigabytes of states), and it
// makes doubles or bigints of 64-bit integers, neither of which JSON.stringify writes as they came. This one makes the text at once.

/** Numbers that neither a 64-bit integer nor a double holds: an extension of ours with their decimal text. */
export const exactNumberExtension = 1
const timestampExtension = -1
/** A document may be as deep as it may be in JSON; the rest is for what is around it. */
const deepest = maxDepth + 16
const numberText = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** What a message may become: a byte can become six. */
const maxTextBytes = maxDecodedBytes
/** At this number pieces of text are joined: each is an object, and may hold a single byte. */
const maxParts = 4096

/**
 * The JSON text of what a MessagePack message holds, a line; a line for each element where it is an array of records. At most six
 * times as long as the message. Integers keep all their digits, binary becomes base64, timestamps RFC 3339.
 * @throws VainoError `bad_input` where it is no MessagePack, holds what JSON can't say, or would become longer than a batch may be
 */
export function msgpackToNdjson(bytes: Uint8Array): Uint8Array {
  const reader = new Reader(bytes)
  const elements = reader.arrayHeader()
  for (let i = 0; i < (elements ?? 1); i++) reader.line()
  return reader.end()
}

const refuse = (what: string): never => {
  throw new VainoError('bad_input', what)
}

class Reader {
  readonly #bytes: Buffer
  #at = 0
  #parts: string[] = []
  readonly #texts: Buffer[] = []
  #textBytes = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** How many elements follow, where the message is an array. */
  arrayHeader(): number | null {
    const first = this.#bytes[0] ?? refuse('an empty message')
    if (!(first >= 0x90 && first <= 0x9f) && first !== 0xdc && first !== 0xdd) return null
    this.#at = 1
    return first === 0xdc ? this.#length(2) : first === 0xdd ? this.#length(4) : first & 0x0f
  }

  line(): void {
    this.#value(0)
    this.#put('\n')
  }

  /** @returns all lines */
  end(): Uint8Array {
    if (this.#at < this.#bytes.length) refuse(`${this.#bytes.length - this.#at} bytes follow the value`)
    this.#gather()
    const [first = Buffer.alloc(0), second] = this.#texts
    return second === undefined ? first : Buffer.concat(this.#texts)
  }

  #put(part: string): void {
    this.#parts.push(part)
    if (this.#parts.length === maxParts) this.#gather()
  }

  #gather(): void {
    const text = Buffer.from(this.#parts.join(''))
    this.#parts = []
    this.#textBytes += text.length
    if (this.#textBytes > maxTextBytes) refuse(`as JSON it is longer than ${maxTextBytes} bytes`)
    this.#texts.push(text)
  }

  #value(depth: number): void {
    if (depth > deepest) refuse(`nested deeper than ${maxDepth} levels`)
    const type = this.#byte()
    if (type < 0x80) this.#put(String(type))
    else if (type < 0x90) this.#map(type & 0x0f, depth)
    else if (type < 0xa0) this.#array(type & 0x0f, depth)
    else if (type < 0xc0) this.#put(this.#string(type & 0x1f))
    else if (type >= 0xe0) this.#put(String(type - 0x100))
    else if (type === 0xdc || type === 0xdd) this.#array(this.#length(type === 0xdc ? 2 : 4), depth)
    else if (type === 0xde || type === 0xdf) this.#map(this.#length(type === 0xde ? 2 : 4), depth)
    else this.#put(this.#scalar(type))
  }

  #scalar(type: number): string {
    switch (type) {
      case 0xc0:
        return 'null'
      case 0xc2:
        return 'false'
      case 0xc3:
        return 'true'
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return JSON.stringify(this.#take(this.#length(1 << (type - 0xc4))).toString('base64'))
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#length(1 << (type - 0xc7)))
      case 0xca:
        return double(this.#take(4).readFloatBE())
      case 0xcb:
        return double(this.#take(8).readDoubleBE())
      case 0xcc:
      case 0xcd:
      case 0xce:
        return String(this.#length(1 << (type - 0xcc)))
      case 0xcf:
        return String(this.#take(8).readBigUInt64BE())
      case 0xd0:
      case 0xd1:
      case 0xd2:
        return String(this.#take(1 << (type - 0xd0)).readIntBE(0, 1 << (type - 0xd0)))
      case 0xd3:
        return String(this.#take(8).readBigInt64BE())
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (type - 0xd4))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#string(this.#length(1 << (type - 0xd9)))
      default:
        return refuse(`byte 0x${type.toString(16)} begins no value`)
    }
  }

  #array(length: number, depth: number): void {
    this.#put('[')
    for (let i = 0; i < length; i++) {
      if (i > 0) this.#put(',')
      this.#value(depth + 1)
    }
    this.#put(']')
  }

  #map(length: number, depth: number): void {
    this.#put('{')
    for (let i = 0; i < length; i++) {
      if (i > 0) this.#put(',')
      const type = this.#byte()
      if (type >= 0xa0 && type < 0xc0) this.#put(this.#string(type & 0x1f))
      else if (type >= 0xd9 && type <= 0xdb) this.#put(this.#string(this.#length(1 << (type - 0xd9))))
      else refuse('a name in a map is no text')
      this.#put(':')
      this.#value(depth + 1)
    }
    this.#put('}')
  }

  #string(length: number): string {
    const bytes = this.#take(length)
    if (!isUtf8(bytes)) refuse('a text is no UTF-8')
    return JSON.stringify(bytes.toString('utf8'))
  }

  #extension(length: number): string {
    const type = this.#take(1).readInt8()
    const data = this.#take(length)
    if (type === timestampExtension) return JSON.stringify(timestampText(data))
    const text = data.toString('latin1')
    if (type !== exactNumberExtension || !numberText.test(text)) refuse(`an extension of type ${type} is not known`)
    return text
  }

  #byte(): number {
    return this.#bytes[this.#at++] ?? refuse('it ends in the middle of a value')
  }

  #length(size: number): number {
    return this.#take(size).readUIntBE(0, size)
  }

  #take(length: number): Buffer {
    const start = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) refuse('it ends in the middle of a value')
    return this.#bytes.subarray(start, this.#at)
  }
}

function double(value: number): string {
  if (!Number.isFinite(value)) refuse('a number is not finite')
  return String(value)
}

/** The specification's three layouts: 32 bits of seconds, 30 bits of nanoseconds and 34 of seconds, 32 and 64. */
function timestampText(data: Buffer): string {
  let seconds = 0n
  let nanoseconds = 0n
  if (data.length === 4) seconds = BigInt(data.readUInt32BE())
  else if (data.length === 8) {
    const both = data.readBigUInt64BE()
    nanoseconds = both >> 34n
    seconds = both & ((1n << 34n) - 1n)
  } else if (data.length === 12) {
    nanoseconds = BigInt(data.readUInt32BE())
    seconds = data.readBigInt64BE(4)
  } else refuse(`a timestamp has ${data.length} bytes`)
  const date = new Date(Number(seconds) * 1000)
  if (Number.isNaN(date.getTime()) || nanoseconds > 999_999_999n) refuse('a timestamp is out of range')
  const fraction = String(nanoseconds).padStart(9, '0')
  return date.toISOString().replace('000Z', `${fraction.endsWith('000000') ? fraction.slice(0, 3) : fraction}Z`)
}
