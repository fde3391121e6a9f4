import { messageOf, VainoError } from '../../model/errors.ts'
import { parseBytes } from './parse-bytes.ts'

/**
 * Cuts one JSON document, given in chunks of bytes, into the values that somebody wants, without ever holding the
 * document. It looks at structure only (strings, escapes, brackets); what it hands out is parsed by whoever takes it.
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
/** What is kept of an oversized value, so that it can be named. */
const headBytes = 4096

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
const byteOrderMark = [0xef, 0xbb, 0xbf]

/** Bytes that mean nothing to the structure: two tight loops over tables pass over them three times as fast as `if`s do. */
const passesInStrings = new Uint8Array(256).fill(1)
passesInStrings[quote] = passesInStrings[backslash] = 0
const passesOutside = new Uint8Array(256).fill(1)
for (const byte of [quote, openBrace, openBracket, closeBrace, closeBracket]) passesOutside[byte] = 0

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
/** A character that can begin a number, `true`, `false` or `null`. */
const beginsScalar = (byte: number): boolean =>
  byte === 0x2d || (byte >= 0x30 && byte <= 0x39) || byte === 0x74 || byte === 0x66 || byte === 0x6e

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

/** The value in which the splitter is, when that is not an opened one. */
interface Current {
  readonly plan: 'take' | 'take-or-open' | 'skip' | 'key'
  readonly form: 'scalar' | 'string' | 'composite'
  /** Where it begins in the document. */
  readonly offset: number
  /** What earlier chunks held of it. */
  parts: Uint8Array[]
  length: number
  depth: number
  deepest: number
  inString: boolean
  escaped: boolean
  isDone: boolean
}

const concatenate = (parts: readonly Uint8Array[]): Uint8Array => {
  const [only] = parts
  return parts.length === 1 && only ? only : Buffer.concat(parts)
}

export class JsonSplitter {
  readonly #planOf: (path: readonly Step[]) => Plan
  readonly #limits: SplitterLimits
  /** The closing byte of each opened container, and the step that leads into the value at hand. */
  readonly #closers: number[] = []
  readonly #path: Step[] = []
  #expected: Expected = 'root'
  #current: Current | null = null
  #openNext = false
  #offset = 0

  constructor(planOf: (path: readonly Step[]) => Plan, limits: SplitterLimits) {
    this.#planOf = planOf
    this.#limits = limits
  }

  /**
   * Takes the next bytes and yields what they complete. The tokens must be used up before the next call.
   * @throws VainoError `bad_input` where the bytes can't be JSON; the message names the place, never what stands there
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
    throw new VainoError('bad_input', `ends in the middle, after ${this.#offset} bytes`)
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
    this.#current = currentOf('key', 'string', offset)
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
    this.#current = currentOf(plan === 'open' ? 'take' : plan, form, offset)
    return null
  }

  #close(): Token {
    this.#closers.pop()
    this.#path.pop()
    this.#expected = this.#closers.length === 0 ? 'nothing' : 'comma-or-end'
    return { kind: 'close', path: this.#path }
  }

  #isTooMuch(current: Current): boolean {
    return current.length > this.#limits.wholeBytes || current.deepest > this.#limits.wholeDepth
  }

  /** Keeps a copy of what this chunk holds of an unfinished value. */
  #keep(current: Current, bytes: Uint8Array): void {
    if (current.plan === 'skip') return
    const limit = current.plan === 'key' ? maxKeyBytes : this.#limits.takeBytes
    // Not `slice`: on a Buffer that is a view of the chunk, whose memory is used again.
    if (current.length <= limit) current.parts.push(new Uint8Array(bytes))
    else if (current.plan === 'key') throw new VainoError('bad_input', `has a name of more than ${maxKeyBytes} bytes`)
    else current.parts = [new Uint8Array(concatenate([...current.parts, bytes]).subarray(0, headBytes))]
  }

  #finish(current: Current, bytes: Uint8Array): Token | null {
    if (current.plan === 'key') {
      if (current.length > maxKeyBytes) this.#keep(current, bytes)
      this.#path[this.#path.length - 1] = nameOf(concatenate([...current.parts, bytes]), current.offset)
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

const currentOf = (plan: Current['plan'], form: Current['form'], offset: number): Current => ({
  plan,
  form,
  offset,
  parts: [],
  length: 0,
  depth: 0,
  deepest: 0,
  inString: false,
  escaped: false,
  isDone: false,
})

/** Moves through a value up to its end or the chunk's. It runs for every byte of a state, so it keeps to local variables. */
function scanValue(current: Current, chunk: Uint8Array, from: number): number {
  const end = chunk.length
  let at = from
  if (current.form === 'scalar') {
    for (; at < end; at++) {
      const byte = chunk[at] as number
      if (byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte)) {
        current.isDone = true
        break
      }
    }
    return at
  }
  let { depth, deepest, inString, isDone } = current
  if (current.escaped) at++
  while (at < end && !isDone) {
    const meaningless = inString ? passesInStrings : passesOutside
    while (at < end && meaningless[chunk[at] as number] === 1) at++
    if (at >= end) break
    const byte = chunk[at++] as number
    if (inString) {
      if (byte === backslash) at++
      else {
        inString = false
        isDone = depth === 0
      }
    } else if (byte === quote) inString = true
    else if (byte === openBrace || byte === openBracket) {
      if (++depth > deepest) deepest = depth
    } else isDone = --depth === 0
  }
  // An escape that is the chunk's last byte escapes the next chunk's first.
  current.escaped = at > end
  current.depth = depth
  current.deepest = deepest
  current.inString = inString
  current.isDone = isDone
  return Math.min(at, end)
}

function nameOf(bytes: Uint8Array, offset: number): string {
  try {
    return String(parseBytes(bytes))
  } catch (error) {
    throw new VainoError('bad_input', `${messageOf(error)} (a name at byte ${offset})`)
  }
}
