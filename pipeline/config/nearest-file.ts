import { readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { nearest } from '../../model/nearest.ts'

/** The file beside a path that isn't there which was probably meant; `null` when none is near. */
export function nearestFile(path: string): string | null {
  const found = nearest(basename(path), namesIn(dirname(path)))
  if (found === null) return null
  return path.includes('/') ? `${dirname(path)}/${found}` : found
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // There is no such folder, or it may not be read: nothing is known to be near.
    return []
  }
}
