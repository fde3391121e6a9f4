import type { IdHash } from '../model/partition-state.ts'

/**
 * A 64-bit hash of an id within its scope, in two 32-bit lanes. It only has to spread well: a false match needs the raw
 * hash of the document, which holds the id, to agree too (see `PartitionState.recognise`).
 */
export interface IdHasher extends IdHash {
  idLo: number
  idHi: number
}

/**
 * Hashes the id that begins at `start` and ends before the next quote, into `out`.
 * @returns where the id ends; -1 where it holds an escape, is empty or doesn't end before `limit`
 */
export function hashIdAt(bytes: Uint8Array, start: number, limit: number, scopeId: number, out: IdHasher): number {
  let lo = scopeId ^ 0x9e3779b9
  let hi = scopeId ^ 0x85ebca6b
  let at = start
  for (; at < limit; at++) {
    const byte = bytes[at] ?? 0
    if (byte === 0x22) break
    if (byte === 0x5c) return -1
    lo = Math.imul(lo ^ byte, 0x01000193)
    hi = Math.imul(hi + byte, 0x5bd1e995) ^ (hi >>> 15)
  }
  if (at >= limit || at === start) return -1
  out.idLo = finish(lo)
  out.idHi = finish(hi ^ (at - start))
  return at
}

const finish = (value: number): number => {
  let h = value ^ (value >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** The same hash, of an id that is text already. */
export function hashId(id: string, scopeId: number): IdHash {
  const out: IdHasher = { idLo: 0, idHi: 0 }
  const bytes = Buffer.from(`${id}"`)
  if (hashIdAt(bytes, 0, bytes.length, scopeId, out) < 0) {
    // An id with a quote or a backslash never takes the byte path, so any spread value will do.
    out.idLo = finish(fnv(bytes, scopeId))
    out.idHi = finish(fnv(bytes, ~scopeId))
  }
  return out
}

const fnv = (bytes: Uint8Array, seed: number): number => {
  let h = seed
  for (const byte of bytes) h = Math.imul(h ^ byte, 0x01000193)
  return h
}
