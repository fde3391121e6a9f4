/**
 * A bounded table from an id's hash to what its live resource last looked like. It answers the one question of the hot
 * path — "the same bytes as before?" — without SQLite, without a string and without an allocation.
 *
 * Open addressing over one Int32Array: an entry is five numbers (id hash, raw hash, resource number; 0 for empty), and
 * stands in one of the `probes` places that follow its id hash. Where all are taken the table doubles; once it has its
 * full size, the new entry takes the place of one of them. What is lost so is only asked of the file again.
 *
 * Twenty bytes a place; it grows at about 70 % full.
 */
const width = 5
const probes = 16
const leastPlaces = 1_024

export class FingerprintCache {
  readonly #maxPlaces: number
  #places: number
  #table: Int32Array
  #victim = 0
  hits = 0
  misses = 0

  /** @param maxPlaces rounded down to a power of two */
  constructor(maxPlaces: number) {
    this.#maxPlaces = 2 ** Math.floor(Math.log2(Math.max(probes, maxPlaces)))
    this.#places = Math.min(this.#maxPlaces, leastPlaces)
    this.#table = new Int32Array(this.#places * width)
  }

  get bytes(): number {
    return this.#table.byteLength
  }

  /** The resource whose id and raw bytes hash so; 0 for none. */
  match(idLo: number, idHi: number, rawLo: number, rawHi: number): number {
    const at = this.#find(idLo, idHi)
    const table = this.#table
    if (at >= 0 && table[at + 2] === (rawLo | 0) && table[at + 3] === (rawHi | 0)) {
      this.hits++
      return table[at + 4] as number
    }
    this.misses++
    return 0
  }

  /** @param resource a number from 1 */
  put(idLo: number, idHi: number, rawLo: number, rawHi: number, resource: number): void {
    let at = this.#find(idLo, idHi)
    while (at < 0) {
      at = this.#emptyPlace(this.#table, idLo)
      if (at < 0) at = this.#places < this.#maxPlaces ? this.#grow() : this.#evict(idLo)
    }
    const table = this.#table
    table[at] = idLo
    table[at + 1] = idHi
    table[at + 2] = rawLo
    table[at + 3] = rawHi
    table[at + 4] = resource
  }

  delete(idLo: number, idHi: number): void {
    const at = this.#find(idLo, idHi)
    if (at >= 0) this.#table[at + 4] = 0
  }

  #find(idLo: number, idHi: number): number {
    const table = this.#table
    const lo = idLo | 0
    const hi = idHi | 0
    const mask = this.#places - 1
    for (let n = 0; n < probes; n++) {
      const at = ((idLo + n) & mask) * width
      if (table[at] === lo && table[at + 1] === hi && table[at + 4] !== 0) return at
    }
    return -1
  }

  #emptyPlace(table: Int32Array, idLo: number): number {
    const mask = table.length / width - 1
    for (let n = 0; n < probes; n++) {
      const at = ((idLo + n) & mask) * width
      if (table[at + 4] === 0) return at
    }
    return -1
  }

  #evict(idLo: number): number {
    this.#victim = (this.#victim + 1) % probes
    return ((idLo + this.#victim) & (this.#places - 1)) * width
  }

  /** Doubles the table; an entry that finds no place in the new one is left out. @returns -1: the place is to be looked for again */
  #grow(): -1 {
    const old = this.#table
    const table = new Int32Array(old.length * 2)
    for (let from = 0; from < old.length; from += width) {
      if (old[from + 4] === 0) continue
      const at = this.#emptyPlace(table, old[from] as number)
      if (at >= 0) table.set(old.subarray(from, from + width), at)
    }
    this.#places *= 2
    this.#table = table
    return -1
  }
}
