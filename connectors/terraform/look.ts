import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { discover, type StateFile } from './discover.ts'
import type { PathWhere } from './where.ts'

export interface Look {
  /** By folder: its device and inode, so that a folder that was made again differs from the one before. */
  readonly folders: ReadonlyMap<string, string>
  /** By path of a state file: its name, and which version of it. */
  readonly states: Map<string, { readonly name: string; readonly version: string; readonly changedAtMs: number }>
  /** By every path that an event may name: the path of the state file. */
  readonly paths: ReadonlyMap<string, string>
  /** What events call the state files. */
  readonly fileNames: ReadonlySet<string>
}

/** `null` when it couldn't be taken; the next one may. */
export async function takeLook(where: PathWhere): Promise<Look | null> {
  try {
    const { folders, states } = await discover(where)
    const ofFolders = await statAll(folders)
    const versions: Look['states'] = new Map()
    for (const { path, name } of states) {
      const stats = await statOf(path).catch(() => null)
      const version = stats === null ? '' : versionOf(stats)
      versions.set(path, { name, version, changedAtMs: Number(stats?.ctimeMs ?? 0n) })
    }
    return {
      folders: ofFolders,
      states: versions,
      paths: new Map(states.flatMap(({ path, real }: StateFile) => [[real, path] as const, [path, path] as const])),
      fileNames: new Set(states.flatMap((state) => [basename(state.path), basename(state.real)])),
    }
  } catch {
    // Listing the states meets the same trouble and reports it.
    return null
  }
}

type BigStats = Awaited<ReturnType<typeof statOf>>
export const statOf = (path: string) => stat(path, { bigint: true })

export const versionOf = (stats: BigStats): string =>
  `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`

/** Which folder each one is; an empty text stands for one that went since it was found. */
async function statAll(folders: readonly string[]): Promise<Map<string, string>> {
  const all = new Map<string, string>()
  for (const path of folders) {
    const stats = await statOf(path).catch(() => null)
    all.set(path, stats === null ? '' : `${stats.dev} ${stats.ino} ${stats.birthtimeNs}`)
  }
  return all
}
