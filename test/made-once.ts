import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { repository } from './lanes.ts'

/** What tests fetch and build is kept here between runs. */
export const cacheFolder = process.env.XDG_CACHE_HOME
  ? path.join(process.env.XDG_CACHE_HOME, 'vaino')
  : `${repository}/.cache`

const pollMs = 200

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    // ESRCH: nobody has this number.
    return false
  }
}

/** Holds the lock for as long as `work` takes; a lock whose process is dead is nobody's. Blocks: tests can do nothing meanwhile. */
function alone(lock: string, work: () => void): void {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0
    // It is empty for the moment between its making and its writing.
    if (holder !== 0 && !isAlive(holder)) rmSync(lock, { force: true })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pollMs)
  }
  try {
    work()
  } finally {
    rmSync(lock, { force: true })
  }
}

/**
 * A folder that takes minutes to fill, and is kept between runs: filled beside its place and moved there whole, so that a run that was
 * stopped leaves nothing that looks finished. Of two processes that want it, the second waits until the first has filled it.
 * @param fill puts the files into the folder that it is given
 */
export function madeOnce(folder: string, fill: (partial: string) => void): string {
  if (existsSync(folder)) return folder
  mkdirSync(path.dirname(folder), { recursive: true })
  alone(`${folder}.lock`, () => {
    if (existsSync(folder)) return
    const partial = mkdtempSync(`${folder}-`)
    try {
      fill(partial)
      // A lock that two waiters took from a dead process at once has let two fill it.
      if (!existsSync(folder)) renameSync(partial, folder)
    } finally {
      rmSync(partial, { recursive: true, force: true })
    }
  })
  return folder
}
