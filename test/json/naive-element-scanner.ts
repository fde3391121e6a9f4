import { maxDepth } from '../../model/json.ts'

/** Strings directly inside an element whose places are kept; who meets more parses the element. */
const maxMarks = 256

const quote = 0x22
const backslash = 0x5c

// What a byte means outside strings: white space, numbers, literals, `:` and `,` pass; any other byte is an error.
const passes = 0
const isQuote = 1
const opens = 2
const closes = 3
const stranger = 4
const outside = new Uint8Array(256).fill(stranger)
for (const [chars, kind] of [
  [' \t\n\r:,0123456789+-.eEtrufalsn', passes],
  ['"', isQuote],
  ['{[', opens],
  ['}]', closes],
] as const) {
  for (const char of chars) outside[char.charCodeAt(0)] = kind
}

/** Inside strings all pass but the quote, the backslash and control characters. */
const inStrings = new Uint8Array(256).fill(stranger, 0, 0x20)
inStrings[quote] = inStrings[backslash] = stranger

/** What `ElementScanner` does with vector instructions, as a loop over bytes: its oracle, and the other side of its benchmark. */
export class NaiveElementScanner {
  /** Where, counted from the object's first byte, the strings directly inside it begin: its names and its text values. */
  readonly marks = new Uint32Array(maxMarks)
  /** How many there are; above {@link maxMarks} the rest are not kept. */
  markCount = 0
  readonly #fail: (at: number, what: string) => never
  #depth = 0
  #inString = false
  #escaped = false
  readonly #closers = new Uint8Array(maxDepth)

  /** @param fail receives the index in the piece and a description of the error */
  constructor(fail: (at: number, what: string) => never) {
    this.#fail = fail
  }

  begin(): void {
    this.#depth = 0
    this.markCount = 0
  }

  /**
   * The hot loop, 1.2 GB/s: two tight inner loops that pass over what has no meaning, by one table each. Goes on with the
   * object in `chunk` from `from`; `origin` is where its first byte is or would be.
   * @returns the index behind its last byte, or -1 when the chunk ended before it did
   */
  scan(chunk: Uint8Array, from: number, origin: number): number {
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
        // In ASCII, a bracket's and a brace's closing side stands two behind its opening side.
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
}
