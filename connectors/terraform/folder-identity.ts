import { posix } from 'node:path'
import { statOf } from './look.ts'

/** Folders between a watched root and a state that are remembered; deeper ones are taken as they are. */
const maxDepth = 32

/** The path of a folder below a root, one name an entry. */
const namesBelow = (root: string, folder: string): readonly string[] =>
  posix
    .relative(root, folder)
    .split('/')
    .filter((name) => name !== '')

/**
 * Which folders a state was read from, from the watched root down to the one that holds it: `device:inode` of each. It stands on
 * the scope, so that a later look can tell whether the same path still leads to the same file system.
 */
export async function folderIds(root: string, statePath: string): Promise<string[]> {
  const names = namesBelow(root, posix.dirname(statePath)).slice(0, maxDepth)
  const paths = [root, ...names.map((_, at) => posix.join(root, ...names.slice(0, at + 1)))]
  return Promise.all(paths.map(idOf))
}

/** Empty where it went away meanwhile. */
async function idOf(path: string): Promise<string> {
  const stats = await statOf(path).catch(() => null)
  return stats === null ? '' : `${stats.dev}:${stats.ino}`
}

/**
 * Whether a folder is on another file system than when a state below it was read: another device and another inode. A folder that
 * was made again keeps the device; a restart may number devices anew, and inodes stay.
 * @param known what {@link folderIds} said then; where nothing is known the answer is no
 */
export async function isOtherFileSystem(root: string, folder: string, known: readonly string[]): Promise<boolean> {
  const before = known[namesBelow(root, folder).length] ?? ''
  const now = await idOf(folder)
  if (before === '' || now === '') return false
  const [device, inode] = now.split(':')
  const [knownDevice, knownInode] = before.split(':')
  return device !== knownDevice && inode !== knownInode
}
