import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { messageOf, VainoError } from '../model/errors.ts'

export const lockFile = 'lock'

export const lockDataDir = (path: string): DatabaseSync =>
  lockFolder(path, {
    message: `Another process uses the data directory ${path}`,
    hint: 'Stop that vaino, ask it over HTTP with --server, or name another directory with --data-dir.',
  })

/**
 * A lock that the operating system lets go of when the process ends in any way: SQLite's exclusive lock on a file of its own.
 * @param taken what is said where another process has it
 */
export function lockFolder(path: string, taken: { readonly message: string; readonly hint: string }): DatabaseSync {
  const file = join(path, lockFile)
  const lock = new DatabaseSync(file)
  try {
    // The first statement makes the file; SQLite's journal, made after this, takes over its mode.
    lock.exec('PRAGMA busy_timeout = 0; PRAGMA schema_version')
    chmodSync(file, 0o600)
    lock.exec(
      'PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS owner (pid INTEGER); DELETE FROM owner; COMMIT; BEGIN EXCLUSIVE',
    )
    return lock
  } catch (error) {
    lock.close()
    if (!/locked|busy/i.test(messageOf(error))) throw error
    throw new VainoError('data_dir_in_use', taken.message, { hint: taken.hint, cause: error })
  }
}
