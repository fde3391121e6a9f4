import { readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { VainoError } from '../../model/errors.ts'
import { type DocumentKind, documentKind, kindPrefixBytes } from './document-kind.ts'
import { fileFailure } from './file-failure.ts'
import { createReader, type ResourceVisitor, type SnapshotHeader } from './resource-reader.ts'
import { type ScopedResource, scopedResources } from './scoped-resources.ts'

const chunkBytes = 1024 * 1024

/** One file of resources, read as a stream and, afterwards, at single places. It never loads the file. */
export class SnapshotFile implements AsyncDisposable {
  /** What errors call it: its path, mostly. */
  readonly name: string
  readonly kind: DocumentKind
  readonly bytes: number
  readonly #handle: FileHandle

  private constructor(name: string, kind: DocumentKind, bytes: number, handle: FileHandle) {
    this.name = name
    this.kind = kind
    this.bytes = bytes
    this.#handle = handle
  }

  /**
   * @param name what errors call it
   * @throws VainoError `not_found`, `bad_input` (what it is instead), `storage_failed` (unreadable)
   */
  static async open(path: string, name = path): Promise<SnapshotFile> {
    const handle = await open(path, 'r').catch((error) => {
      throw fileFailure(error, name, 'read')
    })
    try {
      const stat = await handle.stat()
      if (!stat.isFile()) {
        const what = stat.isDirectory() ? 'a folder' : 'not a regular file: it can be read only once'
        throw new VainoError('bad_input', `${name}: ${what}`, { hint: 'Give one file of a snapshot.' })
      }
      const prefix = new Uint8Array(Math.min(kindPrefixBytes, stat.size))
      const { bytesRead } = await handle.read(prefix, 0, prefix.length, 0)
      hideByteOrderMark(prefix)
      return new SnapshotFile(name, documentKind(prefix.subarray(0, bytesRead), name), stat.size, handle)
    } catch (error) {
      await handle.close()
      throw fileFailure(error, name, 'read')
    }
  }

  /**
   * Reads the file from its beginning to its end.
   * @param visitor is called for each resource; null only counts them
   * @throws VainoError `bad_input` or `too_large`, naming the byte; the signal's reason when it is aborted
   */
  async scan(visitor: ResourceVisitor | null, signal?: AbortSignal): Promise<SnapshotHeader> {
    const reader = createReader(this.#snapshotKind(), this.name, visitor)
    for await (const chunk of this.chunks(signal)) reader.push(chunk)
    return reader.end()
  }

  /** Its resources, those of a chunk together. */
  resources(signal?: AbortSignal): AsyncGenerator<readonly ScopedResource[], SnapshotHeader> {
    return scopedResources(this.#snapshotKind(), this.name, this.chunks(signal))
  }

  #snapshotKind(): Exclude<DocumentKind, 'terraform'> {
    if (this.kind !== 'terraform') return this.kind
    throw new VainoError('bad_input', `${this.name}: a Terraform state, not a snapshot`, {
      hint: '`vaino diff` compares states, `vaino up --source terraform:PATH` watches them.',
    })
  }

  /** The file's bytes from its beginning; each chunk is valid until the next is asked for. */
  async *chunks(signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const chunk = new Uint8Array(Math.min(chunkBytes, Math.max(1, this.bytes)))
    for (let offset = 0; ; ) {
      signal?.throwIfAborted()
      const { bytesRead } = await this.#handle.read(chunk, 0, chunk.length, offset).catch((error) => {
        throw fileFailure(error, this.name, 'read')
      })
      if (bytesRead === 0) return
      if (offset === 0) hideByteOrderMark(chunk)
      yield chunk.subarray(0, bytesRead)
      offset += bytesRead
    }
  }

  /** The bytes at one place. @throws VainoError `source_failed` when the file has become shorter meanwhile */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    let read = 0
    while (read < length) {
      const more = readSync(this.#handle.fd, bytes, read, length - read, offset + read)
      if (more === 0) throw this.changedMeanwhile()
      read += more
    }
    return bytes
  }

  changedMeanwhile(): VainoError {
    return new VainoError('source_failed', `${this.name}: changed while it was read`, {
      hint: 'Try again, or give a copy that nobody writes.',
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}

/** Makes white space of the mark that some Windows programs put before UTF-8. */
function hideByteOrderMark(bytes: Uint8Array): void {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes.fill(0x20, 0, 3)
}
