const mark = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * Takes the byte order mark from a body's very beginning, which editors and PowerShell write, and which is no part of the first
 * record. What it holds back of a mark that is cut between chunks is two bytes at most.
 */
export class ByteOrderMark {
  #held = 0
  #isPast = false

  /** Whether the chunks that come are the body's own. */
  get isPast(): boolean {
    return this.#isPast
  }

  /** The next chunk, without what belongs to a mark. */
  *after(chunk: Uint8Array): Generator<Uint8Array> {
    let at = 0
    while (at < chunk.length && this.#held + at < mark.length && chunk[at] === mark[this.#held + at]) at++
    if (at === chunk.length && this.#held + at < mark.length) {
      this.#held += at
      return
    }
    this.#isPast = true
    if (this.#held + at === mark.length) yield chunk.subarray(at)
    else {
      if (this.#held > 0) yield mark.subarray(0, this.#held)
      yield chunk
    }
  }

  /** What was held back of a body that is at its end. */
  *end(): Generator<Uint8Array> {
    if (!this.#isPast && this.#held > 0) yield mark.subarray(0, this.#held)
  }
}
