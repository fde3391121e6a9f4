import { VainoError } from './errors.ts'
import { grownTo } from './grown-bytes.ts'
import { ElementScanner } from './json-element-scanner.ts'
import { Envelope, type Fail, isSpace } from './json-envelope.ts'
import { maxScanBytes } from './json-scan.ts'

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

const comma = 0x2c
const openBrace = 0x7b
const closeBracket = 0x5d

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
 * the element's parser checks the grammar.
 */
export class JsonElementSplitter {
  readonly #name: string
  readonly #handler: ElementHandler
  readonly #maxElementBytes: number
  readonly #scanner: ElementScanner
  /** Null for a sequence of objects. */
  readonly #envelope: Envelope | null
  /** Bytes before the current chunk. */
  #base = 0
  #count = 0
  #started = false
  #afterElement = false
  #afterComma = false

  // The element that began in an earlier chunk, if there is one.
  #isInElement = false
  #elementOffset = 0
  #carry = new Uint8Array(0)
  #carried = 0

  constructor(options: SplitOptions, handler: ElementHandler) {
    const { name, array, maxElementBytes, maxEnvelopeBytes } = options
    this.#name = name
    this.#handler = handler
    this.#maxElementBytes = maxElementBytes ?? defaultMaxElementBytes
    this.#scanner = new ElementScanner(this.#fail)
    this.#envelope =
      array === null ? null : new Envelope(array, maxEnvelopeBytes ?? defaultMaxEnvelopeBytes, this.#fail)
  }

  /** Elements so far. */
  get count(): number {
    return this.#count
  }

  /** The strings directly inside the element that was handed out last; see {@link ElementScanner}. */
  get marks(): Uint32Array {
    return this.#scanner.marks
  }

  get markCount(): number {
    return this.#scanner.markCount
  }

  /** @throws VainoError `bad_input` or `too_large`, naming the byte, where the text can't be what it should */
  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; from += maxScanBytes) {
      const piece = chunk.length <= maxScanBytes ? chunk : chunk.subarray(from, from + maxScanBytes)
      this.#scanner.next()
      let at = 0
      while (at < piece.length) at = this.#step(piece, at)
      this.#base += piece.length
    }
  }

  /**
   * @returns the envelope, `{}` for a sequence of objects
   * @throws VainoError `bad_input` when the text ends too early
   */
  end(): string {
    const isWhole = this.#envelope === null ? !this.#isInElement : this.#envelope.place === 'end'
    if (!isWhole) this.#fail(0, this.#started ? 'the text ends in the middle: it is cut off' : 'the input is empty')
    return this.#envelope?.text ?? '{}'
  }

  #step(chunk: Uint8Array, at: number): number {
    if (this.#isInElement) return this.#resumeElement(chunk, at)
    if (this.#envelope === null || this.#envelope.place === 'array') return this.#scanArray(chunk, at, this.#envelope)
    if (this.#started && this.#envelope.place === 'around') return this.#envelope.scan(chunk, at)
    const byte = chunk[at]
    if (isSpace(byte)) return at + 1
    if (this.#started) this.#fail(at, 'more text after the end of the document')
    if (byte !== openBrace) this.#fail(at, 'expected a JSON object')
    this.#started = true
    return at
  }

  #scanArray(chunk: Uint8Array, from: number, envelope: Envelope | null): number {
    let at = from
    while (at < chunk.length) {
      const byte = chunk[at]
      const mayBegin = envelope === null || !this.#afterElement
      if (isSpace(byte)) at++
      else if (byte === openBrace && mayBegin) {
        at = this.#beginElement(chunk, at)
        if (this.#isInElement) return at
      } else if (byte === comma && !mayBegin) {
        this.#afterElement = false
        this.#afterComma = true
        at++
      } else if (byte === closeBracket && envelope !== null && !this.#afterComma) {
        envelope.leaveArray(chunk.subarray(at, at + 1))
        return at + 1
      } else this.#fail(at, mayBegin ? 'expected a JSON object' : 'expected a comma or the end of the array')
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
    this.#scanner.begin()
    const end = this.#scanner.scan(chunk, at, at)
    if (end < 0) {
      this.#isInElement = this.#started = true
      this.#carried = 0
      return this.#carryOn(chunk, at, chunk.length)
    }
    this.#checkSize(end - at)
    this.#count++
    this.#handler.element(chunk, at, end, offset)
    return end
  }

  #resumeElement(chunk: Uint8Array, at: number): number {
    const end = this.#scanner.scan(chunk, at, this.#elementOffset - this.#base)
    if (end < 0) return this.#carryOn(chunk, at, chunk.length)
    this.#carryOn(chunk, at, end)
    this.#isInElement = false
    this.#count++
    this.#handler.element(this.#carry, 0, this.#carried, this.#elementOffset)
    return end
  }

  /** Copies a part of the chunk behind what the element had before. */
  #carryOn(chunk: Uint8Array, at: number, end: number): number {
    const length = this.#carried + end - at
    this.#checkSize(length)
    this.#carry = grownTo(length, this.#carry, this.#carried)
    this.#carry.set(chunk.subarray(at, end), this.#carried)
    this.#carried = length
    return end
  }

  #checkSize(bytes: number): void {
    if (bytes <= this.#maxElementBytes) return
    const at = this.#elementOffset - this.#base
    this.#fail(at, `an object larger than ${this.#maxElementBytes} bytes`, 'too_large')
  }

  readonly #fail: Fail = (at, what, code = 'bad_input') => {
    throw new VainoError(code, `${this.#name}: byte ${this.#base + at}: ${what}`)
  }
}
