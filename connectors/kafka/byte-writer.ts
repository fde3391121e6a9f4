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

/** Writes what Kafka's protocol is made of, one thing after the other, into a buffer that grows. */
export class ByteWriter {
  #bytes: Buffer
  #at = 0

  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafe(expectedBytes)
  }

  /** What was written. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at)
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

  /** @param length its bytes in UTF-8 */
  text(part: string, length: number): void {
    this.#room(length)
    this.#at += this.#bytes.write(part, this.#at, length, 'utf8')
  }

  /** A text behind its length in two bytes; null is -1. */
  string(part: string | null): void {
    const length = part === null ? -1 : Buffer.byteLength(part)
    this.int16(length)
    if (part !== null) this.text(part, length)
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes))
    larger.set(this.bytes)
    this.#bytes = larger
  }
}
