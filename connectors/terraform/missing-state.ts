import { lstat, readdir } from 'node:fs/promises'
import { posix } from 'node:path'
import { VainoError } from '../../model/errors.ts'
import { TargetGone } from '../target-gone.ts'
import { codeOf, rootOf } from './discover.ts'
import { isOtherFileSystem } from './folder-identity.ts'
import { gone } from './read-file.ts'
import type { PathWhere } from './where.ts'

/**
 * Why a known state is not found. It is gone only where the folder that held it was looked into, or the nearest folder
 * above it within what is watched, and something else is there: an empty folder, a link that leads nowhere and a missing
 * root are also what a file system that is not mounted leaves behind. So is a folder on another file system than the state
 * was read from. A file that a source names by itself is never gone.
 * @param name the state's, as `discover` makes it
 * @param known `folderIds` when the state was last read; empty where nothing is known
 */
export async function missingState(where: PathWhere, name: string, known: readonly string[]): Promise<VainoError> {
  const path = posix.resolve(where.from, name)
  if (name === where.name) return prefixed(name, gone())
  if (await isThere(path)) return notFound(name, 'it is there and was not listed', 'It may be read under another name.')
  const { path: root, name: rootName } = rootOf(where)
  for (let folder = posix.dirname(path); isWithin(root, folder); folder = posix.dirname(folder)) {
    try {
      if ((await readdir(folder)).length === 0) return notFound(name, `${folder} is empty`, mountHint)
      if (await isOtherFileSystem(root, folder, known))
        return notFound(name, `${folder} is on another file system than when the state was read`, mountHint)
      return new TargetGone(`${name} is gone`, goneHint)
    } catch (error) {
      const code = codeOf(error)
      // What can't be entered and is there all the same was not looked into.
      if ((code !== 'ENOENT' && code !== 'ENOTDIR') || (await isThere(folder))) {
        return notFound(name, `${folder} cannot be looked into (${code})`, mountHint)
      }
    }
  }
  return notFound(name, `${rootName} is not there`, mountHint)
}

const goneHint = 'Put it back, or forget the scope; its resources are kept until then.'
const mountHint = 'Is its file system mounted, and may the user that runs vaino read it? Its resources are kept.'

const notFound = (name: string, why: string, hint: string): VainoError =>
  new VainoError('source_failed', `${name} is not found: ${why}`, { hint })

const prefixed = (name: string, { message, hint }: VainoError): VainoError =>
  new VainoError('source_failed', `${name} ${message}`, hint === undefined ? {} : { hint })

const isWithin = (root: string, folder: string): boolean =>
  folder === root || folder.startsWith(root.endsWith('/') ? root : `${root}/`)

/** A link counts, wherever it leads. */
async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    return codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR'
  }
}
