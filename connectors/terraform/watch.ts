import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'
import { type Look, statOf, takeLook, versionOf } from './look.ts'
import type { PathWhere } from './where.ts'

/** Writes come in bursts. The states are looked at after this many milliseconds without an event … */
const quietMs = 100
/** … and at the latest this many milliseconds after the first event, for a file that is written all the time. */
const latestMs = 500
/** Where a folder can't be watched (it isn't there yet, the system's limit is reached), one looks instead. */
const pollMs = 750
/** Folders watched; each takes one of the system's watches, of which a user often has 8,192 in all. */
const maxWatched = 2048

/** By how much a file's time may lag behind the clock. */
const clockTickMs = 20

export interface StateChanges {
  /** Names of states whose file has another version than before, or went. */
  readonly changed: readonly string[]
  /** A state appeared or went. */
  readonly isSetChanged: boolean
}

/**
 * Calls back when states were written, appeared or went, until the signal. The system's events only say when to look, and
 * where; changes are found by comparing the files' own times and sizes, so a stray event does no harm. An event that names
 * a known state leads to a look at that file alone; any other leads to a look at everything.
 */
export async function watchStates(
  where: PathWhere,
  signal: AbortSignal,
  onChange: (changes: StateChanges) => void,
): Promise<void> {
  if (signal.aborted) return
  using _watch = new StateWatch(where, onChange)
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

class StateWatch implements Disposable {
  readonly #where: PathWhere
  readonly #onChange: (changes: StateChanges) => void
  readonly #watchers = new Map<string, { readonly which: string; readonly watcher: FSWatcher }>()
  readonly #startedAtMs = Date.now()
  #last: Look | null = null
  /** State files to look at; `null`: at everything. Bounded by the states of the last look. */
  #pending: Set<string> | null = null
  #quiet: ReturnType<typeof setTimeout> | null = null
  #latest: ReturnType<typeof setTimeout> | null = null
  #poll: ReturnType<typeof setTimeout> | null = null
  #isLooking = false
  #lookAgain = false
  #isClosed = false

  constructor(where: PathWhere, onChange: (changes: StateChanges) => void) {
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

  #onEvent(folder: string, event: string, name: string | null): void {
    if (this.#isClosed || (name !== null && !this.#mayMatter(event, name))) return
    const state = name === null ? undefined : this.#last?.paths.get(join(folder, name))
    if (state === undefined) this.#pending = null
    else this.#pending?.add(state)
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
      const pending = this.#pending
      this.#pending = new Set()
      if (pending === null || !(await this.#lookAt(pending))) await this.#lookAtAll()
      if (this.#isClosed) return
    } while (this.#lookAgain)
    this.#isLooking = false
  }

  /** @returns false where only a look at everything can say what has happened */
  async #lookAt(paths: ReadonlySet<string>): Promise<boolean> {
    const look = this.#last
    if (look === null) return false
    const changed: string[] = []
    for (const path of paths) {
      const before = look.states.get(path)
      const stats = await statOf(path).catch(() => null)
      if (before === undefined || stats === null || !stats.isFile()) return false
      const version = versionOf(stats)
      if (version === before.version) continue
      look.states.set(path, { ...before, version })
      changed.push(before.name)
    }
    if (!this.#isClosed && changed.length > 0) this.#onChange({ changed, isSetChanged: false })
    return true
  }

  async #lookAtAll(): Promise<void> {
    const look = await takeLook(this.#where)
    if (this.#isClosed) return
    const isCovered = look !== null && this.#watchFolders(look.folders)
    if (look !== null) this.#compare(look)
    this.#pollUnless(isCovered)
  }

  #compare(look: Look): void {
    const before = this.#last?.states
    this.#last = look
    const isNew = ([path, { version, changedAtMs }]: [string, { version: string; changedAtMs: number }]): boolean =>
      before === undefined
        ? // Who has scanned while the first look was taken may have met what was there before.
          changedAtMs >= this.#startedAtMs - clockTickMs
        : before.get(path)?.version !== version
    const changed = [...look.states].filter(isNew).map(([, { name }]) => name)
    const gone = [...(before ?? [])].filter(([path]) => !look.states.has(path)).map(([, { name }]) => name)
    const isSetChanged = before === undefined ? changed.length > 0 : gone.length > 0 || look.states.size !== before.size
    if (changed.length + gone.length > 0) this.#onChange({ changed: [...changed, ...gone], isSetChanged })
  }

  /** @returns whether events will name everything */
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
      else {
        // What came into the folder before it was watched gave no event.
        this.#pending = null
        this.#lookAgain = true
      }
    }
    return isCovered
  }

  #watchFolder(path: string, which: string): boolean {
    try {
      const watcher = watch(path, (event, name) => this.#onEvent(path, event, name))
      watcher.on('error', () => {
        // Looking again finds out whether the folder is gone, and polls where it can't be watched any more.
        watcher.close()
        this.#watchers.delete(path)
        this.#pending = null
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
    this.#poll = isCovered ? null : setTimeout(this.#onPoll, pollMs)
  }

  #onPoll = (): void => {
    this.#pending = null
    void this.#look()
  }
}
