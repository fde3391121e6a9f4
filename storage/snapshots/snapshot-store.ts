import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, VainoError } from '../../model/errors.ts'
import { mapBounded } from './bounded.ts'
import { fileFailure } from './file-failure.ts'
import type { SnapshotHeader } from './resource-visitor.ts'
import type { ScopedResource } from './scoped-resources.ts'
import { SnapshotFile } from './snapshot-file.ts'
import { snapshotName } from './snapshot-name.ts'
import { type SnapshotOrigin, snapshotText } from './snapshot-text.ts'
import { makeFolder, removeLeftovers, writeWhole } from './whole-file.ts'

export interface StoreOptions {
  /** `storage.base_dir`; the files are in its folder `snapshots/`, where VAINO kept its own. */
  readonly baseDir: string
  /** Files that are read or written at once. */
  readonly workers: number
}

interface StoredFile {
  readonly name: string
  readonly path: string
  readonly bytes: number
  /** When it was taken as it says itself, else when it was last written. */
  readonly taken_at: string
}

/** A file of the store: its header, or why it can't be read. */
export type StoredSnapshot =
  | (StoredFile & { readonly problem: null } & SnapshotHeader)
  | (StoredFile & { readonly problem: string })

/** A snapshot that is about to be saved. */
export interface SnapshotSource {
  readonly origin: SnapshotOrigin
  readonly resources: AsyncIterable<readonly ScopedResource[]>
}

export interface SavedSnapshot {
  readonly name: string
  readonly path: string
  readonly bytes: number
  readonly resources: number
}

const folderOf = ({ baseDir }: StoreOptions): string => join(baseDir, 'snapshots')

/**
 * Saves a snapshot under a new name. Whatever goes wrong before the end, nothing of it is seen, and nothing else is touched.
 * @throws VainoError `storage_full`, `storage_failed`; what the source throws; the signal's reason
 */
export async function saveSnapshot(
  store: StoreOptions,
  source: SnapshotSource,
  signal?: AbortSignal,
): Promise<SavedSnapshot> {
  const folder = folderOf(store)
  await makeFolder(folder)
  await removeLeftovers(folder, Date.now())
  const name = snapshotName(source.origin.takenAt.getTime())
  const path = join(folder, name)
  let resources = 0
  const counted = async function* () {
    for await (const batch of source.resources) {
      resources += batch.length
      yield batch
    }
  }
  const text = snapshotText(`vaino-${name.replace(/\.json$/, '')}`, source.origin, counted())
  const bytes = await writeWhole(path, text, 0o600, signal)
  return { name, path, bytes, resources }
}

/**
 * Saves several, `workers` at once. One that fails stops those that are under way; what is saved by then stays.
 * @throws the first error
 */
export async function saveSnapshots(
  store: StoreOptions,
  sources: readonly SnapshotSource[],
  signal?: AbortSignal,
): Promise<SavedSnapshot[]> {
  const failed = new AbortController()
  const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal])
  return mapBounded(sources, store.workers, (source) =>
    saveSnapshot(store, source, either).catch((error) => {
      failed.abort(error)
      throw error
    }),
  )
}

/**
 * Every snapshot of the store, the newest first; each is read to its end, `workers` at once, so that one which is cut off
 * or isn't a snapshot is reported, and spoils no other.
 */
export async function listSnapshots(store: StoreOptions, signal?: AbortSignal): Promise<StoredSnapshot[]> {
  const found = await mapBounded(await namesIn(folderOf(store)), store.workers, (name) => describe(store, name, signal))
  return found
    .filter((entry) => entry !== null)
    .sort((a, b) => compare(b.taken_at, a.taken_at) || compare(b.name, a.name))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The names of the files that are snapshots or mean to be; what a crash left behind is none. */
export async function snapshotNames(store: StoreOptions): Promise<string[]> {
  return (await namesIn(folderOf(store))).sort(compare)
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOENT') return []
    throw fileFailure(error, folder, 'read')
  })
  return entries
    .filter((entry) => !entry.isDirectory() && /^[^.].*\.(json|ndjson)$/.test(entry.name))
    .map(({ name }) => name)
}

async function describe(store: StoreOptions, name: string, signal?: AbortSignal): Promise<StoredSnapshot | null> {
  const path = join(folderOf(store), name)
  const status = await stat(path).catch((error) => {
    // Somebody removed it since the folder was read.
    if (error.code === 'ENOENT') return null
    throw fileFailure(error, path, 'read')
  })
  if (status === null) return null
  const written = status.mtime.toISOString()
  try {
    await using file = await SnapshotFile.open(path)
    const header = await file.scan(null, signal)
    const time = header.timestamp === null ? Number.NaN : Date.parse(header.timestamp)
    const takenAt = Number.isNaN(time) ? written : new Date(time).toISOString()
    return { name, path, bytes: file.bytes, taken_at: takenAt, problem: null, ...header }
  } catch (error) {
    if (signal?.aborted) throw error
    const reason = error instanceof VainoError ? error.message.replace(`${path}: `, '') : messageOf(error)
    return { name, path, bytes: status.size, taken_at: written, problem: reason }
  }
}

/**
 * The path of a stored snapshot, by its name, with or without the extension, or by a beginning that only it has.
 * @returns null when none or several match
 */
export async function findSnapshot(store: StoreOptions, wanted: string): Promise<string | null> {
  const names = await snapshotNames(store)
  const exact = names.filter((name) => name === wanted || name.replace(/\.[a-z]+$/, '') === wanted)
  const matching = exact.length > 0 ? exact : names.filter((name) => wanted.length >= 4 && name.startsWith(wanted))
  const [only] = matching
  return only === undefined || matching.length > 1 ? null : join(folderOf(store), only)
}
