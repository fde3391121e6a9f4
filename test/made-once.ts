import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { repository } from './lanes.ts'

/** What tests fetch and build is kept here between runs. */
export const cacheFolder = process.env.XDG_CACHE_HOME
  ? path.join(process.env.XDG_CACHE_HOME, 'vaino')
  : `${repository}/.cache`

/**
 * A folder that takes minutes to fill, and is kept between runs: filled beside its place and moved there whole, so that a run that was
 * stopped leaves nothing that looks finished. Of two processes that fill it, the first wins.
 * @param fill puts the files into the folder that it is given
 */
export function madeOnce(folder: string, fill: (partial: string) => void): string {
  if (existsSync(folder)) return folder
  mkdirSync(path.dirname(folder), { recursive: true })
  const partial = mkdtempSync(`${folder}-`)
  try {
    fill(partial)
    if (!existsSync(folder)) renameSync(partial, folder)
    return folder
  } catch (error) {
    // Another process was first.
    if (error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY') return folder
    throw error
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}
