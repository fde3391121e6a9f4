/**
 * Which resources the open scans have seen: for each resource number, the epoch of the scan that saw it and two bits.
 * Four bytes a resource that was ever seen in an open scan, in pages, so a partition that scans little holds little.
 */
export const seenSinceBegin = 1
export const seenUnderScan = 2

const pageSize = 16_384

export class SeenMarks {
  readonly #pages: (Uint32Array | undefined)[] = []

  /** The bits of a resource in this epoch; 0 when the epoch hasn't seen it. */
  get(resource: number, epoch: number): number {
    const value = this.#pages[(resource / pageSize) | 0]?.[resource % pageSize] ?? 0
    return value >>> 2 === epoch ? value & 3 : 0
  }

  /** @param epoch below 2^30 */
  set(resource: number, epoch: number, bits: number): void {
    const index = (resource / pageSize) | 0
    let page = this.#pages[index]
    if (page === undefined) {
      page = new Uint32Array(pageSize)
      this.#pages[index] = page
    }
    page[resource % pageSize] = ((epoch << 2) | bits) >>> 0
  }
}

/** The marks of one transaction, packed for the file: resource number × 4 + bits, in the order in which they were set. */
export class MarkLog {
  #values = new Uint32Array(256)
  length = 0

  add(resource: number, bits: number): void {
    if (this.length === this.#values.length) {
      const grown = new Uint32Array(this.length * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.length++] = ((resource << 2) | bits) >>> 0
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.#values.slice(0, this.length).buffer)
  }
}

/** Reads what {@link MarkLog.bytes} wrote. */
export function* unpackMarks(bytes: Uint8Array): Generator<{ resource: number; bits: number }> {
  const values = new Uint32Array(bytes.slice().buffer)
  for (const value of values) yield { resource: value >>> 2, bits: value & 3 }
}
