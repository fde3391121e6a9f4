const empty = Buffer.alloc(0)

/** Reads the primitive types of Kafka's protocol in sequence. Bytes are views, not copies. Methods throw a RangeError at the end. */
export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  int8(): number {
    return this.#bytes.readInt8(this.#skip(1))
  }
  int16(): number {
    return this.#bytes.readInt16BE(this.#skip(2))
  }
  int32(): number {
    return this.#bytes.readInt32BE(this.#skip(4))
  }
  /** Offsets, timestamps and producer ids stay below 2^53. */
  int64(): number {
    const at = this.#skip(8)
    return this.#bytes.readInt32BE(at) * 2 ** 32 + this.#bytes.readUInt32BE(at + 4)
  }

  /** A zigzag varint of up to 64 bits. */
  varint(): number {
    const value = this.unsigned()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** A varint that is not zigzag. */
  unsigned(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.#bytes[this.#skip(1)] ?? 0
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
      factor *= 0x80
      if (factor > 2 ** 63) throw new RangeError('a number has more than 64 bits')
    }
    return value
  }

  /** @param length a negative length stands for null */
  bytes(length: number): Buffer | null {
    if (length < 0) return null
    if (length === 0) return empty
    const at = this.#skip(length)
    return this.#bytes.subarray(at, at + length)
  }

  text(length: number): string {
    return this.bytes(length)?.toString('utf8') ?? ''
  }

  /** An array: its count, then its elements. A null array is read as empty. */
  array<T>(element: () => T): T[] {
    return this.#elements(this.int32(), element)
  }

  /** As flexible versions have it: an unsigned varint of the count plus 1, then the elements. A null array is read as empty. */
  compactArray<T>(element: () => T): T[] {
    return this.#elements(this.unsigned() - 1, element)
  }
  compactText(): string {
    return this.text(this.unsigned() - 1)
  }
  /** Skips the tagged fields that end each structure of a flexible version. */
  tags(): void {
    for (let rest = this.unsigned(); rest > 0; rest--) {
      this.unsigned() // the tag
      this.bytes(this.unsigned())
    }
  }

  rest(): Buffer {
    return this.bytes(this.remaining) ?? empty
  }

  #elements<T>(count: number, element: () => T): T[] {
    const elements: T[] = []
    for (let index = 0; index < count; index++) elements.push(element())
    return elements
  }

  #skip(length: number): number {
    const at = this.#at
    if (at + length > this.#bytes.length) throw new RangeError('is cut short')
    this.#at = at + length
    return at
  }
}
