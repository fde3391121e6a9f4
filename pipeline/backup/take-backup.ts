import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { encodeCursor } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import {
  type BackupFolder,
  openBackupFolder,
  readableManifest,
  removeOlder,
  removeScratch,
  scratchFile,
} from '../../storage/backup/backup-folder.ts'
import {
  type BackedUpFile,
  type BackupManifest,
  backupIds,
  type ChunkPlace,
  nextId,
  writeManifest,
} from '../../storage/backup/backup-manifest.ts'
import { baselinesFile, ConsistentCut } from '../../storage/backup/consistent-cut.ts'
import { chunkBytes, PackWriter, packFolder } from '../../storage/backup/packs.ts'
import { asStorageError, type DataDirIdentity } from '../../storage/data-dir.ts'
import { inspectDataDir } from '../../storage/inspect-data-dir.ts'

export interface BackupOptions {
  readonly dataDir: string
  /** The folder of backups. */
  readonly to: string
  /** Backups that stay, the new one included; absent: all. */
  readonly keep?: number
  readonly version: string
  readonly signal?: AbortSignal
}

export interface TakenBackup extends Pick<BackupManifest, 'id' | 'taken_at' | 'cursor' | 'added_bytes'> {
  readonly bytes: number
  readonly removed: number
}

/** Of a pack of which less than this share is still needed, the rest is written again, so that it can go with the backups that need it. */
const leastShare = 0.5

/**
 * Takes a backup of a data directory, whether a vaino runs on it or not. Pieces that the backup before has are not written again. Until all is on the
 * disk there is no backup: one that is killed leaves nothing that a restore would take.
 *
 * Memory: 256 KiB of data at a time, and 200 bytes for each 256 KiB of the data directory. Disk: room for the largest partition once more, for as long as it takes.
 * @throws VainoError `bad_input`, `data_dir_in_use` where another backup is under way, `storage_full`, `storage_failed`, `storage_damaged`
 */
export async function takeBackup({ dataDir, to, keep, version, signal }: BackupOptions): Promise<TakenBackup> {
  const identity = identityToBackUp(dataDir)
  if (!relative(resolve(dataDir), resolve(to)).startsWith('..')) {
    throw new VainoError('bad_input', `${to} lies in the data directory`, {
      hint: 'Name a folder outside of it, best on another disk.',
    })
  }
  using folder = openBackupFolder(to)
  try {
    const manifest = await writeBackup(folder, dataDir, identity, { version, ...(signal && { signal }) })
    const removed = keep === undefined ? 0 : removeOlder(folder.path, keep)
    const { id, taken_at, cursor, added_bytes, files } = manifest
    return { id, taken_at, cursor, added_bytes, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), removed }
  } catch (error) {
    if (signal?.aborted) throw error
    throw asStorageError(error, `the backup of ${dataDir} in ${to}`)
  } finally {
    removeScratch(folder.path)
  }
}

async function writeBackup(
  { path }: BackupFolder,
  dataDir: string,
  identity: DataDirIdentity,
  { version, signal }: Pick<BackupOptions, 'version' | 'signal'>,
): Promise<BackupManifest> {
  const newest = backupIds(path).at(-1)
  const before = newest === undefined ? null : readableManifest(path, newest)
  const takenAt = new Date()
  const id = nextId(newest, takenAt)
  const packs = [...(before?.packs ?? []), `${id}.pack`]
  using pack = new PackWriter(path, `${id}.pack`, packs.length - 1, knownPlaces(path, before))
  const files: BackedUpFile[] = []
  using cut = new ConsistentCut(dataDir, identity)
  if (cut.baselines !== null) {
    files.push({
      name: baselinesFile,
      bytes: cut.baselines.length,
      chunks: [...pieces(cut.baselines)].map((piece) => pack.put(piece)),
    })
  }
  for (const file of cut.files) {
    await cut.copy(file, scratchFile(path), signal)
    files.push(await cutUp(file.name, scratchFile(path), pack, signal))
    removeScratch(path)
  }
  if (pack.bytes > 0) pack.finish()
  const manifest: BackupManifest = {
    format: 1,
    id,
    taken_at: takenAt.toISOString(),
    version,
    identity,
    cursor: encodeCursor(identity.logId, cut.position),
    added_bytes: pack.bytes,
    ...withoutUnused(packs, files),
  }
  await writeManifest(path, manifest)
  return manifest
}

async function cutUp(name: string, path: string, pack: PackWriter, signal?: AbortSignal): Promise<BackedUpFile> {
  const { size } = statSync(path)
  const chunks: ChunkPlace[] = []
  const file = openSync(path, 'r')
  try {
    for (let at = 0; at < size; at += chunkBytes) {
      signal?.throwIfAborted()
      const chunk = Buffer.alloc(Math.min(chunkBytes, size - at))
      for (let done = 0, n = 1; done < chunk.length && n > 0; done += n)
        n = readSync(file, chunk, done, chunk.length - done, at + done)
      chunks.push(pack.put(chunk))
      // Signals are heard between two pieces.
      await new Promise(setImmediate)
    }
  } finally {
    closeSync(file)
  }
  return { name, bytes: size, chunks }
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

/** The pieces of the backup before, but for those in packs that are missing, and in those of which little is needed any more. */
function knownPlaces(path: string, before: BackupManifest | null): Map<string, ChunkPlace> {
  const places = new Map(
    (before?.files ?? []).flatMap(({ chunks }) => chunks.map((place) => [place[3], place] as const)),
  )
  const needed = new Map<number, number>()
  for (const [pack, , bytes] of places.values()) needed.set(pack, (needed.get(pack) ?? 0) + bytes)
  const isKept = (before?.packs ?? []).map((name, pack) => {
    const size = statSync(join(packFolder(path), name), { throwIfNoEntry: false })?.size
    return size !== undefined && (needed.get(pack) ?? 0) >= size * leastShare
  })
  for (const [hash, [pack]] of places) if (isKept[pack] !== true) places.delete(hash)
  return places
}

/** Numbers the packs anew, those that no file needs left out. */
function withoutUnused(
  packs: readonly string[],
  files: readonly BackedUpFile[],
): Pick<BackupManifest, 'packs' | 'files'> {
  const used = [...new Set(files.flatMap(({ chunks }) => chunks.map(([pack]) => pack)))].sort((a, b) => a - b)
  const numbers = new Map(used.map((pack, at) => [pack, at]))
  return {
    packs: used.map((pack) => packs[pack] ?? ''),
    files: files.map(({ chunks, ...file }) => ({
      ...file,
      chunks: chunks.map(([pack, ...place]) => [numbers.get(pack) ?? 0, ...place] as const),
    })),
  }
}

/** @throws VainoError `bad_input` where there is nothing that could be backed up */
function identityToBackUp(dataDir: string): DataDirIdentity {
  const found = inspectDataDir(dataDir)
  if (found?.identity == null || !found.isSettled) {
    throw new VainoError('bad_input', `There is no data directory at ${dataDir}, or nothing was ever in it`, {
      hint: 'Name it with --data-dir, or run this in the folder of vaino.yaml.',
    })
  }
  if (found.identity.isShared) {
    throw new VainoError('bad_input', `The data directory ${dataDir} is a copy of a log in Kafka`, {
      hint: 'Back up the topics: a node without a data directory builds it from them (docs/kafka.md).',
    })
  }
  return found.identity
}
