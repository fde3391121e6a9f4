import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { VainoError } from '../model/errors.ts'

const markPath = (dataDir: string): string => join(dataDir, 'restore.unfinished')

/** A restore was begun in this data directory and has not ended. */
export const isHalfRestored = (dataDir: string): boolean => existsSync(markPath(dataDir))

export const beginRestoring = (dataDir: string): void =>
  writeFileSync(markPath(dataDir), 'vaino restore has begun here and has not ended: run it again.\n', {
    mode: 0o600,
    flush: true,
  })

export const endRestoring = (dataDir: string): void => rmSync(markPath(dataDir))

/** @throws VainoError `storage_failed` */
export function refuseHalfRestored(dataDir: string): void {
  if (!isHalfRestored(dataDir)) return
  throw new VainoError('storage_failed', `The data directory ${dataDir} was not restored to its end`, {
    hint: 'Run `vaino restore` into it again, or name another directory with --data-dir.',
  })
}
