import type { TextPieces } from '../settings.ts'

/** The length of a signed number as a zigzag varint, in bytes. */
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
/** Shorter texts are written faster by a loop than by a call into the runtime. */
const shortText = 64
/** From this length on, counting a text's bytes is cheaper than reserving three bytes a character. */
const longText = 1024 * 1024

const mostBytes = (text: string): number => (text.length < longText ? text.length * 3 : Buffer.byteLength(text))

const maxKeptBytes = 4 * 1024 * 1024

/** Writes the primitive types of Kafka's protocol in sequence, into a buffer that grows. */
export class ByteWriter {
  #bytes: Buffer
  #at = 0

  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafe(expectedBytes)
  }

  /** The written bytes, valid until the next {@link clear}. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }
  get length(): number {
    return this.#at
  }

  /** Empties the writer. Keeps its memory up to 4 MiB. */
  clear(): void {
    this.#at = 0
    if (this.#bytes.length > maxKeptBytes) this.#bytes = Buffer.allocUnsafe(maxKeptBytes)
  }

  int8(value: number): void {
    this.#reserve(1)
    this.#at = this.#bytes.writeInt8(value, this.#at)
  }
  int16(value: number): void {
    this.#reserve(2)
    this.#at = this.#bytes.writeInt16BE(value, this.#at)
  }
  int32(value: number): void {
    this.#reserve(4)
    this.#at = this.#bytes.writeInt32BE(value, this.#at)
  }
  int64(value: number): void {
    this.#reserve(8)
    this.#at = this.#bytes.writeInt32BE(Math.floor(value / 2 ** 32), this.#at)
    this.#at = this.#bytes.writeInt32BE(value | 0, this.#at)
  }

  varint(value: number): void {
    this.unsigned(value >= 0 ? value * 2 : -value * 2 - 1)
  }
  /** A varint that is not zigzag. */
  unsigned(value: number): void {
    this.#reserve(mostVarintBytes)
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#at++] = rest
  }

  raw(part: Uint8Array): void {
    this.#reserve(part.byteLength)
    this.#bytes.set(part, this.#at)
    this.#at += part.byteLength
  }

  /** A varint length, then the text or bytes. Length -1 stands for null. */
  sized(part: string | TextPieces | Uint8Array | null): void {
    if (part === null) this.varint(-1)
    else if (typeof part === 'string') this.#sizedText(part)
    else if (part instanceof Uint8Array) {
      this.varint(part.byteLength)
      this.raw(part)
    } else this.#sizedPieces(part)
  }

  /** A 16-bit length, then the text. Length -1 stands for null. */
  string(part: string | null): void {
    this.int16(part === null ? -1 : Buffer.byteLength(part))
    if (part === null) return
    this.#reserve(part.length * 3)
    this.#text(part)
  }

  /** As flexible versions have it: an unsigned varint of the length plus 1, then the text. */
  compactString(part: string): void {
    this.unsigned(Buffer.byteLength(part) + 1)
    this.#reserve(part.length * 3)
    this.#text(part)
  }

  #sizedText(part: string): void {
    const lengthBytes = varintBytes(part.length)
    this.#reserve(mostVarintBytes + mostBytes(part))
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
    this.#reserve(mostVarintBytes + most)
    const from = this.#at
    this.#at += lengthBytes
    for (const piece of pieces) this.#text(piece)
    this.#putLength(from, lengthBytes)
  }

  /**
   * Writes the length of the last text before it, into the bytes that were left free for the length of an ASCII text. If the length
   * takes more bytes, the text moves. The buffer must have the space for the longest length.
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

  /** The buffer must have the space. */
  #text(part: string): void {
    if (!this.#shortAscii(part)) this.#at += this.#bytes.write(part, this.#at, 'utf8')
  }

  /** @returns false if the text is long or not all ASCII; then nothing is written */
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

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes))
    larger.set(this.bytes)
    this.#bytes = larger
  }
}
