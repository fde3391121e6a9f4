import type { SQLOutputValue } from 'node:sqlite'
import type { Hashes, ResourceState } from '../../model/partition-state.ts'

const conditions = ['deleted', 'live', 'held'] as const

/** What a deleted resource has; its condition is looked at first. */
export const noHashes: Hashes = { rawLo: 0, rawHi: 0, canonicalLo: 0, canonicalHi: 0 }

export function readResource(row: Record<string, SQLOutputValue>): ResourceState {
  const hashes = row.hashes as Uint8Array
  const view = new DataView(hashes.buffer, hashes.byteOffset, hashes.byteLength)
  return {
    id: Number(row.id),
    name: String(row.name),
    last: Number(row.last),
    version: Number(row.version),
    condition: conditions[Number(row.state)] ?? 'deleted',
    uid: row.uid == null ? null : String(row.uid),
    firstSeenMs: Number(row.first_seen),
    changedAtMs: Number(row.changed_at),
    observedAtMs: Number(row.observed_at),
    classNumber: classNumberIn(view),
    hashes: {
      rawLo: view.getUint32(0, true),
      rawHi: view.getUint32(4, true),
      canonicalLo: view.getUint32(8, true),
      canonicalHi: view.getUint32(12, true),
    },
  }
}

/** The hashes take 16 bytes; the class, if it is known, follows. */
const hashBytes = 16
const packed = new Uint8Array(hashBytes + 4)
const packedView = new DataView(packed.buffer)

/** 0 where it isn't known: an earlier vaino has written the row. */
const classNumberIn = (view: DataView): number =>
  view.byteLength < packed.length ? 0 : view.getUint32(hashBytes, true)

/** Raw then canonical hash, then the class, little-endian; valid until the next call. */
export function packHashes(hashes: Hashes, classNumber: number): Uint8Array {
  packedView.setUint32(0, hashes.rawLo, true)
  packedView.setUint32(4, hashes.rawHi, true)
  packedView.setUint32(8, hashes.canonicalLo, true)
  packedView.setUint32(12, hashes.canonicalHi, true)
  packedView.setUint32(hashBytes, classNumber, true)
  return packed
}

/** The same hashes with another class; valid until the next call. */
export function withClass(hashes: Uint8Array, classNumber: number): Uint8Array {
  packed.set(hashes.subarray(0, hashBytes))
  packedView.setUint32(hashBytes, classNumber, true)
  return packed
}
