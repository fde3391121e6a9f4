import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { VainoError } from '../../model/errors.ts'

export interface FileOptions {
  /** Bytes read at once. */
  readonly chunkBytes: number
  /** Reserves memory for a file that is read whole before any of it is passed on; false when none is left. */
  readonly reserve: (bytes: number) => boolean
  readonly release: (bytes: number) => void
  readonly signal: AbortSignal
}

/** The file is being written: reading it again in a moment makes sense. */
export class UnsettledError extends VainoError {
  constructor(message: string) {
    super('source_failed', message, { hint: 'It is read again when it has been written.' })
  }
}

/**
 * A file this young may be written again without its time changing: the clock behind mtime ticks every few milliseconds.
 */
const tickMs = 50
/** In a file this young, the missing end is still to come; in an older one, its parser reports the error. */
const youngMs = 1000
const isYoung = ({ ageMs }: Signature): boolean => ageMs >= 0 && ageMs < youngMs

interface Signature {
  readonly size: bigint
  readonly identity: string
  readonly ageMs: number
}

/**
 * Reads a state file so that all bytes are of one version of it, however it is written meanwhile. Terraform truncates its
 * file and writes it anew in place, so that a reader may meet the beginning of one version and the end of another, which
 * can even be valid JSON. So after every read the file's size and times are compared
 * with those at its opening, and bytes are passed on only if these are equal. A file that fits the budget is confirmed as a whole first.
 *
 * @throws UnsettledError when it changes, or is so young that it may; VainoError `source_failed` when it can't be read.
 * Messages are predicates: "is empty"
 */
export async function* readFile(path: string, options: FileOptions): AsyncGenerator<Uint8Array, void, void> {
  const handle = await openFile(path)
  try {
    const before = await signatureOf(handle)
    if (before.ageMs >= 0 && before.ageMs < tickMs) throw new UnsettledError('was written this very moment')
    if (before.size === 0n) throw empty(before)
    const size = Number(before.size)
    if (options.reserve(size)) {
      try {
        yield await readWhole(handle, before, size, options)
      } finally {
        options.release(size)
      }
    } else yield* readInPieces(handle, before, options)
  } catch (error) {
    throw error instanceof VainoError || options.signal.aborted ? error : readError(error)
  } finally {
    await handle.close()
  }
}

async function readWhole(
  handle: FileHandle,
  before: Signature,
  size: number,
  options: FileOptions,
): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(size)
  let length = 0
  while (length < size) {
    options.signal.throwIfAborted()
    const { bytesRead } = await handle.read(bytes, length, Math.min(options.chunkBytes, size - length), length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  await confirm(handle, before, length)
  const hasEnd = /\}\s*$/.test(bytes.toString('latin1', Math.max(0, size - 64)))
  if (isYoung(before) && !hasEnd) throw new UnsettledError('ends in the middle')
  return bytes
}

async function* readInPieces(handle: FileHandle, before: Signature, options: FileOptions): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.allocUnsafe(options.chunkBytes)
  let position = 0
  while (true) {
    options.signal.throwIfAborted()
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position)
    position += bytesRead
    await confirm(handle, before, bytesRead === 0 ? position : null)
    if (bytesRead === 0) return
    yield chunk.subarray(0, bytesRead)
  }
}

/** @param length what was read, where that is all of it */
async function confirm(handle: FileHandle, before: Signature, length: number | null): Promise<void> {
  const after = await signatureOf(handle)
  if (after.identity !== before.identity || (length !== null && BigInt(length) !== before.size)) {
    throw new UnsettledError('changed while it was read')
  }
}

async function signatureOf(handle: FileHandle): Promise<Signature> {
  const stats = await handle.stat({ bigint: true })
  if (!stats.isFile()) throw new VainoError('source_failed', stats.isDirectory() ? 'is a folder' : 'is no regular file')
  return {
    size: stats.size,
    identity: `${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`,
    ageMs: Date.now() - Number(stats.mtimeMs),
  }
}

function empty(before: Signature): VainoError {
  if (isYoung(before)) return new UnsettledError('is empty (0 bytes)')
  return new VainoError('source_failed', 'is empty (0 bytes)', {
    hint: 'Put back a whole state, from a backup or by `terraform state pull`; its resources are kept until then.',
  })
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Not blocking: opening a named pipe would wait for somebody to write into it.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw readError(error)
  }
}

const goneReason = [
  'is gone',
  'Put it back, or take it out of what is watched; its resources are kept until then.',
] as const

/** The error for a state that was there before and isn't now. */
export const gone = (): VainoError => new VainoError('source_failed', goneReason[0], { hint: goneReason[1] })

const reasons: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOENT: goneReason,
  EACCES: ['cannot be read: permission denied', 'Let the user that runs vaino read it.'],
  EPERM: ['cannot be read: permission denied', 'Let the user that runs vaino read it.'],
  ELOOP: ['cannot be read: its symbolic links go in a circle', 'Repair the link.'],
  EISDIR: ['is a folder', 'Give a file, or the folder as what is to be watched.'],
}

function readError(error: unknown): VainoError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  const [what, hint] = reasons[code] ?? [`cannot be read (${code})`, 'It is tried again.']
  return new VainoError('source_failed', what, { hint, cause: error })
}
