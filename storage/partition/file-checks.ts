import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { VainoError } from '../../model/errors.ts'
import { damageHint } from '../data-dir.ts'

/**
 * Whether a partition's file has not gone. To be asked before SQLite opens it, which would begin a new file and remove what
 * is left of the old one's log.
 * @throws VainoError `storage_damaged`
 */
export function checkIsThere(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0) return
  throw new VainoError('storage_damaged', `${path} is missing or empty`, { hint: damageHint })
}

/** What must be free before a disk that was full is written to again: small writes still find room where large ones don't. */
const neededBytes = 1024 * 1024

/**
 * Writes a file and removes it.
 * @throws what the operating system says where there is no room
 */
export function checkRoom(dataDir: string, partition: number): void {
  const path = join(dataDir, 'partitions', `${partition}.room`)
  try {
    writeFileSync(path, new Uint8Array(neededBytes), { mode: 0o600, flush: true })
  } finally {
    rmSync(path, { force: true })
  }
}
