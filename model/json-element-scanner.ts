import { maxDepth } from './json.ts'
import { bytesChanged, ScanState, scanJson, scannedMarks, scanStatus } from './json-scan.ts'

const wrong: Readonly<Record<number, string>> = {
  [scanStatus.control]: 'a control character inside a string',
  [scanStatus.stranger]: 'a byte that JSON does not have here',
  [scanStatus.tooDeep]: `nested deeper than ${maxDepth} levels`,
  [scanStatus.otherKind]: 'a bracket that closes another kind',
}

/** Finds the end of one JSON object, which may come in pieces, and where the strings directly inside it stand. */
export class ElementScanner {
  readonly #fail: (at: number, what: string) => never
  readonly #state = new ScanState()

  /** @param fail receives the index in the piece and a description of the error */
  constructor(fail: (at: number, what: string) => never) {
    this.#fail = fail
  }

  /** Where, counted from the object's first byte, the strings directly inside it begin: its names and its text values. Valid until the next scan. */
  get marks(): Uint32Array {
    return scannedMarks()
  }
  /** How many there are; above `maxMarks` the rest are not kept. */
  get markCount(): number {
    return this.#state.markCount
  }

  /** Another piece of at most `maxScanBytes` comes. */
  next(): void {
    bytesChanged()
  }

  begin(): void {
    this.#state.depth = this.#state.markCount = 0
    this.#state.inString = this.#state.escaped = false
  }

  /**
   * Goes on with the object in `chunk` from `from`; `origin` is where its first byte is or would be.
   * @returns the index behind its last byte, or -1 when the chunk ended before it did
   */
  scan(chunk: Uint8Array, from: number, origin: number): number {
    const { status, at } = scanJson(this.#state, chunk, from, origin)
    if (status === scanStatus.ended) return at
    return status === scanStatus.cut ? -1 : this.#fail(at, wrong[status] ?? 'broken')
  }
}
