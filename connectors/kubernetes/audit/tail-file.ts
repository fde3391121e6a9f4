import { statSync } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { VainoError } from '../../../model/errors.ts'

/** How often the file is looked at. */
const pollMs = 250
const chunkBytes = 64 * 1024
/** Bytes of a line that is read; a longer one is passed over. That of an object of 1 MB at level RequestResponse has some 3 MB. */
const maxLineBytes = 4 * 1024 * 1024

/**
 * The lines that are appended to a file from now on, also after it was rotated: the old file is read to its end, then the new one from its
 * beginning. Memory: one line. A file that isn't there yet is waited for, and read from its beginning.
 * @param onTooLong a line was passed over
 * @throws VainoError `source_failed` where the file can't be read
 */
export async function* tailLines(path: string, onTooLong: () => void, signal: AbortSignal): AsyncGenerator<string> {
  let [file, at] = await openAtEnd(path)
  /** The old file is to be read to its end: what was written to it last may have come after it was found at its end. */
  let isLeft = false
  const lines = new Lines(onTooLong)
  const buffer = Buffer.alloc(chunkBytes)
  try {
    while (true) {
      const bytes = file === null ? 0 : (await file.read(buffer, 0, chunkBytes, at)).bytesRead
      if (bytes > 0) {
        at += bytes
        yield* lines.take(buffer.subarray(0, bytes))
        continue
      }
      const next = file === null || isLeft ? await openOrNull(path) : null
      if (next !== null) {
        await file?.close()
        file = next
        at = 0
        isLeft = false
        lines.drop()
        continue
      }
      isLeft = file !== null && (await isReplaced(path, file, at))
      if (isLeft) continue
      await pause(pollMs, undefined, { signal })
    }
  } finally {
    await file?.close()
  }
}

/**
 * The end is that of this moment, before anything is waited for: what is appended while the file is opened is new.
 * @returns the file and where to read on; a file that came to stand there in between is read from its beginning
 */
async function openAtEnd(path: string): Promise<[file: FileHandle | null, at: number]> {
  const end = await unlessMissing(path, async () => statSync(path))
  const file = end === null ? null : await openOrNull(path)
  if (file === null || end === null) return [null, 0]
  return [file, (await file.stat()).ino === end.ino ? end.size : 0]
}

/** Whether another file stands there now, or the file was cut. */
async function isReplaced(path: string, file: FileHandle, at: number): Promise<boolean> {
  const [there, own] = [await statOrNull(path), await file.stat()]
  return there !== null && (there.ino !== own.ino || there.dev !== own.dev || own.size < at)
}

const openOrNull = (path: string): Promise<FileHandle | null> => unlessMissing(path, () => open(path, 'r'))
const statOrNull = (path: string) => unlessMissing(path, () => stat(path))

async function unlessMissing<T>(path: string, act: () => Promise<T>): Promise<T | null> {
  try {
    return await act()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    if (code === 'ENOENT') return null
    throw new VainoError('source_failed', `the audit log ${path} can't be read (${code})`, {
      hint: 'Let the user that runs vaino read it.',
      cause,
    })
  }
}

class Lines {
  readonly #onTooLong: () => void
  #parts: Buffer[] = []
  #length = 0

  constructor(onTooLong: () => void) {
    this.#onTooLong = onTooLong
  }

  *take(chunk: Buffer): Generator<string> {
    let from = 0
    for (let end = chunk.indexOf(10, from); end >= 0; end = chunk.indexOf(10, from)) {
      this.#add(chunk.subarray(from, end))
      if (this.#length > maxLineBytes) this.#onTooLong()
      else if (this.#length > 0) yield Buffer.concat(this.#parts).toString()
      this.drop()
      from = end + 1
    }
    this.#add(chunk.subarray(from))
  }

  drop(): void {
    this.#parts = []
    this.#length = 0
  }

  /** Of a line that is too long nothing is kept. */
  #add(part: Buffer): void {
    this.#length += part.length
    if (this.#length > maxLineBytes) this.#parts = []
    else if (part.length > 0) this.#parts.push(Buffer.from(part))
  }
}
