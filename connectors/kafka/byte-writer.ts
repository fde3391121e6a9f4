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

/** Below it a text's length takes one byte as a varint, and a loop is faster than a call into the runtime. */
const shortText = 64

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
    this.#room(10)
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
  sized(part: string | Uint8Array | null): void {
    if (part === null) this.varint(-1)
    else if (typeof part !== 'string') {
      this.varint(part.byteLength)
      this.raw(part)
    } else if (!this.#shortAscii(part)) {
      const length = Buffer.byteLength(part)
      this.varint(length)
      this.#text(part, length)
    }
  }

  /** A text behind its length in two bytes; null is -1. */
  string(part: string | null): void {
    const length = part === null ? -1 : Buffer.byteLength(part)
    this.int16(length)
    if (part !== null) this.#text(part, length)
  }

  /** @returns false where it wrote nothing, because the text is long or not all ASCII */
  #shortAscii(part: string): boolean {
    const { length } = part
    if (length >= shortText) return false
    this.#room(1 + length)
    const bytes = this.#bytes
    const from = this.#at + 1
    for (let index = 0; index < length; index++) {
      const code = part.charCodeAt(index)
      if (code >= 0x80) return false
      bytes[from + index] = code
    }
    bytes[this.#at] = length * 2
    this.#at = from + length
    return true
  }

  /** @param length its bytes in UTF-8 */
  #text(part: string, length: number): void {
    this.#room(length)
    this.#at += this.#bytes.write(part, this.#at, length, 'utf8')
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes))
    larger.set(this.bytes)
    this.#bytes = larger
  }
}
