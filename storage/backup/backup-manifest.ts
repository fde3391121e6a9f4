import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf, VainoError } from '../../model/errors.ts'
import type { DataDirIdentity } from '../data-dir.ts'
import { parseIdentity } from '../data-dir.ts'
import { writeWhole } from '../snapshots/whole-file.ts'

/** Where a piece of a file stands: number of the pack in `packs`, byte in it, bytes there (compressed), SHA-256 of the piece in hex. */
export type ChunkPlace = readonly [pack: number, at: number, bytes: number, sha256: string]

export interface BackedUpFile {
  /** Relative to the data directory. */
  readonly name: string
  readonly bytes: number
  readonly chunks: readonly ChunkPlace[]
}

/** One backup: what was in a data directory, and where in the folder's packs it stands. */
export interface BackupManifest {
  readonly format: 1
  /** Counts from 1 in its folder, then the time: by it the newest is known, whatever the clock did. */
  readonly id: string
  readonly taken_at: string
  /** The version of vaino that took it. */
  readonly version: string
  readonly identity: DataDirIdentity
  /** The position of the change log, in cursors of the data directory that it was taken of. */
  readonly cursor: string
  /** Bytes that this backup has added to the folder; the rest stood in packs of earlier ones. */
  readonly added_bytes: number
  readonly packs: readonly string[]
  readonly files: readonly BackedUpFile[]
}

export const manifestFolder = (folder: string): string => join(folder, 'backups')
const idPattern = /^(\d{6})-\d{8}T\d{6}Z$/
export const nextId = (newest: string | undefined, now: Date): string => {
  const number = Number(idPattern.exec(newest ?? '')?.[1] ?? 0) + 1
  return `${String(number).padStart(6, '0')}-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`
}

/** The backups of a folder by id, the oldest first; an unfinished one is in none. */
export function backupIds(folder: string): string[] {
  return readdirSync(manifestFolder(folder))
    .flatMap((name) => (name.endsWith('.json') && idPattern.test(name.slice(0, -5)) ? [name.slice(0, -5)] : []))
    .sort()
}

/** @throws VainoError `storage_damaged`; `storage_failed` where a later vaino took it */
export function readManifest(folder: string, id: string): BackupManifest {
  const path = join(manifestFolder(folder), `${id}.json`)
  let value: Partial<BackupManifest>
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new VainoError('storage_damaged', `${path} cannot be read: ${messageOf(error)}`, {
      hint: 'Take another backup of the folder: vaino restore --list shows them.',
      cause: error,
    })
  }
  if (Number(value.format) > 1) {
    throw new VainoError(
      'storage_failed',
      `${path} has format ${value.format}, of a later version of vaino; this one reads 1`,
      {
        hint: 'Restore it with the version of vaino that took it, or a later one.',
      },
    )
  }
  if (value.id !== id || parseIdentity(JSON.stringify(value.identity)) === null || !Array.isArray(value.files)) {
    throw new VainoError('storage_damaged', `${path} is not a backup's list of files`, {
      hint: 'Take another backup of the folder: vaino restore --list shows them.',
    })
  }
  return value as BackupManifest
}

/** With this a backup is there, and whole. */
export async function writeManifest(folder: string, manifest: BackupManifest): Promise<void> {
  const pieces = async function* () {
    yield `${JSON.stringify(manifest)}\n`
  }
  await writeWhole(join(manifestFolder(folder), `${manifest.id}.json`), pieces(), 0o600)
}

export const removeManifest = (folder: string, id: string): void =>
  rmSync(join(manifestFolder(folder), `${id}.json`), { force: true })
