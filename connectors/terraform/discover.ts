import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { matchesGlob, posix } from 'node:path'
import { VainoError } from '../../model/errors.ts'
import { type EntryKind, entryKind } from './entry-kind.ts'
import type { PathWhere, Where } from './where.ts'

export interface StateFile {
  /** What its scope is named after. */
  readonly name: string
  readonly path: string
  /** Its real path, with links resolved. */
  readonly real: string
}

export interface Discovery {
  /** Ordered by name. A file that can't be read is among them; reading it reports the error. */
  readonly states: readonly StateFile[]
  /** Every folder in which a state can change or appear: those that were looked into, and those that links lead to. */
  readonly folders: readonly string[]
  /** Folders that could not be read, as messages; their number is bounded. */
  readonly unreadable: readonly string[]
}

/** More than anybody has; a walk that meets more was not meant, and would take memory without bound. */
const maxFolders = 50_000
const maxStates = 50_000
const maxUnreadable = 20

const globCharacters = /[*?[\]{}]/
const isSkippedFolder = (name: string): boolean => name.startsWith('.') || name === 'node_modules'

/**
 * Finds the states: the file itself; in a folder, everything that ends in `.tfstate`, workspaces included; what a glob
 * matches. Hidden folders (`.terraform` holds a copy of the backend's settings that looks like a state), `node_modules`,
 * hidden files and backups are passed over. Symbolic links are followed, each file is met once, and by its own name where
 * it has one in here: links come last.
 */
export async function discover(where: PathWhere): Promise<Discovery> {
  const kind = await kindOf(where.path)
  if (kind === 'folder') return new Walk((name) => name.endsWith('.tfstate')).from(where.path, where.name)
  if (kind === 'file') {
    const { name, path } = where
    // If the link leads nowhere, reading it reports so.
    const real = await realpath(path).catch(() => path)
    return { states: [{ name, path, real }], folders: [...new Set([path, real].map(posix.dirname))], unreadable: [] }
  }
  // A path is a glob only where nothing is called so.
  if (!globCharacters.test(where.name)) return { states: [], folders: [], unreadable: [] }
  const { name: base, path: basePath } = rootOf(where)
  if ((await kindOf(basePath)) !== 'folder') return { states: [], folders: [], unreadable: [] }
  const isMatch = (name: string): boolean => !name.endsWith('.backup') && matchesGlob(name, where.name)
  return new Walk(isMatch).from(basePath, base)
}

/** The folder that is walked: of a glob the longest part without a pattern, else the path itself. */
export function rootOf(where: PathWhere): { readonly name: string; readonly path: string } {
  const magic = where.name.search(globCharacters)
  if (magic < 0) return { name: where.name, path: where.path }
  const name = posix.dirname(`${where.name.slice(0, magic)}x`)
  return { name, path: posix.resolve(where.from, name) }
}

/** Whether a state of this name would be found by `where`: whose it is, when it isn't there any more. */
export function covers(where: Where, stateName: string): boolean {
  if (where.kind === 'url' || stateName === where.name) return stateName === where.name
  if (/^https?:\/\//i.test(stateName)) return false
  if (globCharacters.test(where.name) && matchesGlob(stateName, where.name)) return true
  if (where.name === '.') return !posix.isAbsolute(stateName) && !/^\.\.(?:\/|$)/.test(stateName)
  return stateName.startsWith(where.name.endsWith('/') ? where.name : `${where.name}/`)
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    // Everything but absence (no permission, a circle of links) is reported when the file is read.
    return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR' ? 'nothing' : 'file'
  }
}

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

interface Place {
  readonly path: string
  readonly name: string
}

class Walk {
  readonly #accepts: (name: string) => boolean
  readonly #states: StateFile[] = []
  readonly #folders = new Set<string>()
  readonly #unreadable: string[] = []
  /** Where files and folders really are, so that links lead to none of them again. */
  readonly #seen = new Set<string>()
  #links: Place[] = []

  constructor(accepts: (name: string) => boolean) {
    this.#accepts = accepts
  }

  async from(path: string, name: string): Promise<Discovery> {
    await this.#folder({ path, name }, await realpath(path))
    while (this.#links.length > 0) {
      const links = this.#links
      this.#links = []
      for (const link of links) await this.#link(link)
    }
    this.#states.sort((a, b) => (a.name < b.name ? -1 : 1))
    return { states: this.#states, folders: [...this.#folders], unreadable: this.#unreadable }
  }

  /** @param real where the folder really is */
  async #folder(root: Place, real: string): Promise<void> {
    const pending = [{ ...root, real }]
    for (let folder = pending.pop(); folder; folder = pending.pop()) {
      if (this.#seen.has(folder.real)) continue
      this.#seen.add(folder.real)
      this.#folders.add(folder.path)
      if (this.#folders.size > maxFolders) throw tooMany(`${maxFolders} folders`)
      for (const entry of await this.#entries(folder)) {
        const place = { path: posix.join(folder.path, entry.name), name: posix.join(folder.name, entry.name) }
        const kind = await this.#kindOf(entry, place)
        if (kind === 'folder') {
          if (!isSkippedFolder(entry.name)) pending.push({ ...place, real: posix.join(folder.real, entry.name) })
        } else if (kind === 'link') this.#links.push(place)
        else if (kind === 'file') this.#file(place, posix.join(folder.real, entry.name))
      }
    }
  }

  async #kindOf(entry: Dirent, place: Place): Promise<EntryKind> {
    try {
      return await entryKind(entry, place.path)
    } catch (error) {
      this.#notLookedInto(place, error)
      return 'other'
    }
  }

  /** What went away since it was listed is no trouble. */
  #notLookedInto({ name }: Place, error: unknown): void {
    const isReported = codeOf(error) !== 'ENOENT' && this.#unreadable.length < maxUnreadable
    if (isReported) this.#unreadable.push(`${name} cannot be looked into (${codeOf(error)})`)
  }

  #file(place: Place, real: string): void {
    if (posix.basename(place.name).startsWith('.') || !this.#accepts(place.name) || this.#seen.has(real)) return
    this.#seen.add(real)
    this.#states.push({ ...place, real })
    if (this.#states.length > maxStates) throw tooMany(`${maxStates} states`)
  }

  async #link(link: Place): Promise<void> {
    let real: string
    let isFolder: boolean
    try {
      real = await realpath(link.path)
      isFolder = (await stat(real)).isDirectory()
    } catch {
      // It leads nowhere or in a circle. Where a state is expected, reading it reports so.
      this.#file(link, link.path)
      return
    }
    if (!isFolder) {
      this.#file(link, real)
      this.#folders.add(posix.dirname(real))
    } else if (!isSkippedFolder(posix.basename(link.path))) await this.#folder(link, real)
  }

  async #entries(folder: Place) {
    try {
      const entries = await readdir(folder.path, { withFileTypes: true })
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
    } catch (error) {
      this.#notLookedInto(folder, error)
      return []
    }
  }
}

const tooMany = (what: string): VainoError =>
  new VainoError('source_failed', `more than ${what} below the given path`, {
    hint: 'Give a narrower path or a glob.',
  })
