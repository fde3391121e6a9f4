import type { Change } from '../../model/change.ts'
import type { Position } from '../../model/cursor.ts'
import { desiredDigest, readingDigest, type Verdict } from '../../model/drift.ts'
import { isTerraformRun } from '../../model/drift-apply.ts'
import { parseJson } from '../../model/json.ts'
import type { Json, Resource } from '../../model/resource.ts'
import type { Key } from '../../model/scope.ts'
import type { DriftPair } from '../../storage/drift/drift-rows.ts'
import type { Wanted } from '../../storage/drift/join-store.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import type { Judging } from './judging.ts'
import { keysWanted } from './wanted.ts'

/** Who made the newest change of a real thing. */
export interface MadeBy {
  readonly atMs: number
  readonly actor: Json
  readonly occurredAt: string | null
  /** Which version of the state's instance the thing was read for then. */
  readonly digest: string | null
}

/** Of a change of the live scope; null where it names nobody. */
export function madeByOf({ actor, occurred_at, recorded_at, after, before }: Change): MadeBy | null {
  if (actor === null && occurred_at === null) return null
  const document = after ?? before
  return {
    ...{ atMs: Date.parse(recorded_at), actor, occurredAt: occurred_at },
    digest: document === null ? null : readingDigest(document),
  }
}

/** From the history of the real thing, as of a position; null where it names nobody, and where it is kept no more. */
export const madeByAsOf = (reader: Pick<StateReader, 'history'>, key: Key, at: Position): MadeBy | null =>
  newestChange(reader, key, at)?.madeBy ?? null

/** The newest change of a thing as of a position, and who made it; null where none is kept. */
export function newestChange(
  reader: Pick<StateReader, 'history'>,
  key: Key,
  at: Position,
): { readonly change: Change; readonly madeBy: MadeBy | null } | null {
  for (const { change: logged, cursor } of reader.history(key)) {
    if (logged.offset > (at[logged.partition] ?? 0)) continue
    const change = logged.toChange(cursor)
    return { change, madeBy: madeByOf(change) }
  }
  return null
}

/** Changes that are looked through for the one that made a difference. */
const maxLookedThrough = 50

/**
 * The newest change of a thing, as of a position, before which something wasn't so that is so now. Of the last 50: what is older has no maker.
 * @param wasNot of a document before a change; of what was not there everything wasn't so
 */
export function changeThat(
  reader: Pick<StateReader, 'history'>,
  key: Key,
  at: Position,
  wasNot: (before: Resource) => boolean,
): { readonly change: Change; readonly madeBy: MadeBy | null } | null {
  let looked = 0
  for (const { change: logged, cursor } of reader.history(key)) {
    if (logged.offset > (at[logged.partition] ?? 0)) continue
    if (looked++ === maxLookedThrough) return null
    const change = logged.toChange(cursor)
    if (change.before === null || wasNot(change.before)) return { change, madeBy: madeByOf(change) }
  }
  return null
}

/** A change that a collector saw this much before the live reading did may be the same one, beside two of the readings' intervals. */
const nearMs = 10 * 60_000

/**
 * Who made the newest change of the collected thing that an instance stands for; null where nobody is named, and where the change is too old
 * to be the one that the instance differs by.
 * @param sinceMs since when it differs, Unix milliseconds
 */
export function partnersMaker(
  judging: Pick<Judging, 'reader' | 'scopes'>,
  { everyMs }: Pick<DriftPair, 'everyMs'>,
  wanted: Wanted,
  at: Position,
  sinceMs: number,
): MadeBy | null {
  const earliestMs = sinceMs - Math.max(nearMs, 2 * (everyMs ?? 0))
  for (const key of keysWanted(judging, wanted)) {
    const madeBy = madeByAsOf(judging.reader, key, at)
    if (madeBy !== null && madeBy.atMs >= earliestMs) return madeBy
  }
  return null
}

export const madeByIn = (text: string | null): MadeBy | null =>
  text === null ? null : (parseJson(text) as unknown as MadeBy)

/**
 * Until when a difference is held, because Terraform made it for a state that it has not written yet; null: it is not. When the state
 * has moved, or the grace time is over, nothing is held any more.
 * @param nowMs the time of what brought the verdict about
 */
export function heldUntil(
  verdict: Verdict,
  madeBy: MadeBy | null,
  desired: Resource,
  nowMs: number,
  graceMs: number,
): number | null {
  if (verdict.status !== 'changed' && verdict.status !== 'missing') return null
  if (madeBy === null || !isTerraformRun(madeBy.actor) || madeBy.digest !== desiredDigest(desired)) return null
  const untilMs = madeBy.atMs + graceMs
  return nowMs < untilMs ? untilMs : null
}
