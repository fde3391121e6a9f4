import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { cacheFolder } from '../../cache-folder.ts'

// What a process learns about provider binaries and a later one need not work out again. Files that can be lost at any time: whoever reads one checks
// what it says, and works it out where there is none.

interface Bounds {
  readonly files: number
  readonly bytes: number
}

/** By kind of file, its folder's name. The schema of AWS' provider has 5 MB. */
const bounds = {
  'provider-hashes': { files: 64, bytes: 2 ** 20 },
  'provider-schemas': { files: 16, bytes: 64 * 2 ** 20 },
} as const satisfies Record<string, Bounds>

/** A file that a killed process was writing. */
const leftBehindMs = 60 * 60 * 1000

/** The files of one kind that this user's processes share. */
export function keptFiles(
  kind: keyof typeof bounds,
  environment: Readonly<Record<string, string | undefined>>,
): KeptFiles {
  const folder = cacheFolder(environment)
  return new KeptFiles(folder && path.join(folder, kind), bounds[kind])
}

/** A folder of files of one kind. Where it can't be written, or another user could write it, nothing is kept. */
export class KeptFiles {
  readonly #folder: string | null
  readonly #bounds: Bounds

  /** @param folder null: nothing is kept */
  constructor(folder: string | null, bounds: Bounds) {
    this.#folder = folder
    this.#bounds = bounds
  }

  /** `length` bytes from `start` on, or as many as there are; null where there is no such file of this user's own. */
  async read(key: string, start: number, length: number): Promise<Uint8Array | null> {
    if (this.#folder === null) return null
    try {
      await using file = await open(this.#fileOf(this.#folder, key), constants.O_RDONLY | constants.O_NOFOLLOW)
      const found = await file.stat()
      if (!found.isFile() || !isOwn(found)) return null
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, found.size - start)))
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start)
      return bytes.subarray(0, bytesRead)
    } catch {
      // Not there, or not to be read: either way nothing is known.
      return null
    }
  }

  /** Replaces the file as a whole, and removes the oldest ones beyond the bounds. @returns whether it is kept */
  async write(key: string, parts: readonly Uint8Array[]): Promise<boolean> {
    const folder = this.#folder
    if (folder === null) return false
    const temporary = path.join(folder, `${randomUUID()}.new`)
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      if (!isOwn(await stat(folder))) return false
      {
        await using file = await open(temporary, 'wx', 0o600)
        for (const part of parts) await file.writeFile(part)
      }
      await rename(temporary, this.#fileOf(folder, key))
      await this.#prune(folder)
      return true
    } catch {
      // A full or read-only disk: what is not kept is worked out again.
      await rm(temporary, { force: true }).catch(() => {})
      return false
    }
  }

  #fileOf(folder: string, key: string): string {
    return path.join(folder, createHash('sha256').update(key).digest('hex').slice(0, 40))
  }

  async #prune(folder: string): Promise<void> {
    const files = await Promise.all(
      (await readdir(folder)).map(async (name) => ({ name, ...(await sizeAndTime(path.join(folder, name))) })),
    )
    let [count, bytes] = [0, 0]
    for (const { name, size, mtimeMs } of files.toSorted((a, b) => b.mtimeMs - a.mtimeMs)) {
      const isNew = name.endsWith('.new')
      if (!isNew) [count, bytes] = [count + 1, bytes + size]
      const isTooMany = !isNew && (count > this.#bounds.files || bytes > this.#bounds.bytes)
      if (isTooMany || (isNew && Date.now() - mtimeMs > leftBehindMs))
        await rm(path.join(folder, name), { force: true })
    }
  }
}

/** Another process may have removed it meanwhile. */
const sizeAndTime = (file: string): Promise<{ size: number; mtimeMs: number }> =>
  stat(file).catch(() => ({ size: 0, mtimeMs: 0 }))

/** Whoever can write what is kept could have another program run with the credentials. */
const isOwn = ({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean =>
  uid === process.getuid?.() && (mode & 0o022) === 0
