/**
 * A bounded table from an id's hash to what its live resource last looked like. It answers the one question of the hot
 * path — "the same bytes as before?" — without SQLite, without a string and without an allocation.
 *
 * Four-way set-associative over one Int32Array: five numbers an entry (id hash, raw hash, resource number). Twenty bytes
 * an entry; it grows by doubling up to `maxEntries`, then a set that is full gives up one of its entries in turn. What
 * it has lost is only asked of the file again.
 */
const ways = 4
const width = 5
const setWidth = ways * width

export class FingerprintCache {
  readonly #maxSets: number
  #sets: number
  #table: Int32Array
  #used = 0
  #victim = 0
  hits = 0
  misses = 0

  constructor(maxEntries: number) {
    this.#maxSets = Math.max(1, 2 ** Math.floor(Math.log2(Math.max(ways, maxEntries) / ways)))
    this.#sets = Math.min(this.#maxSets, 256)
    this.#table = new Int32Array(this.#sets * setWidth)
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
      return table[at + 4] ?? 0
    }
    this.misses++
    return 0
  }

  /** @param resource a number from 1 */
  put(idLo: number, idHi: number, rawLo: number, rawHi: number, resource: number): void {
    let at = this.#find(idLo, idHi)
    if (at < 0) {
      if (this.#sets < this.#maxSets && this.#used >= this.#sets * (ways - 1)) this.#grow()
      at = this.#place(this.#table, this.#sets, idLo, idHi)
    }
    this.#write(this.#table, at, idLo, idHi, rawLo, rawHi, resource)
  }

  delete(idLo: number, idHi: number): void {
    const at = this.#find(idLo, idHi)
    if (at < 0) return
    this.#table[at + 4] = 0
    this.#used--
  }

  #find(idLo: number, idHi: number): number {
    const table = this.#table
    const start = (idLo & (this.#sets - 1)) * setWidth
    const lo = idLo | 0
    const hi = idHi | 0
    for (let at = start; at < start + setWidth; at += width) {
      if (table[at] === lo && table[at + 1] === hi && table[at + 4] !== 0) return at
    }
    return -1
  }

  #place(table: Int32Array, sets: number, idLo: number, _idHi: number): number {
    const start = (idLo & (sets - 1)) * setWidth
    for (let at = start; at < start + setWidth; at += width) {
      if (table[at + 4] === 0) {
        this.#used++
        return at
      }
    }
    this.#victim = (this.#victim + 1) % ways
    return start + this.#victim * width
  }

  #write(table: Int32Array, at: number, idLo: number, idHi: number, rawLo: number, rawHi: number, resource: number) {
    table[at] = idLo
    table[at + 1] = idHi
    table[at + 2] = rawLo
    table[at + 3] = rawHi
    table[at + 4] = resource
  }

  #grow(): void {
    const old = this.#table
    const sets = this.#sets * 2
    const table = new Int32Array(sets * setWidth)
    this.#used = 0
    for (let from = 0; from < old.length; from += width) {
      if (old[from + 4] === 0) continue
      const lo = old[from] ?? 0
      const at = this.#place(table, sets, lo, old[from + 1] ?? 0)
      table.set(old.subarray(from, from + width), at)
    }
    this.#sets = sets
    this.#table = table
  }
}
