import { dirname } from 'node:path'
import { type ErrorCode, messageOf, VainoError } from '../../model/errors.ts'

const full = ['ENOSPC', 'EDQUOT', 'EFBIG']

const hints: { readonly [errno: string]: string } = {
  ENOSPC: 'Free some space; nothing that was there before is lost.',
  EDQUOT: 'The quota is used up; nothing that was there before is lost.',
  EFBIG: 'The file would exceed a size limit (ulimit -f); nothing that was there before is lost.',
  ENOENT: 'Make the folder first, or check the path.',
  EACCES: 'Check the permissions of the file and of its folder.',
  EPERM: 'Check the permissions of the file and of its folder.',
  EROFS: 'The file system is read-only.',
  EISDIR: 'Expected a file, not a folder.',
  ENOTDIR: 'A part of the path is a file where a folder is needed.',
}

/** What the operating system refused, as one of our errors; one of ours, or an abort, stays as it is. */
export function fileFailure(error: unknown, path: string, doing: 'read' | 'write'): unknown {
  const errno = (error as { code?: unknown } | null)?.code
  if (error instanceof VainoError || typeof errno !== 'string' || !/^E[A-Z0-9]+$/.test(errno)) return error
  const code: ErrorCode = full.includes(errno)
    ? 'storage_full'
    : errno === 'ENOENT' && doing === 'read'
      ? 'not_found'
      : 'storage_failed'
  const what =
    errno !== 'ENOENT'
      ? `cannot ${doing} it: ${messageOf(error)}`
      : doing === 'read'
        ? 'there is no such file'
        : `cannot write it: there is no folder ${dirname(path)}`
  return new VainoError(code, `${path}: ${what}`, { cause: error, ...(hints[errno] && { hint: hints[errno] }) })
}
