import { readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { VainoError } from '../../model/errors.ts'
import { type DocumentKind, documentKind, kindPrefixBytes } from './document-kind.ts'
import { fileFailure } from './file-failure.ts'
import { createReader } from './resource-reader.ts'
import type { ResourceVisitor, SnapshotHeader } from './resource-visitor.ts'
import { type ScopedResource, scopedResources } from './scoped-resources.ts'

const chunkBytes = 1024 * 1024

/** One file of resources, read as a stream and, afterwards, at single places. It never loads the file. */
export class SnapshotFile implements AsyncDisposable {
  /** What errors call it: its path, mostly. */
  readonly name: string
  readonly kind: DocumentKind
  readonly bytes: number
  readonly #handle: FileHandle
  #scratch = new Uint8Array(16 * 1024)

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
        const [what, hint] = stat.isDirectory()
          ? ['a folder', 'Give one file of it.']
          : ['not a regular file: it can be read only once', 'Save it to a file first.']
        throw new VainoError('bad_input', `${name}: ${what}`, { hint })
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

  /** The file's bytes from its beginning, read one chunk ahead; each is valid until the next is asked for. */
  async *chunks(signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const size = Math.min(chunkBytes, Math.max(1, this.bytes))
    let spare = new Uint8Array(size)
    let offset = 0
    let reading = this.#readInto(new Uint8Array(size), 0)
    try {
      for (;;) {
        const { buffer, bytesRead } = await reading
        signal?.throwIfAborted()
        if (bytesRead === 0) return
        if (offset === 0) hideByteOrderMark(buffer)
        offset += bytesRead
        reading = this.#readInto(spare, offset)
        yield buffer.subarray(0, bytesRead)
        spare = buffer
      }
    } finally {
      // A consumer that stops early may close the file next.
      await reading.catch(() => undefined)
    }
  }

  async #readInto(buffer: Uint8Array<ArrayBuffer>, offset: number) {
    try {
      return await this.#handle.read(buffer, 0, buffer.length, offset)
    } catch (error) {
      throw fileFailure(error, this.name, 'read')
    }
  }

  /** The bytes at one place, valid until the next call. @throws VainoError `source_failed` when the file is shorter now */
  read(offset: number, length: number): Uint8Array {
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(2 * length)
    for (let read = 0; read < length; ) {
      const more = readSync(this.#handle.fd, this.#scratch, read, length - read, offset + read)
      if (more === 0) throw this.changedMeanwhile()
      read += more
    }
    return this.#scratch.subarray(0, length)
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
