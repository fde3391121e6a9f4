import { existsSync } from 'node:fs'
import { VainoError } from '../../model/errors.ts'
import { nearest } from '../../model/nearest.ts'
import { nearestFile } from '../../pipeline/config/nearest-file.ts'
import { findSnapshot, type StoreOptions, snapshotNames } from '../../pipeline/snapshots/store.ts'
import type { Server } from '../server.ts'

/** One side of a comparison: a file, or a time or cursor that a server is asked about. */
export type Side = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'point'; readonly point: string }

/** A time of day, which names no snapshot of a store: their names hold no colon. */
const isMoment = (text: string): boolean => text === 'now' || /^\d{4}-\d{2}-\d{2}T\d{2}:/i.test(text)

/** Only the log's server can read a cursor; ours begin with the byte of their format. */
const looksLikeCursor = (text: string): boolean =>
  /^[A-Za-z0-9_-]{12,400}$/.test(text) && Buffer.from(text, 'base64url')[0] === 1

/**
 * What a word on the command line means: a file that is there, a time, a snapshot of the store by its name, a cursor, or a baseline of a
 * running vaino.
 * @throws VainoError `not_found` with the nearest file or name
 */
export async function sideOf(
  text: string,
  store: () => Promise<StoreOptions>,
  server: () => Promise<Server>,
): Promise<Side> {
  if (existsSync(text)) return { kind: 'file', path: text }
  if (isMoment(text)) return { kind: 'point', point: text }
  if (looksLikeCursor(text)) return { kind: 'point', point: text }
  const options = await store()
  const stored = await findSnapshot(options, text)
  if (stored !== null) return { kind: 'file', path: stored }
  // After the store: a snapshot may be called 2026-11-23.
  const { parseTimePoint } = await import('../../pipeline/time-point.ts')
  if (parseTimePoint(text, Date.now()) !== null) return { kind: 'point', point: text }
  const cursor = await pointOfBaseline(text, server)
  if (cursor !== null) return { kind: 'point', point: cursor }
  throw await unknownSide(text, options)
}

/** Null where no server answers, too: the word may be a misspelt file. */
async function pointOfBaseline(text: string, server: () => Promise<Server>): Promise<string | null> {
  if (!/^[A-Za-z][A-Za-z0-9._-]{0,63}$/.test(text)) return null
  const { baselineCursor } = await import('./baselines-of.ts')
  try {
    return await baselineCursor(await server(), text)
  } catch (error) {
    if (error instanceof VainoError && error.code === 'not_ready') return null
    throw error
  }
}

async function unknownSide(text: string, store: StoreOptions): Promise<VainoError> {
  const meant = nearestFile(text) ?? nearest(text, await snapshotNames(store))
  return new VainoError(
    'not_found',
    `${text}: no such file, stored snapshot or baseline, and neither a time nor a cursor`,
    {
      hint:
        meant === null
          ? 'Give two files, two names that `vaino snapshot list` shows, or two times such as 2h and now.'
          : `Did you mean ${meant}?`,
    },
  )
}
