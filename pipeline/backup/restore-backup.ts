import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { VainoError } from '../../model/errors.ts'
import { requireBackupFolder } from '../../storage/backup/backup-folder.ts'
import {
  type BackedUpFile,
  type BackupManifest,
  backupIds,
  readManifest,
} from '../../storage/backup/backup-manifest.ts'
import { giveLogId } from '../../storage/backup/new-log.ts'
import { PackReader } from '../../storage/backup/packs.ts'
import { asStorageError, settledFile, syncFolder, writeIdentity } from '../../storage/data-dir.ts'
import { lockDataDir, lockFile } from '../../storage/data-dir-lock.ts'
import { beginRestoring, endRestoring, isHalfRestored } from '../../storage/restore-mark.ts'

export interface RestoreOptions {
  /** The folder of backups. */
  readonly from: string
  /** Absent: the newest. */
  readonly id?: string
  readonly signal?: AbortSignal
}

export interface RestoreTarget {
  /** Empty, or not there yet. */
  readonly dataDir: string
  /**
   * Cursors from before stay good. Only where nothing was recorded after the backup: otherwise a client whose cursor is
   * beyond it would be given other changes under the offsets that it has seen.
   */
  readonly isSameLog: boolean
}

export interface ListedBackup extends Pick<BackupManifest, 'id' | 'taken_at' | 'version' | 'added_bytes'> {
  readonly bytes: number
}

const bytesOf = ({ files }: BackupManifest): number => files.reduce((sum, { bytes }) => sum + bytes, 0)

/** The backups of a folder, the newest first. @throws VainoError `bad_input`, `storage_damaged` */
export function listBackups(folder: string): ListedBackup[] {
  requireBackupFolder(folder)
  const manifests = backupIds(folder).map((id) => readManifest(folder, id))
  return manifests
    .map((manifest) => {
      const { id, taken_at, version, added_bytes } = manifest
      return { id, taken_at, version, added_bytes, bytes: bytesOf(manifest) }
    })
    .reverse()
}

/** Reads all of a backup and compares it with what was backed up; writes nothing. @throws VainoError `bad_input`, `storage_damaged` */
export async function checkBackup({ from, id, signal }: RestoreOptions): Promise<ListedBackup> {
  const manifest = manifestOf(from, id)
  using packs = new PackReader(from, manifest.packs)
  for (const file of manifest.files) for await (const _ of piecesOf(file, packs, signal));
  const { taken_at, version, added_bytes } = manifest
  return { id: manifest.id, taken_at, version, added_bytes, bytes: bytesOf(manifest) }
}

/**
 * Makes a data directory of a backup. Until it has ended no vaino starts on the directory, and only another restore begins in it anew.
 * @throws VainoError `bad_input` where the directory has something in it, `data_dir_in_use`, `storage_full`, `storage_failed`, `storage_damaged`
 */
export async function restoreBackup(
  options: RestoreOptions,
  { dataDir, isSameLog }: RestoreTarget,
): Promise<ListedBackup> {
  const { from, id, signal } = options
  const manifest = manifestOf(from, id)
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    refuseFull(dataDir)
    using _lock = lockDataDir(dataDir)
    beginRestoring(dataDir)
    removeAllBut(dataDir)
    mkdirSync(join(dataDir, 'partitions'), { mode: 0o700 })
    using packs = new PackReader(from, manifest.packs)
    for (const file of manifest.files) await writeFile(dataDir, file, packs, signal)
    const identity = isSameLog ? manifest.identity : { ...manifest.identity, logId: randomBytes(8).toString('hex') }
    giveLogId(dataDir, manifest.identity, identity)
    for (const folder of [join(dataDir, 'partitions'), dataDir]) syncFolder(folder)
    writeIdentity(join(dataDir, settledFile), identity)
    endRestoring(dataDir)
    syncFolder(dataDir)
    syncFolder(dirname(dataDir) || '.')
  } catch (error) {
    if (signal?.aborted) throw error
    throw asStorageError(error, `the data directory ${dataDir}`)
  }
  const { taken_at, version, added_bytes } = manifest
  return { id: manifest.id, taken_at, version, added_bytes, bytes: bytesOf(manifest) }
}

function manifestOf(folder: string, id: string | undefined): BackupManifest {
  requireBackupFolder(folder)
  const ids = backupIds(folder)
  const wanted = id ?? ids.at(-1)
  if (wanted !== undefined && ids.includes(wanted)) return readManifest(folder, wanted)
  const message = wanted === undefined ? `${folder} has no backup that is whole` : `${folder} has no backup ${wanted}`
  throw new VainoError('bad_input', message, { hint: `vaino restore ${folder} --list shows what there is.` })
}

const lockNames = ['', '-wal', '-shm', '-journal'].map((suffix) => lockFile + suffix)

/** What a restore that was killed has left is no reason. */
function refuseFull(dataDir: string): void {
  if (isHalfRestored(dataDir)) return
  const found = readdirSync(dataDir).find((name) => name !== 'lost+found' && !lockNames.includes(name))
  if (found === undefined) return
  throw new VainoError('bad_input', `${dataDir} is not empty: it has ${found}`, {
    hint: 'Name a folder that is empty or not there yet with --data-dir. To restore in the same place, stop vaino and move the old folder away first.',
  })
}

function removeAllBut(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    if (name === 'restore.unfinished' || name === 'lost+found' || lockNames.includes(name)) continue
    rmSync(join(dataDir, name), { recursive: true })
  }
}

async function writeFile(dataDir: string, file: BackedUpFile, packs: PackReader, signal?: AbortSignal): Promise<void> {
  if (!/^(?:partitions\/\d+\.sqlite|[a-z]+\.(?:sqlite|json))$/.test(file.name)) {
    throw new VainoError('storage_damaged', `the backup names a file ${file.name}, which no data directory has`)
  }
  const handle = openSync(join(dataDir, file.name), 'wx', 0o600)
  try {
    for await (const piece of piecesOf(file, packs, signal))
      for (let done = 0; done < piece.length; ) done += writeSync(handle, piece, done)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

async function* piecesOf(file: BackedUpFile, packs: PackReader, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for (const place of file.chunks) {
    signal?.throwIfAborted()
    const piece = packs.get(place)
    bytes += piece.length
    yield piece
    // Signals are heard between two pieces.
    await new Promise(setImmediate)
  }
  if (bytes === file.bytes) return
  throw new VainoError('storage_damaged', `the backup has ${bytes} bytes of ${file.name}, and it had ${file.bytes}`)
}
