import { type ErrorCode, VainoError } from './errors.ts'
import { maxDepth } from './json.ts'

/**
 * Splits JSON into the elements of one large array, by bytes: nothing is parsed, nothing but the element that spans two
 * chunks is copied, and memory does not grow with the document.
 *
 * ```
 * {"version":4, "resources":[ {…}, {…}, … ], "metadata":{…}}        array: 'resources'
 *  └─ envelope ─┘             └─ elements ─┘ └─ envelope ─┘
 * {…}⏎{…}⏎{…}⏎                                                      array: null (NDJSON)
 * ```
 * The envelope, all that is outside the elements, comes back from {@link JsonElementSplitter.end} as JSON with the array
 * left empty. Inside an element, quotes, brackets and their nesting are checked, and bytes that no JSON has; the rest of
 * the grammar is left to whoever parses the element.
 */
export interface SplitOptions {
  /** What errors name: a file, an address. */
  readonly name: string
  /** The root's field whose elements are wanted; `null`: the text is a sequence of objects. */
  readonly array: string | null
  /** An element above it is refused. */
  readonly maxElementBytes?: number
  /** An envelope above it is refused. */
  readonly maxEnvelopeBytes?: number
}

export interface ElementHandler {
  /** One element: `bytes[start, end)`, valid during the call only. @param offset of its first byte in the whole input */
  element(bytes: Uint8Array, start: number, end: number, offset: number): void
  /**
   * Asked at the start of an element. Who knows its end (its bytes are those of an element seen elsewhere) answers its
   * length, and it is skipped unscanned; 0 has it scanned.
   */
  known?(bytes: Uint8Array, start: number, available: number, offset: number): number
}

const defaultMaxElementBytes = 64 * 1024 * 1024
const defaultMaxEnvelopeBytes = 1024 * 1024

/** Strings directly inside an element whose places are kept; who meets more parses the element. */
export const maxMarks = 256

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

// What a byte means outside strings: white space, numbers, literals, `:` and `,` pass; what is left can't be there.
const passes = 0
const isQuote = 1
const opens = 2
const closes = 3
const stranger = 4
const outside = new Uint8Array(256).fill(stranger)
for (const char of ' \t\n\r:,0123456789+-.eEtrufalsn') outside[char.charCodeAt(0)] = passes
outside[quote] = isQuote
outside[openBrace] = outside[openBracket] = opens
outside[closeBrace] = outside[closeBracket] = closes

/** Inside strings all pass but the quote, the backslash and control characters. */
const inStrings = new Uint8Array(256).fill(stranger, 0, 0x20)
inStrings[quote] = inStrings[backslash] = stranger

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

type Place = 'start' | 'envelope' | 'array' | 'element' | 'end'

export class JsonElementSplitter {
  /** Where, counted from the element's first byte, the strings directly inside it begin: its names and its text values. */
  readonly marks = new Uint32Array(maxMarks)
  /** How many there are; above {@link maxMarks} the rest are not kept. */
  markCount = 0

  readonly #options: Required<SplitOptions>
  readonly #handler: ElementHandler
  #place: Place
  /** Bytes before the current chunk. */
  #base = 0
  #count = 0
  #arraySeen = false
  /** In the array: whether the last thing was an element, or a comma. */
  #afterElement = false
  #afterComma = false

  // The element under way, which may have begun chunks ago.
  #elementOffset = 0
  #depth = 0
  #inString = false
  #escaped = false
  readonly #closers = new Uint8Array(maxDepth)
  #carry = new Uint8Array(0)
  #carried = 0

  #envelope = new Uint8Array(4096)
  #envelopeLength = 0

  constructor(options: SplitOptions, handler: ElementHandler) {
    this.#options = { maxElementBytes: defaultMaxElementBytes, maxEnvelopeBytes: defaultMaxEnvelopeBytes, ...options }
    this.#handler = handler
    this.#place = options.array === null ? 'array' : 'start'
  }

  /** Elements so far. */
  get count(): number {
    return this.#count
  }

