import { statSync } from 'node:fs'
import { dirname } from 'node:path'

/** File systems stamp a folder with a clock that ticks every few milliseconds, some every second or two. */
const maxTickMs = 2_000

/**
 * Whether the files of a folder are still those that were opened. A file that was removed, moved or replaced goes on taking writes
 * through its descriptor, and nobody finds them again.
 *
 * Each such act changes the folder's modification time, so one `stat` of the folder answers (2 µs, where the files' own take 8; behind a commit 9 to 16). A
 * time is only trusted when it is older than a tick of its clock: later acts then can't have the same one.
 */
export class FilesInPlace {
  readonly #paths: readonly string[]
  readonly #folder: string
  readonly #opened: string
  /** Identity and modification time of the folder in which the files were last found. */
  #trusted: { readonly dev: number; readonly ino: number; readonly mtimeMs: number } | null = null

  /** @param paths files of one folder, which are there */
  constructor(first: string, ...others: readonly string[]) {
    this.#paths = [first, ...others]
    this.#folder = dirname(first)
    this.#opened = this.#found()
  }

  /** @param nowMs the wall clock, which stamps folders too */
  areAll(nowMs: number): boolean {
    const folder = statSync(this.#folder, { throwIfNoEntry: false })
    if (folder === undefined) return false
    const { dev, ino, mtimeMs } = folder
    const trusted = this.#trusted
    if (trusted !== null && trusted.mtimeMs === mtimeMs && trusted.ino === ino && trusted.dev === dev) return true
    this.#trusted = nowMs - mtimeMs > maxTickMs ? { dev, ino, mtimeMs } : null
    if (this.#found() === this.#opened) return true
    this.#trusted = null
    return false
  }

  #found(): string {
    return this.#paths
      .map((path) => {
        const found = statSync(path, { throwIfNoEntry: false })
        return found === undefined ? 'none' : `${found.dev}:${found.ino}`
      })
      .join(' ')
  }
}
