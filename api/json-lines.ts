import { VainoError } from '../model/errors.ts'

const [newline, carriageReturn, space, quote, backslash, comma] = [10, 13, 32, 34, 92, 44]
const [openArray, closeArray, openObject, closeObject] = [91, 93, 123, 125]

/** Whether a request says that its body is JSON; anything else is taken for NDJSON, as no client of it names one type. */
export const isJson = (contentType: string | null): boolean => /^\s*application\/json\s*(;|$)/i.test(contentType ?? '')

/**
 * Turns JSON, one object or an array of them, into NDJSON piece by piece: an element a line. Only where elements begin and end is
 * looked at, so an element that is no JSON is a line that is no JSON. Holds one piece, whatever the body's size.
 * @throws VainoError `bad_request` where the body ends inside an array or an object
 */
export async function* jsonLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const splitter = new Splitter()
  for await (const piece of body) {
    const lines = Uint8Array.from(piece)
    splitter.split(lines)
    yield lines
  }
  if (splitter.isWhole) return
  throw new VainoError('bad_request', 'The body ends inside its JSON', {
    hint: 'Send the whole array or object again; what came before the end may have been applied.',
  })
}

/** Where a body stands between two pieces. A body that begins with `[` is an array; its brackets are no part of a line. */
class Splitter {
  #depth = 0
  #inArray = false
  #hasBegun = false
  #inString = false
  #escaped = false

  get isWhole(): boolean {
    return this.#depth === 0 && !this.#inString && !this.#inArray
  }

  /** Changes the bytes so that each element is one line: no byte is added. */
  split(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (byte === backslash) this.#escaped = true
        else if (byte === quote) this.#inString = false
        // No JSON has one here. The line stays one, and is refused as a record.
        if (byte === newline) bytes[at] = carriageReturn
      } else bytes[at] = this.#outsideStrings(byte)
    }
  }

  #outsideStrings(byte: number): number {
    switch (byte) {
      case newline:
      case carriageReturn:
        // Two objects on two lines of a body that says it is JSON: each is a record all the same.
        return this.#depth === 0 && !this.#inArray ? newline : space
      case quote:
        this.#inString = true
        break
      case openArray:
        if (!this.#hasBegun) {
          this.#hasBegun = true
          this.#inArray = true
          return space
        }
        this.#depth++
        break
      case openObject:
        this.#depth++
        break
      case closeArray:
        if (this.#depth === 0 && this.#inArray) {
          this.#inArray = false
          return newline
        }
        this.#close()
        break
      case closeObject:
        this.#close()
        break
      case comma:
        if (this.#depth === 0 && this.#inArray) return newline
        break
    }
    if (byte > space && byte < 0x80) this.#hasBegun = true
    return byte
  }

  #close(): void {
    if (this.#depth > 0) this.#depth--
  }
}
