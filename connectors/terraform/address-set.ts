import { rawHash } from '../../model/hash.ts'

const encoder = new TextEncoder()

/**
 * Which addresses a state has had so far. It keeps 64-bit hashes in two flat arrays, 16 to 32 bytes an address instead of
 * the 100 and more of a set of strings: a state of 1 GB has a million. Two addresses have one hash by chance once in some
 * ten million such states.
 */
export class AddressSet {
  #low = new Uint32Array(1024)
  #high = new Uint32Array(1024)
  #size = 0
  readonly #hash = new Uint32Array(2)

  /** @returns whether it was new */
  add(address: string): boolean {
    rawHash(encoder.encode(address), this.#hash)
    const [low = 0, high = 0] = this.#hash
    if (this.#size * 2 >= this.#low.length) this.#grow()
    // 0 marks a free place.
    return this.#insert(low || 1, high)
  }

  #insert(low: number, high: number): boolean {
    const mask = this.#low.length - 1
    let at = low & mask
    while (this.#low[at] !== 0) {
      if (this.#low[at] === low && this.#high[at] === high) return false
      at = (at + 1) & mask
    }
    this.#low[at] = low
    this.#high[at] = high
    this.#size++
    return true
  }

  #grow(): void {
    const [low, high] = [this.#low, this.#high]
    this.#low = new Uint32Array(low.length * 2)
    this.#high = new Uint32Array(low.length * 2)
    this.#size = 0
    for (let at = 0; at < low.length; at++) if (low[at] !== 0) this.#insert(low[at] as number, high[at] as number)
  }
}
