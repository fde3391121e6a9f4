import type { LineNumbers } from '../../../operators/batch.ts'

/** The offset that each line came with: an entry a message, since a message may be a hundred million lines. */
export class LineOffsets implements LineNumbers {
  readonly #firstLines: number[] = []
  readonly #offsets: number[] = []
  #lines = 0

  get length(): number {
    return this.#lines
  }

  /** The next lines, all of one message. */
  add(offset: number, lines: number): void {
    this.#firstLines.push(this.#lines)
    this.#offsets.push(offset)
    this.#lines += lines
  }

  at(line: number): number | undefined {
    if (line >= this.#lines) return undefined
    let low = 0
    for (let high = this.#firstLines.length; high - low > 1; ) {
      const middle = (low + high) >>> 1
      if ((this.#firstLines[middle] ?? 0) <= line) low = middle
      else high = middle
    }
    return this.#offsets[low]
  }
}
