const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const comma = 0x2c
const closeBrace = 0x7d

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/**
 * Finds the values of a few named fields directly in a JSON object, without parsing it, from the marks that a
 * `JsonElementSplitter` left. Of a name that comes twice the last counts, as for `JSON.parse`.
 */
export class FieldFinder {
  /** Index of the first byte of each named field's value, in the order of the names; -1 where it is absent. */
  readonly starts: Int32Array
  /** Index behind its last byte. */
  readonly ends: Int32Array
  readonly #names: readonly Uint8Array[]
  /** Which name has a length; -1 for none. */
  readonly #byLength = new Int8Array(32).fill(-1)

  /** @param names of different lengths, below 32: so a look at the length leaves one name to compare */
  constructor(names: readonly string[]) {
    this.#names = names.map((name) => new TextEncoder().encode(name))
    for (const [n, name] of this.#names.entries()) this.#byLength[name.length] = n
    this.starts = new Int32Array(names.length)
    this.ends = new Int32Array(names.length)
  }

  /**
   * @param bytes holds the object in `[start, end)`
   * @param marks where its names and text values begin, counted from `start`
   * @returns false when only a parser can find the fields: a name is written with escapes, the grammar is broken, or there are
   * more marks than were kept
   */
  find(bytes: Uint8Array, start: number, end: number, marks: Uint32Array, markCount: number): boolean {
    if (markCount > marks.length) return false
    this.starts.fill(-1)
    let open = -1
    for (let m = 0; m < markCount; m++) {
      const name = start + (marks[m] ?? 0)
      if (open >= 0 && !this.#endAt(bytes, open, name, comma)) return false
      const nameEnd = endOfString(bytes, name)
      if (nameEnd < 0) return false
      let value = nameEnd
      while (isSpace(bytes[value])) value++
      if (bytes[value] !== colon) return false
      value++
      while (isSpace(bytes[value])) value++
      open = this.#indexOf(bytes, name + 1, nameEnd - 1)
      if (open >= 0) this.starts[open] = value
      if (bytes[value] === quote) m++
    }
    return open < 0 || this.#endAt(bytes, open, end, closeBrace)
  }

  /** Finds where a value ends that is followed by white space, one byte, and perhaps white space up to `at`. */
  #endAt(bytes: Uint8Array, field: number, at: number, byte: number): boolean {
    let i = at - 1
    while (isSpace(bytes[i])) i--
    if (bytes[i--] !== byte) return false
    while (isSpace(bytes[i])) i--
    this.ends[field] = i + 1
    return bytes[this.starts[field] ?? 0] !== quote || bytes[i] === quote
  }

  #indexOf(bytes: Uint8Array, start: number, end: number): number {
    const n = this.#byLength[end - start] ?? -1
    const name = this.#names[n]
    if (name === undefined) return -1
    for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return -1
    return n
  }
}

/** Index behind the closing quote of the string at `at`; -1 when it holds an escape. */
function endOfString(bytes: Uint8Array, at: number): number {
  let i = at + 1
  for (;;) {
    const byte = bytes[i++]
    if (byte === quote) return i
    if (byte === backslash || byte === undefined) return -1
  }
}
