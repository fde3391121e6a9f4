import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { messageOf } from '../model/errors.ts'
import { type DataDirIdentity, newFile, readIdentity, settledFile } from './data-dir.ts'
import { lockFile } from './data-dir-lock.ts'

/** A data directory as it is found, without opening it. */
export interface FoundDataDir {
  /** Null where nothing was made in it yet. */
  readonly identity: DataDirIdentity | null
  /** Its partitions are all there. */
  readonly isSettled: boolean
  /** A process has it open now. */
  readonly isInUse: boolean
}

/**
 * Looks at a data directory and changes nothing, whether a vaino runs on it or not.
 * @returns null where there is none
 * @throws VainoError `storage_failed`
 */
export function inspectDataDir(path: string): FoundDataDir | null {
  if (!existsSync(path)) return null
  const settled = readIdentity(path, settledFile)
  const identity = settled ?? readIdentity(path, newFile)
  return { identity, isSettled: settled !== null, isInUse: isLocked(join(path, lockFile)) }
}

function isLocked(file: string): boolean {
  if (!existsSync(file)) return false
  const lock = new DatabaseSync(file, { readOnly: true })
  try {
    lock.exec('PRAGMA busy_timeout = 0')
    lock.prepare('SELECT count(*) FROM sqlite_master').get()
    return false
  } catch (error) {
    if (/locked|busy/i.test(messageOf(error))) return true
    throw error
  } finally {
    lock.close()
  }
}
