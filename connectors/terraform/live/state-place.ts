import { stat } from 'node:fs/promises'
import { posix } from 'node:path'
import { statOf, versionOf } from '../look.ts'
import { gone } from '../read-file.ts'
import type { LiveState } from './live-reading.ts'
import { refuseWhileLocked } from './lock.ts'

type Place = Omit<LiveState, 'scope' | 'name' | 'chunks'>

/** A state behind an address: only its serial tells its versions apart, and its lock isn't seen. */
export const ofAddress: Place = {
  rootModule: async () => null,
  version: async () => null,
  refuseWhileLocked: async () => null,
}

/** @param top what is watched: root modules are sought up to it */
export const ofFile = (path: string, top: string): Place => ({
  rootModule: () => rootModuleOf(path, top),
  version: async () => {
    try {
      return versionOf(await statOf(path))
    } catch (cause) {
      throw Object.assign(gone(), { cause })
    }
  },
  refuseWhileLocked: () => refuseWhileLocked(path, Date.now()),
})

/**
 * The folder that Terraform runs in: the nearest one above the state that holds `.terraform`, where `terraform init` has put the providers.
 * Without any, the state's own; that of a workspace lies two folders below.
 */
async function rootModuleOf(path: string, top: string): Promise<string> {
  const beside = posix.dirname(path)
  const own = posix.basename(posix.dirname(beside)) === 'terraform.tfstate.d' ? posix.resolve(beside, '../..') : beside
  for (let folder = beside; ; folder = posix.dirname(folder)) {
    if (await isFolder(posix.join(folder, '.terraform'))) return folder
    const isLast = folder === top || folder === own || folder === posix.dirname(folder)
    if (isLast && !folder.startsWith(`${top}/`)) return own
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
