import { grownTo } from './grown-bytes.ts'

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

export const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** Receives the index in the piece and a description of the error; throws. */
export type Fail = (at: number, what: string, code?: 'bad_input' | 'too_large') => never

/** Keeps the members around one large array of a JSON document, and finds where that array begins. */
export class Envelope {
  /** Where the text is by now: around the array, in it, or behind the document. */
  place: 'around' | 'array' | 'end' = 'around'
  readonly #array: string
  readonly #maxBytes: number
  readonly #fail: Fail
  #arraySeen = false
  #depth = 0
  #inString = false
  #escaped = false
  #kept = new Uint8Array(4096)
  #length = 0

  /** @param array the root's field */
  constructor(array: string, maxBytes: number, fail: Fail) {
    this.#array = array
    this.#maxBytes = maxBytes
    this.#fail = fail
  }

  /** The kept members, with the array left empty. */
  get text(): string {
    return Buffer.from(this.#kept.buffer, 0, this.#length).toString()
  }

  /** @returns the index up to which the chunk was taken: its end, or behind where {@link place} changed */
  scan(chunk: Uint8Array, from: number): number {
    let at = from
    while (at < chunk.length && this.place === 'around') {
      const byte = chunk[at++]
      if (this.#inString) this.#passString(byte)
      else if (byte === quote) this.#inString = true
      else if (byte === openBrace || byte === openBracket) {
        this.#depth++
        if (byte === openBrace || this.#depth !== 2) continue
        this.#keep(chunk.subarray(from, at))
        from = at
        if (this.#endsInArray()) this.#enter(at - 1)
      } else if ((byte === closeBrace || byte === closeBracket) && --this.#depth === 0) this.place = 'end'
    }
    this.#keep(chunk.subarray(from, at))
    return at
  }

  /** Goes on behind the array, whose closing bracket is given. */
  leaveArray(bracket: Uint8Array): void {
    this.#keep(bracket)
    this.#depth = 1
    this.place = 'around'
  }

  #passString(byte: number | undefined): void {
    if (this.#escaped) this.#escaped = false
    else if (byte === backslash) this.#escaped = true
    else if (byte === quote) this.#inString = false
  }

  /** Whether the kept text ends in `"<array>": [`. */
  #endsInArray(): boolean {
    let at = this.#length - 2
    while (isSpace(this.#kept[at])) at--
    if (this.#kept[at--] !== colon) return false
    while (isSpace(this.#kept[at])) at--
    const name = Buffer.from(`"${this.#array}"`)
    return at >= name.length && name.equals(this.#kept.subarray(at + 1 - name.length, at + 1))
  }

  #enter(at: number): void {
    if (this.#arraySeen) this.#fail(at, `a second "${this.#array}"`)
    this.#arraySeen = true
    this.place = 'array'
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#maxBytes) {
      this.#fail(0, `more than ${this.#maxBytes} bytes outside "${this.#array}"`, 'too_large')
    }
    this.#kept = grownTo(length, this.#kept, this.#length)
    this.#kept.set(bytes, this.#length)
    this.#length = length
  }
}
