import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileFailure } from './file-failure.ts'

/** Bytes gathered before a write. */
const gatheredBytes = 256 * 1024

/** A leftover of a crash is removed when nothing was written to it for this many milliseconds. */
const leftoverAgeMs = 60 * 60 * 1000

export type Pieces = AsyncIterable<string | Uint8Array>

/**
 * Writes a file so that its path holds at any time what it held before, or all of the new: a temporary file in the same
 * folder, fsync, rename, fsync of the folder. An error, an abort or a crash before the rename changes nothing, and
 * nothing that was there before is touched until then.
 * @param mode permissions, before the umask
 * @returns bytes written
 * @throws VainoError `storage_full`, `storage_failed`; whatever `pieces` throws; the signal's reason
 */
export async function writeWhole(path: string, pieces: Pieces, mode: number, signal?: AbortSignal): Promise<number> {
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const bytes = await writeSynced(temporary, pieces, mode, signal)
    signal?.throwIfAborted()
    await rename(temporary, path)
    await syncFolder(folder)
    return bytes
  } catch (error) {
    // What this can't remove is no snapshot to anyone, and goes with the leftovers.
    await rm(temporary, { force: true }).catch(() => undefined)
    throw fileFailure(error, path, 'write')
  }
}

async function writeSynced(path: string, pieces: Pieces, mode: number, signal?: AbortSignal): Promise<number> {
  await using handle = await open(path, 'wx', mode)
  let written = 0
  for await (const buffer of gathered(pieces, signal)) {
    for (let at = 0; at < buffer.length; ) at += (await handle.write(buffer, at, buffer.length - at)).bytesWritten
    written += buffer.length
  }
  await handle.sync()
  return written
}

/** Fewer and larger pieces: a call to the operating system for each would cost more than making them. */
export async function* gathered(pieces: Pieces, signal?: AbortSignal): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = []
  let bytes = 0
  for await (const piece of pieces) {
    signal?.throwIfAborted()
    const more = typeof piece === 'string' ? Buffer.from(piece) : piece
    held.push(more)
    bytes += more.length
    if (bytes < gatheredBytes) continue
    yield Buffer.concat(held, bytes)
    held = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(held, bytes)
}

/** Makes the names in a folder survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

/** Makes a folder and those above it that are missing, for good. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    const first = await mkdir(folder, { recursive: true, mode: 0o700 })
    if (first !== undefined) await syncFolder(dirname(first))
  } catch (error) {
    throw fileFailure(error, folder, 'write')
  }
}

const isLeftover = (name: string): boolean => /^\..+\.[0-9a-f]{12}\.tmp$/.test(name)

/** Removes what crashes left of {@link writeWhole} long ago; what somebody may be writing stays. @returns how many */
export async function removeLeftovers(folder: string, nowMs: number): Promise<number> {
  let removed = 0
  for (const name of await readdir(folder)) {
    if (!isLeftover(name)) continue
    const path = join(folder, name)
    const status = await stat(path).catch(() => null)
    if (status === null || nowMs - status.mtimeMs < leftoverAgeMs) continue
    await rm(path, { force: true })
    removed++
  }
  return removed
}