  /** @throws VainoError `bad_input` or `too_large`, naming the byte, where the text can't be what it should */
  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) at = this.#step(chunk, at)
    this.#base += chunk.length
  }

  /**
   * @returns the envelope, `{}` for a sequence of objects
   * @throws VainoError `bad_input` when the text ends too early
   */
  end(): string {
    const sequence = this.#options.array === null
    if (this.#place !== (sequence ? 'array' : 'end')) {
      this.#fail(0, this.#place === 'start' ? 'the input is empty' : 'the text ends in the middle: it is cut off')
    }
    return sequence ? '{}' : Buffer.from(this.#envelope.buffer, 0, this.#envelopeLength).toString()
  }

  #step(chunk: Uint8Array, at: number): number {
    switch (this.#place) {
      case 'start':
        return this.#start(chunk, at)
      case 'envelope':
        return this.#scanEnvelope(chunk, at)
      case 'array':
        return this.#scanArray(chunk, at)
      case 'element':
        return this.#resumeElement(chunk, at)
      case 'end':
        if (!isSpace(chunk[at])) this.#fail(at, 'more text after the end of the document')
        return at + 1
    }
  }

  #start(chunk: Uint8Array, at: number): number {
    const byte = chunk[at]
    if (isSpace(byte)) return at + 1
    if (byte !== openBrace) this.#fail(at, 'expected a JSON object')
    this.#place = 'envelope'
    return at
  }

  #scanEnvelope(chunk: Uint8Array, from: number): number {
    let at = from
    for (; at < chunk.length; at++) {
      const byte = chunk[at]
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (byte === backslash) this.#escaped = true
        else if (byte === quote) this.#inString = false
      } else if (byte === quote) {
        this.#inString = true
      } else if (byte === openBrace || byte === openBracket) {
        this.#depth++
        if (byte === openBracket && this.#depth === 2) {
          this.#keep(chunk.subarray(from, at + 1))
          from = at + 1
          if (this.#isTheArray()) {
            this.#enterArray(at)
            return at + 1
          }
        }
      } else if (byte === closeBrace || byte === closeBracket) {
        this.#depth--
        if (this.#depth === 0) {
          this.#place = 'end'
          at++
          break
        }
      }
    }
    this.#keep(chunk.subarray(from, at))
    return at
  }

  /** Whether the envelope ends in `"<array>": [`. */
  #isTheArray(): boolean {
    const seen = this.#envelope
    let at = this.#envelopeLength - 2
    while (isSpace(seen[at])) at--
    if (seen[at--] !== 0x3a) return false
    while (isSpace(seen[at])) at--
    const name = `"${this.#options.array}"`
    return (
      Buffer.from(seen.buffer, 0, at + 1)
        .subarray(-name.length)
        .toString() === name
    )
  }

  #enterArray(at: number): void {
    if (this.#arraySeen) this.#fail(at, `a second "${this.#options.array}"`)
    this.#arraySeen = true
    this.#place = 'array'
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#envelopeLength + bytes.length
    if (length > this.#options.maxEnvelopeBytes) {
      this.#fail(0, `more than ${this.#options.maxEnvelopeBytes} bytes outside "${this.#options.array}"`, 'too_large')
    }
    this.#envelope = grown(this.#envelope, this.#envelopeLength, length)
    this.#envelope.set(bytes, this.#envelopeLength)
    this.#envelopeLength = length
  }

  #scanArray(chunk: Uint8Array, from: number): number {
    const sequence = this.#options.array === null
    let at = from
    while (at < chunk.length) {
      const byte = chunk[at]
      if (isSpace(byte)) at++
      else if (byte === openBrace && (sequence || !this.#afterElement)) {
        at = this.#beginElement(chunk, at)
        if (this.#place === 'element') return at
      } else if (byte === comma && this.#afterElement && !sequence) {
        this.#afterElement = false
        this.#afterComma = true
        at++
      } else if (byte === closeBracket && !this.#afterComma && !sequence) {
        this.#keep(chunk.subarray(at, at + 1))
        this.#place = 'envelope'
        this.#depth = 1
        return at + 1
      } else {
        const isSeparated = sequence || !this.#afterElement
        this.#fail(at, isSeparated ? 'expected a JSON object' : 'expected a comma or the end of the array')
      }
    }
    return at
  }

  #beginElement(chunk: Uint8Array, at: number): number {
    const offset = this.#base + at
    this.#afterElement = true
    this.#afterComma = false
    const known = this.#handler.known?.(chunk, at, chunk.length - at, offset) ?? 0
    if (known > 0) {
      this.#count++
      return at + known
    }
    this.#elementOffset = offset
    this.#depth = 0
    this.markCount = 0
    const end = this.#scanElement(chunk, at, at)
    if (end < 0) {
      this.#place = 'element'
      this.#carried = 0
      return this.#carryOn(chunk, at)
    }
    this.#checkSize(end - at)
    this.#count++
    this.#handler.element(chunk, at, end, offset)
    return end
  }

  #resumeElement(chunk: Uint8Array, at: number): number {
    const end = this.#scanElement(chunk, at, this.#elementOffset - this.#base)
    if (end < 0) return this.#carryOn(chunk, at)
    this.#carryOn(chunk.subarray(at, end), 0)
    this.#place = 'array'
    this.#count++
    this.#handler.element(this.#carry, 0, this.#carried, this.#elementOffset)
    return end
  }

  /** Copies the rest of the chunk behind what the element had before. */
  #carryOn(chunk: Uint8Array, at: number): number {
    const length = this.#carried + chunk.length - at
    this.#checkSize(length)
    this.#carry = grown(this.#carry, this.#carried, length)
    this.#carry.set(at === 0 ? chunk : chunk.subarray(at), this.#carried)
    this.#carried = length
    return chunk.length
  }

  #checkSize(bytes: number): void {
    const { maxElementBytes } = this.#options
    if (bytes <= maxElementBytes) return
    this.#fail(this.#elementOffset - this.#base, `an object larger than ${maxElementBytes} bytes`, 'too_large')
  }

  /**
   * The hot loop, 1.2 GB/s: two tight inner loops that pass over what has no meaning, by one table each. Goes on with the
   * element in `chunk` from `from`; `origin` is where its first byte is or would be.
   * @returns the index behind its last byte, or -1 when the chunk ended before it did
   */
  #scanElement(chunk: Uint8Array, from: number, origin: number): number {
    const size = chunk.length
    const { marks } = this
    const closers = this.#closers
    let markCount = this.markCount
    let depth = this.#depth
    let inString = this.#inString
    let at = this.#escaped ? from + 1 : from
    while (at < size) {
      if (inString) {
        while (at < size && inStrings[chunk[at] ?? 0] === passes) at++
        if (at >= size) break
        const byte = chunk[at]
        if (byte === quote) inString = false
        else if (byte === backslash) at++
        else this.#fail(at, 'a control character inside a string')
        at++
        continue
      }
      while (at < size && outside[chunk[at] ?? 0] === passes) at++
      if (at >= size) break
      const byte = chunk[at] ?? 0
      const kind = outside[byte]
      if (kind === isQuote) {
        if (depth === 1) {
          if (markCount < maxMarks) marks[markCount] = at - origin
          markCount++
        }
        inString = true
      } else if (kind === opens) {
        if (depth === maxDepth) this.#fail(at, `nested deeper than ${maxDepth} levels`)
        closers[depth++] = byte + 2
      } else if (kind === closes) {
        if (closers[--depth] !== byte) this.#fail(at, 'a bracket that closes another kind')
        if (depth === 0) {
          this.#inString = this.#escaped = false
          this.markCount = markCount
          return at + 1
        }
      } else this.#fail(at, 'a byte that JSON does not have here')
      at++
    }
    this.#escaped = at > size
    this.#inString = inString
    this.#depth = depth
    this.markCount = markCount
    return -1
  }

  #fail(at: number, what: string, code: ErrorCode = 'bad_input'): never {
    throw new VainoError(code, `${this.#options.name}: byte ${this.#base + at}: ${what}`)
  }
}

function grown(bytes: Uint8Array<ArrayBuffer>, used: number, needed: number): Uint8Array<ArrayBuffer> {
  if (needed <= bytes.length) return bytes
  const larger = new Uint8Array(Math.max(needed, bytes.length * 2))
  larger.set(bytes.subarray(0, used))
  return larger
}
