import type { Dirent } from 'node:fs'
import { lstat } from 'node:fs/promises'

export type EntryKind = 'folder' | 'file' | 'link' | 'other'

type Kinds = Pick<
  Dirent,
  'isDirectory' | 'isFile' | 'isSymbolicLink' | 'isFIFO' | 'isSocket' | 'isBlockDevice' | 'isCharacterDevice'
>

/**
 * What an entry of a folder is. Some file systems list names without their types (older XFS, some network and FUSE ones); such an
 * entry is looked at by itself.
 * @throws the file system's error where that fails
 */
export async function entryKind(entry: Kinds, path: string): Promise<EntryKind> {
  return knownKind(entry) ?? knownKind(await lstat(path)) ?? 'other'
}

function knownKind(entry: Kinds): EntryKind | null {
  if (entry.isDirectory()) return 'folder'
  if (entry.isSymbolicLink()) return 'link'
  if (entry.isFile()) return 'file'
  const isOther = entry.isFIFO() || entry.isSocket() || entry.isBlockDevice() || entry.isCharacterDevice()
  return isOther ? 'other' : null
}
