import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { VainoError } from '../../model/errors.ts'
import { asStorageError } from '../data-dir.ts'
import { lockFile, lockFolder } from '../data-dir-lock.ts'
import { type BackupManifest, backupIds, manifestFolder, readManifest, removeManifest } from './backup-manifest.ts'
import { packFolder } from './packs.ts'

/** The copy of a file that is being cut into pieces. */
export const scratchFile = (folder: string): string => join(folder, 'copy.unfinished')
const markFile = (folder: string): string => join(folder, 'vaino-backups')
const about =
  'Backups of a vaino data directory, format 1. backups/ has what each is made of, packs/ the pieces; `vaino restore` reads them.\n'

/** A folder of backups that this process, and no other, writes to; leftovers of one that was killed are gone. */
export interface BackupFolder extends Disposable {
  readonly path: string
}

/** @throws VainoError `bad_input` where something else is in the folder, `data_dir_in_use`, `storage_full`, `storage_failed` */
export function openBackupFolder(path: string): BackupFolder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    if (!existsSync(markFile(path))) {
      const found = readdirSync(path).find((name) => name !== 'lost+found' && !name.startsWith(lockFile))
      if (found !== undefined) {
        throw new VainoError('bad_input', `${path} is no folder of backups: it has ${found}`, {
          hint: 'Name an empty folder, or one that `vaino backup` has made.',
        })
      }
      writeFileSync(markFile(path), about, { mode: 0o600, flush: true })
    }
    for (const folder of [manifestFolder(path), packFolder(path)]) mkdirSync(folder, { recursive: true, mode: 0o700 })
    const lock = lockFolder(path, {
      message: `Another backup into ${path} is under way`,
      hint: 'Wait for it to end, or name another folder.',
    })
    try {
      removeScratch(path)
      removeUnusedPacks(path)
    } catch (error) {
      lock.close()
      throw error
    }
    return { path, [Symbol.dispose]: () => lock.close() }
  } catch (error) {
    throw asStorageError(error, `the folder of backups ${path}`)
  }
}

/** @throws VainoError `bad_input` where there is no folder of backups */
export function requireBackupFolder(path: string): void {
  if (existsSync(markFile(path)) && existsSync(manifestFolder(path))) return
  throw new VainoError('bad_input', `${path} is no folder of backups`, {
    hint: 'Name the folder that was given to `vaino backup`.',
  })
}

/** Removes all but the newest backups, then the packs that none of those needs. @returns how many backups were removed */
export function removeOlder(path: string, keep: number): number {
  const older = backupIds(path).slice(0, -keep)
  for (const id of older) removeManifest(path, id)
  removeUnusedPacks(path)
  return older.length
}

export function removeScratch(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(scratchFile(path) + suffix, { force: true })
}

/** Where one backup can't be read, nobody knows which packs it needs, and all stay. */
function removeUnusedPacks(path: string): void {
  const manifests = backupIds(path).map((id) => readableManifest(path, id))
  if (manifests.includes(null)) return
  const used = new Set(manifests.flatMap((manifest) => manifest?.packs ?? []))
  for (const name of readdirSync(packFolder(path))) if (!used.has(name)) rmSync(join(packFolder(path), name))
}

/** Null where it is damaged. */
export function readableManifest(path: string, id: string): BackupManifest | null {
  try {
    return readManifest(path, id)
  } catch (error) {
    if (error instanceof VainoError && error.code === 'storage_damaged') return null
    throw error
  }
}
