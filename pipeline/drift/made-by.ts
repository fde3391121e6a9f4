import type { Change } from '../../model/change.ts'
import type { Position } from '../../model/cursor.ts'
import { desiredDigest, readingDigest, type Verdict } from '../../model/drift.ts'
import { isTerraformRun } from '../../model/drift-apply.ts'
import { parseJson } from '../../model/json.ts'
import type { Json, Resource } from '../../model/resource.ts'
import type { Key } from '../../model/scope.ts'
import type { StateReader } from '../../storage/state-reader.ts'

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
export function madeByAsOf(reader: Pick<StateReader, 'history'>, key: Key, at: Position): MadeBy | null {
  for (const { change, cursor } of reader.history(key))
    if (change.offset <= (at[change.partition] ?? 0)) return madeByOf(change.toChange(cursor))
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
