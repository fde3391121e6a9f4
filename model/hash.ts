/**
 * 64-bit hashes as two 32-bit lanes: JavaScript has no fast 64-bit integer, and a BigInt a value would be garbage in the
 * hottest loop. None of them is cryptographic; equal hashes are taken for equal content (2⁻⁶⁴ a comparison by chance).
 *
 * This is the one file where Bun and Deno differ in hashing. Raw hashes are only a cache of "these bytes were seen": a
 * data directory opened by the other runtime costs one comparison by content per resource, and no change.
 */

const wide = new BigUint64Array(1)
const halves = new Uint32Array(wide.buffer)

/**
 * Hashes bytes as they came; on Bun with xxHash3 (0.2 µs for 1 KB, the BigInt included).
 * @param out its first two elements receive the hash
 */
export const rawHash: (bytes: Uint8Array, out: Uint32Array) => void =
  typeof Bun === 'undefined'
    ? portableHash
    : (bytes, out) => {
        wide[0] = Bun.hash.xxHash3(bytes)
        out[0] = halves[0] ?? 0
        out[1] = halves[1] ?? 0
      }

// The multipliers are those of MurmurHash3 and xxHash32: odd, with their bits spread.
const p1 = 0xcc9e2d51 | 0
const p2 = 0x9e3779b1 | 0

/** MurmurHash3's finaliser: every input bit reaches every output bit. */
export function scramble(lane: number): number {
  let h = lane ^ (lane >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** {@link rawHash} without Bun: about 1 µs for 1 KB. */
export function portableHash(bytes: Uint8Array, out: Uint32Array): void {
  const length = bytes.length
  let a = 0x243f6a88 ^ length
  let b = 0x13198a2e ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    a = Math.imul(a ^ word, p1)
    a = (a << 13) | (a >>> 19)
    b = Math.imul(b + word, p2)
    b ^= b >>> 15
  }
  let rest = 0
  for (; at < length; at++) rest = (rest << 8) | (bytes[at] as number)
  a = Math.imul(a ^ rest, p1)
  b = Math.imul(b + rest, p2)
  out[0] = scramble(a)
  out[1] = scramble(b)
}

/** The second lane of the last {@link textHash}: a return value that needs no allocation. */
export let textHigh = 0

/**
 * Hashes a string by its UTF-16 units, so that lone surrogates, which UTF-8 would make one character, stay different.
 * @param tag keeps uses apart: the same text under another tag hashes otherwise
 * @returns the first lane; the second is in {@link textHigh}
 */
export function textHash(text: string, tag: number): number {
  const length = text.length
  let a = tag ^ Math.imul(length, p2)
  let b = tag + length
  const even = length & ~1
  for (let at = 0; at < even; at += 2) {
    const word = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16)
    a = Math.imul(a ^ word, p1)
    a = (a << 13) | (a >>> 19)
    b = Math.imul(b + word, p2)
    b ^= b >>> 15
  }
  if (even < length) {
    const word = text.charCodeAt(even)
    a = Math.imul(a ^ word, p1)
    b = Math.imul(b + word, p2)
  }
  textHigh = scramble(b)
  return scramble(a)
}
