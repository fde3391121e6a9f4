import { VainoError } from '../model/errors.ts'
import { asStorageError } from './data-dir.ts'

/**
 * SQLite's primary result codes for trouble with a file or its disk: PERM, BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL,
 * CANTOPEN, PROTOCOL, NOLFS, NOTADB (https://sqlite.org/rescode.html). Others, such as ERROR, CONSTRAINT and MISUSE, come
 * from a wrong statement: a defect.
 */
const fileCodes: ReadonlySet<number> = new Set([3, 5, 6, 8, 10, 11, 13, 14, 15, 22, 26])
/** The extended result code holds the primary one in its lowest byte. */
const primaryMask = 0xff

/**
 * An error of the disk or of a file on it, as one that says what to do; null for any other error, which is a defect whatever
 * its text says. Only trouble with the disk is worth a retry.
 * @param what names the file in the message
 */
export function storageErrorOf(thrown: unknown, what: string): VainoError | null {
  if (thrown instanceof VainoError) return thrown.code.startsWith('storage') ? thrown : null
  return isOfStorage(thrown) ? asStorageError(thrown, what) : null
}

function isOfStorage(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  const { errcode, syscall } = thrown as { errcode?: unknown; syscall?: unknown }
  if (typeof errcode === 'number') return fileCodes.has(errcode & primaryMask)
  // A failed system call, such as an open or a write with ENOSPC.
  return typeof syscall === 'string'
}
