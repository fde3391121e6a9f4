const firstSize = 8192

/**
 * The position of each resource of a file, by key: typed arrays that grow by doubling, about 60 bytes and the key's own for
 * each resource, and no object. Entries are numbered from 0 in the order in which they were added.
 */
export class ResourceIndex {
  count = 0
  #offsets = new Float64Array(firstSize)
  #lengths = new Uint32Array(firstSize)
  #hashes = new Uint32Array(2 * firstSize)
  #keyStarts = new Float64Array(firstSize + 1)
  #keyHashes = new Int32Array(firstSize)
  #keys = new Uint8Array(64 * firstSize)
  /** Open addressing, at most half full: entry + 1, 0 for none. */
  #slots = new Int32Array(4 * firstSize)

  /**
   * @param key in its first `keyLength` bytes
   * @param hash two lanes of the resource's raw hash
   * @returns the new entry, or -1 - entry of the one that has this key already
   */
  add(key: Uint8Array, keyLength: number, hash: Uint32Array, offset: number, length: number): number {
    if (this.count === this.#lengths.length) this.#grow()
    const keyHash = hashKey(key, keyLength)
    const slot = this.#slot(key, keyLength, keyHash)
    const found = this.#slots[slot] ?? 0
    if (found > 0) return -found
    const entry = this.count++
    this.#slots[slot] = entry + 1
    this.#keyHashes[entry] = keyHash
    this.#offsets[entry] = offset
    this.#lengths[entry] = length
    this.#hashes[2 * entry] = hash[0] ?? 0
    this.#hashes[2 * entry + 1] = hash[1] ?? 0
    const keyStart = this.#keyStarts[entry] ?? 0
    this.#reserveKeys(keyStart + keyLength)
    const keys = this.#keys
    for (let i = 0; i < keyLength; i++) keys[keyStart + i] = key[i] ?? 0
    this.#keyStarts[entry + 1] = keyStart + keyLength
    return entry
  }

  /** @returns the entry with this key, or -1 */
  find(key: Uint8Array, keyLength: number): number {
    return (this.#slots[this.#slot(key, keyLength, hashKey(key, keyLength))] ?? 0) - 1
  }

  offset(entry: number): number {
    return this.#offsets[entry] ?? 0
  }

  length(entry: number): number {
    return this.#lengths[entry] ?? 0
  }

  hasHash(entry: number, hash: Uint32Array): boolean {
    return this.#hashes[2 * entry] === hash[0] && this.#hashes[2 * entry + 1] === hash[1]
  }

  key(entry: number): Uint8Array {
    return this.#keys.subarray(this.#keyStarts[entry], this.#keyStarts[entry + 1])
  }

  #slot(key: Uint8Array, keyLength: number, keyHash: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = keyHash & mask
    for (;;) {
      const entry = (slots[slot] ?? 0) - 1
      if (entry < 0 || (this.#keyHashes[entry] === keyHash && this.#hasKey(entry, key, keyLength))) return slot
      slot = (slot + 1) & mask
    }
  }

  #hasKey(entry: number, key: Uint8Array, keyLength: number): boolean {
    const start = this.#keyStarts[entry] ?? 0
    if ((this.#keyStarts[entry + 1] ?? 0) - start !== keyLength) return false
    const keys = this.#keys
    for (let i = 0; i < keyLength; i++) if (keys[start + i] !== key[i]) return false
    return true
  }

  #grow(): void {
    const size = 2 * this.#lengths.length
    this.#offsets = copyInto(new Float64Array(size), this.#offsets)
    this.#lengths = copyInto(new Uint32Array(size), this.#lengths)
    this.#hashes = copyInto(new Uint32Array(2 * size), this.#hashes)
    this.#keyStarts = copyInto(new Float64Array(size + 1), this.#keyStarts)
    this.#keyHashes = copyInto(new Int32Array(size), this.#keyHashes)
    const slots = new Int32Array(4 * size)
    const mask = slots.length - 1
    for (let entry = 0; entry < this.count; entry++) {
      let slot = (this.#keyHashes[entry] ?? 0) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = entry + 1
    }
    this.#slots = slots
  }

  #reserveKeys(bytes: number): void {
    if (bytes <= this.#keys.length) return
    this.#keys = copyInto(new Uint8Array(Math.max(bytes, 2 * this.#keys.length)), this.#keys)
  }
}

function copyInto<T extends { set(from: T): void }>(larger: T, from: T): T {
  larger.set(from)
  return larger
}

/** FNV-1a, finished so that the low bits depend on all. */
function hashKey(key: Uint8Array, length: number): number {
  let h = 0x811c9dc5 | 0
  for (let i = 0; i < length; i++) h = Math.imul(h ^ (key[i] ?? 0), 0x01000193)
  h ^= h >>> 15
  h = Math.imul(h, 0x2c1b3c6d)
  return h ^ (h >>> 13)
}
