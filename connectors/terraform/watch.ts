import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { discover } from './discover.ts'
import type { PathWhere } from './where.ts'

/** Writes come in bursts: a look is taken when it has been quiet for so long … */
const quietMs = 100
/** … and at the latest so long after the first event, for a file that is written all the time. */
const latestMs = 500
/** Where a folder can't be watched (it isn't there yet, the system's limit is reached), one looks instead. */
const pollMs = 750
/** Folders watched; each takes one of the system's watches, of which a user often has 8,192 in all. */
const maxWatched = 2048

/** By how much a file's time may lag behind the clock. */
const clockTickMs = 20

interface Look {
  /** By folder: which one it is, so that one that was made anew is told from the one before. */
  readonly folders: ReadonlyMap<string, string>
  /** By state file: which version of it. */
  readonly states: ReadonlyMap<string, string>
  /** What events call the state files. */
  readonly fileNames: ReadonlySet<string>
  /** When something in it last changed, in Unix milliseconds. */
  readonly changedAtMs: number
}

/**
 * Calls back when a state was written, appeared or went. The system's events only say when to look; what has changed is
 * told by comparing the files' own times and sizes, so that neither a lost event nor a stray one matters much.
 */
export function watchStates(where: PathWhere, onChange: () => void): Disposable {
  return new StateWatch(where, onChange)
}

class StateWatch implements Disposable {
  readonly #where: PathWhere
  readonly #onChange: () => void
  readonly #watchers = new Map<string, { readonly which: string; readonly watcher: FSWatcher }>()
  readonly #startedAtMs = Date.now()
  #last: Look | null = null
  #quiet: ReturnType<typeof setTimeout> | null = null
  #latest: ReturnType<typeof setTimeout> | null = null
  #poll: ReturnType<typeof setTimeout> | null = null
  #isLooking = false
  #lookAgain = false
  #isClosed = false

  constructor(where: PathWhere, onChange: () => void) {
    this.#where = where
    this.#onChange = onChange
    void this.#look()
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    for (const timer of [this.#quiet, this.#latest, this.#poll]) if (timer !== null) clearTimeout(timer)
    for (const { watcher } of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #onEvent = (event: string, name: string | null): void => {
    if (this.#isClosed || (name !== null && !this.#mayMatter(event, name))) return
    this.#lookSoon()
  }

  /**
   * A file that was only written matters when it is a state; one that came or went may be, or a folder of them. During a
   * look, which files are states is just being found out.
   */
  #mayMatter(event: string, name: string): boolean {
    if (event !== 'change') return !/\.(?:backup|lock\.info)$/.test(name)
    return this.#isLooking || this.#last === null || this.#last.fileNames.has(name)
  }

  #lookSoon(): void {
    if (this.#quiet !== null) clearTimeout(this.#quiet)
    this.#quiet = setTimeout(this.#onSettled, quietMs)
    this.#latest ??= setTimeout(this.#onSettled, latestMs)
  }

  #onSettled = (): void => {
    for (const timer of [this.#quiet, this.#latest]) if (timer !== null) clearTimeout(timer)
    this.#quiet = this.#latest = null
    void this.#look()
  }

  async #look(): Promise<void> {
    if (this.#isLooking) {
      this.#lookAgain = true
      return
    }
    this.#isLooking = true
    do {
      this.#lookAgain = false
      const look = await takeLook(this.#where)
      if (this.#isClosed) return
      const isCovered = look !== null && this.#watchFolders(look.folders)
      if (look !== null) this.#compare(look)
      this.#pollUnless(isCovered)
    } while (this.#lookAgain)
    this.#isLooking = false
  }

  #compare(look: Look): void {
    const before = this.#last
    this.#last = look
    const hasChanged =
      before === null
        ? // Whoever has collected while the first look was taken may have met what was there before.
          look.changedAtMs >= this.#startedAtMs - clockTickMs
        : before.states.size !== look.states.size ||
          [...look.states].some(([path, version]) => before.states.get(path) !== version)
    if (hasChanged) this.#onChange()
  }

  /** @returns whether events will tell of everything */
  #watchFolders(folders: ReadonlyMap<string, string>): boolean {
    for (const [path, { which, watcher }] of this.#watchers) {
      if (folders.get(path) === which) continue
      watcher.close()
      this.#watchers.delete(path)
    }
    let isCovered = folders.size > 0
    for (const [path, which] of folders) {
      if (this.#watchers.has(path)) continue
      if (this.#watchers.size >= maxWatched || !this.#watchFolder(path, which)) isCovered = false
      // What came into the folder before it was watched gave no event.
      else this.#lookAgain = true
    }
    return isCovered
  }

  #watchFolder(path: string, which: string): boolean {
    try {
      const watcher = watch(path, this.#onEvent)
      watcher.on('error', () => {
        // Looking again finds out whether the folder is gone, and polls where it can't be watched any more.
        watcher.close()
        this.#watchers.delete(path)
        this.#lookSoon()
      })
      this.#watchers.set(path, { which, watcher })
      return true
    } catch {
      // No watch is to be had here (a limit, the kind of file system); polling takes its place.
      return false
    }
  }

  #pollUnless(isCovered: boolean): void {
    if (this.#poll !== null) clearTimeout(this.#poll)
    this.#poll = isCovered ? null : setTimeout(() => void this.#look(), pollMs)
  }
}

/** `null` when it couldn't be taken; the next one may. */
async function takeLook(where: PathWhere): Promise<Look | null> {
  try {
    const { folders, states } = await discover(where)
    const ofFolders = await statAll(folders)
    const ofStates = await statAll(states.map((state) => state.path))
    const times = [...ofFolders.values(), ...ofStates.values()].map((stats) => Number(stats?.ctimeMs ?? 0n))
    return {
      folders: mapped(ofFolders, (stats) => `${stats.dev} ${stats.ino} ${stats.birthtimeNs}`),
      states: mapped(ofStates, (stats) => `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`),
      fileNames: new Set(states.flatMap((state) => [basename(state.path), basename(state.real)])),
      changedAtMs: times.reduce((latest, time) => Math.max(latest, time), 0),
    }
  } catch {
    // Collecting meets the same trouble and tells of it.
    return null
  }
}

type BigStats = Awaited<ReturnType<typeof statOf>>
const statOf = (path: string) => stat(path, { bigint: true })

/** `null` stands for what went since it was found. */
async function statAll(paths: readonly string[]): Promise<Map<string, BigStats | null>> {
  const all = new Map<string, BigStats | null>()
  for (const path of paths) all.set(path, await statOf(path).catch(() => null))
  return all
}

const mapped = (
  all: ReadonlyMap<string, BigStats | null>,
  describe: (stats: BigStats) => string,
): Map<string, string> => new Map([...all].map(([path, stats]) => [path, stats === null ? '' : describe(stats)]))
