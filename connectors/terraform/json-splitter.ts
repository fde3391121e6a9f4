import { VainoError } from '../../model/errors.ts'
import {
  beginsScalar,
  byteOrderMark,
  closeBrace,
  closeBracket,
  colon,
  comma,
  isSpace,
  openBrace,
  openBracket,
  quote,
} from './json-bytes.ts'
import { beginValue, type CurrentValue, concatenate, scanValue } from './json-value.ts'
import { parseName } from './parse-bytes.ts'

/**
 * Cuts one JSON document, given in chunks of bytes, into the values that somebody wants, without ever holding the
 * document. It looks at structure only (strings, escapes, brackets); the consumer parses the values.
 *
 * A plan says for each value, by its path, what becomes of it:
 *
 * - `open`: it is entered; its members are asked for one by one. Between `open` and `close` come their tokens.
 * - `take`: its bytes are handed out as one token, or `oversized` with its first bytes when it is larger than the limit.
 * - `take-or-open`: taken when it is small and shallow, else opened after all. Most resources of a state are small, and
 *   one parse of a whole resource is both the fastest way and independent of the order of its members.
 * - `skip`: it is passed over.
 *
 * Memory: the chunk, and a value that spans chunks up to its limit. Syntax is checked strictly in what is opened, by
 * brackets alone in what is skipped, and by the taker's parser in what is taken; a document that ends early is always
 * noticed, because then something is still open.
 */
export type Plan = 'open' | 'take' | 'take-or-open' | 'skip'

export type Step = string | number

export type Token =
  /** `path` is alive: it is the splitter's own, and holds until the next token. So do `bytes`. */
  | {
      readonly kind: 'value'
      readonly path: readonly Step[]
      readonly bytes: Uint8Array
      /** How deep it nests: 0 for a plain value. */
      readonly depth: number
      /** Of its first byte in the document. */
      readonly offset: number
    }
  /** `bytes` are its first ones. */
  | { readonly kind: 'oversized'; readonly path: readonly Step[]; readonly bytes: Uint8Array; readonly offset: number }
  | { readonly kind: 'open'; readonly path: readonly Step[]; readonly isArray: boolean }
  | { readonly kind: 'close'; readonly path: readonly Step[] }

export interface SplitterLimits {
  /** A taken value larger than this is `oversized`. */
  readonly takeBytes: number
  /** A `take-or-open` value larger than this is opened. */
  readonly wholeBytes: number
  /** A `take-or-open` value nested deeper than this is opened. */
  readonly wholeDepth: number
}

const maxKeyBytes = 16 * 1024
/** The beginning of an oversized value, kept to name it in the error. */
const headBytes = 4096

type Expected = 'root' | 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing'

const expectedText: Record<Expected, string> = {
  root: '"{" or "["',
  value: 'a value',
  'value-or-end': 'a value or "]"',
  key: 'a quoted name',
  'key-or-end': 'a quoted name or "}"',
  colon: 'a colon',
  'comma-or-end': 'a comma or a closing bracket',
  nothing: 'nothing more',
}

export class JsonSplitter {
  readonly #planOf: (path: readonly Step[]) => Plan
  readonly #limits: SplitterLimits
  /** The closing byte of each opened container, and the step that leads into the value at hand. */
  readonly #closers: number[] = []
  readonly #path: Step[] = []
  #expected: Expected = 'root'
  #current: CurrentValue | null = null
  #openNext = false
  #offset = 0

  constructor(planOf: (path: readonly Step[]) => Plan, limits: SplitterLimits) {
    this.#planOf = planOf
    this.#limits = limits
  }

