import type { TextPieces } from '../settings.ts'

/** Bytes that a signed number takes as a zigzag varint. */
export function varintBytes(value: number): number {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1
  let bytes = 1
  while (rest >= 0x80) {
    rest = Math.floor(rest / 0x80)
    bytes++
  }
  return bytes
}

const mostVarintBytes = 10
/** Below it a loop is faster than a call into the runtime. */
const shortText = 64
/** To look how many bytes a text takes is cheaper than room that isn't needed only where there is much of it. */
const longText = 1024 * 1024

const mostBytes = (text: string): number => (text.length < longText ? text.length * 3 : Buffer.byteLength(text))

const maxKeptBytes = 4 * 1024 * 1024

/** Writes what Kafka's protocol is made of, one thing after the other, into a buffer that grows. */
export class ByteWriter {
  #bytes: Buffer
  #at = 0

  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafe(expectedBytes)
  }

  /** What was written; until the next {@link clear}. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }
  get length(): number {
    return this.#at
  }

  /** Begins anew in the same memory, unless that has grown large. */
  clear(): void {
    this.#at = 0
    if (this.#bytes.length > maxKeptBytes) this.#bytes = Buffer.allocUnsafe(maxKeptBytes)
  }

  int8(value: number): void {
    this.#room(1)
    this.#at = this.#bytes.writeInt8(value, this.#at)
  }
  int16(value: number): void {
    this.#room(2)
    this.#at = this.#bytes.writeInt16BE(value, this.#at)
  }
  int32(value: number): void {
    this.#room(4)
    this.#at = this.#bytes.writeInt32BE(value, this.#at)
  }
  int64(value: number): void {
    this.#room(8)
    this.#at = this.#bytes.writeInt32BE(Math.floor(value / 2 ** 32), this.#at)
    this.#at = this.#bytes.writeInt32BE(value | 0, this.#at)
  }

  varint(value: number): void {
    this.#room(mostVarintBytes)
    let rest = value >= 0 ? value * 2 : -value * 2 - 1
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#at++] = rest
  }

  raw(part: Uint8Array): void {
    this.#room(part.byteLength)
    this.#bytes.set(part, this.#at)
    this.#at += part.byteLength
  }

  /** A text or bytes behind their length as a varint; null is -1. */
  sized(part: string | TextPieces | Uint8Array | null): void {
    if (part === null) this.varint(-1)
    else if (typeof part === 'string') this.#sizedText(part)
    else if (part instanceof Uint8Array) {
      this.varint(part.byteLength)
      this.raw(part)
    } else this.#sizedPieces(part)
  }

  /** A text behind its length in two bytes; null is -1. */
  string(part: string | null): void {
    this.int16(part === null ? -1 : Buffer.byteLength(part))
    if (part === null) return
    this.#room(part.length * 3)
    this.#text(part)
  }

  #sizedText(part: string): void {
    const lengthBytes = varintBytes(part.length)
    this.#room(mostVarintBytes + mostBytes(part))
    const from = this.#at
    this.#at += lengthBytes
    this.#text(part)
    this.#putLength(from, lengthBytes)
  }

  #sizedPieces(pieces: TextPieces): void {
    let units = 0
    let most = 0
    for (const piece of pieces) {
      units += piece.length
      most += mostBytes(piece)
    }
    const lengthBytes = varintBytes(units)
    this.#room(mostVarintBytes + most)
    const from = this.#at
    this.#at += lengthBytes
    for (const piece of pieces) this.#text(piece)
    this.#putLength(from, lengthBytes)
  }

  /**
   * Puts the length of what was written last before it, where so many bytes were left for it as an ASCII text needs. There
   * must be room for the longest length.
   */
  #putLength(from: number, lengthBytes: number): void {
    const end = this.#at
    const length = end - from - lengthBytes
    const needed = varintBytes(length)
    if (needed > lengthBytes) this.#bytes.copyWithin(from + needed, from + lengthBytes, end)
    this.#at = from
    this.varint(length)
    this.#at += length
  }

  /** There must be room for it. */
  #text(part: string): void {
    if (!this.#shortAscii(part)) this.#at += this.#bytes.write(part, this.#at, 'utf8')
  }

  /** @returns false where the text is long or not all ASCII */
  #shortAscii(part: string): boolean {
    const { length } = part
    if (length >= shortText) return false
    const bytes = this.#bytes
    const from = this.#at
    for (let index = 0; index < length; index++) {
      const code = part.charCodeAt(index)
      if (code >= 0x80) return false
      bytes[from + index] = code
    }
    this.#at = from + length
    return true
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes))
    larger.set(this.bytes)
    this.#bytes = larger
  }
}
