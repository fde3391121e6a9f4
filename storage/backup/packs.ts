import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { messageOf, VainoError } from '../../model/errors.ts'
import { syncFolder } from '../data-dir.ts'
import type { ChunkPlace } from './backup-manifest.ts'

/** Files are cut into pieces of so many bytes, sixteen of a partition's pages; a piece that an earlier backup has is not written again. */
export const chunkBytes = 256 * 1024

export const packFolder = (folder: string): string => join(folder, 'packs')
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The pieces that one backup adds, compressed, in one file: written beside, and given its name when all of it is on the disk. */
export class PackWriter implements Disposable {
  readonly #folder: string
  readonly #name: string
  readonly #temporary: string
  readonly #file: number
  readonly #known: Map<string, ChunkPlace>
  readonly #number: number
  #at = 0
  #isOpen = true

  /** @param known the pieces that need not be written, by SHA-256; what is written is added to it */
  constructor(folder: string, name: string, number: number, known: Map<string, ChunkPlace>) {
    this.#folder = packFolder(folder)
    this.#name = name
    this.#number = number
    this.#known = known
    this.#temporary = join(this.#folder, `${name}.unfinished`)
    this.#file = openSync(this.#temporary, 'w', 0o600)
  }

  get bytes(): number {
    return this.#at
  }

  put(chunk: Uint8Array): ChunkPlace {
    const hash = sha256(chunk)
    const known = this.#known.get(hash)
    if (known !== undefined) return known
    const packed = zstdCompressSync(chunk)
    for (let done = 0; done < packed.length; ) done += writeSync(this.#file, packed, done)
    const place: ChunkPlace = [this.#number, this.#at, packed.length, hash]
    this.#at += packed.length
    this.#known.set(hash, place)
    return place
  }

  finish(): void {
    fsyncSync(this.#file)
    this.#close()
    renameSync(this.#temporary, join(this.#folder, this.#name))
    syncFolder(this.#folder)
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return
    this.#close()
    rmSync(this.#temporary, { force: true })
  }

  #close(): void {
    this.#isOpen = false
    closeSync(this.#file)
  }
}

/** Reads pieces back. At most one pack is open at a time. */
export class PackReader implements Disposable {
  readonly #folder: string
  readonly #packs: readonly string[]
  #open: { readonly pack: number; readonly file: number } | null = null

  constructor(folder: string, packs: readonly string[]) {
    this.#folder = packFolder(folder)
    this.#packs = packs
  }

  /** @throws VainoError `storage_damaged` where the piece is missing or is not what was backed up */
  get([pack, at, bytes, hash]: ChunkPlace): Uint8Array {
    const path = join(this.#folder, this.#packs[pack] ?? '')
    try {
      const packed = Buffer.alloc(bytes)
      let done = 0
      for (let n = 1; done < bytes && n > 0; done += n)
        n = readSync(this.#opened(pack, path), packed, done, bytes - done, at + done)
      const chunk = done < bytes ? null : zstdDecompressSync(packed, { maxOutputLength: chunkBytes })
      if (chunk !== null && sha256(chunk) === hash) return chunk
    } catch (error) {
      throw damaged(path, messageOf(error), error)
    }
    throw damaged(path, `what is at byte ${at} is not what was backed up`)
  }

  [Symbol.dispose](): void {
    if (this.#open !== null) closeSync(this.#open.file)
    this.#open = null
  }

  #opened(pack: number, path: string): number {
    if (this.#open?.pack === pack) return this.#open.file
    this[Symbol.dispose]()
    this.#open = { pack, file: openSync(path, 'r') }
    return this.#open.file
  }
}

const damaged = (path: string, what: string, cause?: unknown): VainoError =>
  new VainoError('storage_damaged', `${path}: ${what}`, {
    hint: 'Restore an earlier backup of the folder (vaino restore --list, --id), or another copy of the folder.',
    cause,
  })