  /**
   * Takes the next bytes and yields the tokens that they complete. The tokens must be used up before the next call.
   * @throws VainoError `bad_input` where the bytes can't be JSON; the message names the position, never the bytes there
   */
  *push(chunk: Uint8Array): Generator<Token, void, void> {
    const base = this.#offset
    let at = 0
    while (at < chunk.length) {
      const current = this.#current
      if (current === null) {
        const byte = chunk[at] as number
        if (isSpace(byte) || (base + at < 3 && byte === byteOrderMark[base + at])) {
          at++
          continue
        }
        const token = this.#structure(byte, base + at)
        if (token !== null) yield token
        // A scalar, a string and a taken value are read from their first byte on; punctuation and an opened bracket are done.
        if (this.#current === null) at++
        continue
      }
      const start = at
      at = scanValue(current, chunk, at)
      current.length += at - start
      if (current.plan === 'take-or-open' && this.#isTooMuch(current)) {
        const held = concatenate([...current.parts, chunk.subarray(start, at)])
        this.#current = null
        this.#openNext = true
        this.#offset = current.offset
        yield* this.push(held)
        this.#offset = base
        continue
      }
      if (current.isDone) {
        this.#current = null
        const token = this.#finish(current, chunk.subarray(start, at))
        if (token !== null) yield token
      } else {
        this.#keep(current, chunk.subarray(start, at))
      }
    }
    this.#offset = base + chunk.length
  }

  /** @throws VainoError `bad_input` when the document has not ended */
  end(): void {
    if (this.#expected === 'nothing' && this.#current === null) return
    // A quote or bracket that is missing far above looks like a document that was cut: where it began says which it is.
    const inside = this.#current === null ? '' : `, in the value that begins at byte ${this.#current.offset}`
    throw new VainoError('bad_input', `ends in the middle, after ${this.#offset} bytes${inside}`)
  }

  #fail(offset: number): never {
    throw new VainoError('bad_input', `is not valid JSON at byte ${offset}: expected ${expectedText[this.#expected]}`)
  }

  /** One byte between values. Returns a token when a container opens or closes; sets `#current` when a value begins. */
  #structure(byte: number, offset: number): Token | null {
    switch (this.#expected) {
      case 'root':
        if (byte !== openBrace && byte !== openBracket) this.#fail(offset)
        return this.#begin(byte, offset)
      case 'value-or-end':
        if (byte === closeBracket) return this.#close()
        return this.#begin(byte, offset)
      case 'value':
        return this.#begin(byte, offset)
      case 'key-or-end':
        if (byte === closeBrace) return this.#close()
        return this.#beginKey(byte, offset)
      case 'key':
        return this.#beginKey(byte, offset)
      case 'colon':
        if (byte !== colon) this.#fail(offset)
        this.#expected = 'value'
        return null
      case 'comma-or-end':
        if (byte === this.#closers.at(-1)) return this.#close()
        if (byte !== comma) this.#fail(offset)
        if (this.#closers.at(-1) === closeBracket) {
          this.#path.push((this.#path.pop() as number) + 1)
          this.#expected = 'value'
        } else this.#expected = 'key'
        return null
      case 'nothing':
        return this.#fail(offset)
    }
  }

  #beginKey(byte: number, offset: number): null {
    if (byte !== quote) this.#fail(offset)
    this.#current = beginValue('key', 'string', offset)
    return null
  }

  #begin(byte: number, offset: number): Token | null {
    const isComposite = byte === openBrace || byte === openBracket
    if (!isComposite && byte !== quote && !beginsScalar(byte)) this.#fail(offset)
    const plan = this.#openNext ? 'open' : this.#planOf(this.#path)
    this.#openNext = false
    if (plan === 'open' && isComposite) {
      const isArray = byte === openBracket
      const token: Token = { kind: 'open', path: [...this.#path], isArray }
      this.#closers.push(isArray ? closeBracket : closeBrace)
      this.#path.push(isArray ? 0 : '')
      this.#expected = isArray ? 'value-or-end' : 'key-or-end'
      return token
    }
    const form = isComposite ? 'composite' : byte === quote ? 'string' : 'scalar'
    this.#current = beginValue(plan === 'open' ? 'take' : plan, form, offset)
    return null
  }

  #close(): Token {
    this.#closers.pop()
    this.#path.pop()
    this.#expected = this.#closers.length === 0 ? 'nothing' : 'comma-or-end'
    return { kind: 'close', path: this.#path }
  }

  #isTooMuch(current: CurrentValue): boolean {
    return current.length > this.#limits.wholeBytes || current.deepest > this.#limits.wholeDepth
  }

  /** Keeps a copy of what this chunk holds of an unfinished value. */
  #keep(current: CurrentValue, bytes: Uint8Array): void {
    if (current.plan === 'skip') return
    const limit = current.plan === 'key' ? maxKeyBytes : this.#limits.takeBytes
    // Not `slice`: on a Buffer that is a view of the chunk, whose memory is used again.
    if (current.length <= limit) current.parts.push(new Uint8Array(bytes))
    else if (current.plan === 'key') throw new VainoError('bad_input', `has a name of more than ${maxKeyBytes} bytes`)
    else current.parts = [new Uint8Array(concatenate([...current.parts, bytes]).subarray(0, headBytes))]
  }

  #finish(current: CurrentValue, bytes: Uint8Array): Token | null {
    if (current.plan === 'key') {
      if (current.length > maxKeyBytes) this.#keep(current, bytes)
      this.#path[this.#path.length - 1] = parseName(concatenate([...current.parts, bytes]), current.offset)
      this.#expected = 'colon'
      return null
    }
    this.#expected = this.#closers.length === 0 ? 'nothing' : 'comma-or-end'
    if (current.plan === 'skip') return null
    if (current.length > this.#limits.takeBytes) {
      this.#keep(current, bytes)
      return { kind: 'oversized', path: this.#path, bytes: concatenate(current.parts), offset: current.offset }
    }
    const whole = concatenate([...current.parts, bytes])
    return { kind: 'value', path: this.#path, bytes: whole, depth: current.deepest, offset: current.offset }
  }
}
