import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const run = (command: string, args: readonly string[]): string | null => {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status === 0) return null
  return error === undefined ? stderr.trim() : error.message
}

/** A disk of a few megabytes, which only root can make; `whyNoSmallDisk` says why not here. */
export class SmallDisk implements Disposable {
  readonly path = mkdtempSync(path.join(tmpdir(), 'vaino-disk-'))

  constructor(bytes: number) {
    const problem = run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'vaino-test', this.path])
    if (problem === null) return
    rmSync(this.path, { recursive: true })
    throw new Error(problem)
  }

  get ballast(): string {
    return path.join(this.path, 'ballast')
  }

  /** Takes room away, to be given back by removing {@link ballast}. */
  fill(bytes: number): void {
    writeFileSync(this.ballast, new Uint8Array(bytes))
  }

  /** Takes all the room that there is. */
  fillUp(): void {
    this.fill(0)
    const piece = new Uint8Array(4_096)
    for (;;) {
      try {
        appendFileSync(this.ballast, piece)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return
        throw error
      }
    }
  }

  makeReadOnly(isReadOnly: boolean): void {
    const problem = run('mount', ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, this.path])
    if (problem !== null) throw new Error(problem)
  }

  [Symbol.dispose](): void {
    const problem = run('umount', [this.path])
    if (problem !== null) throw new Error(problem)
    rmSync(this.path, { recursive: true })
  }
}

/** Null where a small disk can be made. */
export function whyNoSmallDisk(): string | null {
  if (process.platform !== 'linux') return 'a small disk is made with tmpfs, which is Linux'
  try {
    using _disk = new SmallDisk(1024 * 1024)
    return null
  } catch (error) {
    return `no small disk can be mounted here: ${error instanceof Error ? error.message : error}`
  }
}
