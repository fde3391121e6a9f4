import { isTerraformRun } from '../../model/drift-apply.ts'
import type { Scope } from '../../model/scope.ts'
import type { Judging } from './judging.ts'
import type { MadeBy } from './made-by.ts'

/** What waits for a state is looked at again after this, at most. */
const againMs = 15_000

/** Something that a state doesn't know of, which it may learn of yet: a thing that was made, or is gone. */
export interface Unsettled {
  /** Since when the state and what is there don't agree, Unix milliseconds. */
  readonly sinceMs: number
  /** Who did it; null: nobody is named. */
  readonly madeBy: MadeBy | null
  /** Where it has to have been seen after that; null: seeing it is what brought this about. */
  readonly seenIn: Scope | null
}

/**
 * Until when a difference between states and what is collected is held, because an apply may be at work: Terraform makes a thing first and
 * writes it down afterwards. Null: it is not held. What somebody who is known not to be Terraform has done isn't; what Terraform has done is for
 * `applyGraceMs`. What nobody is named for is held until each state was read again after the time that Terraform takes to write, and for
 * `applyGraceMs` at most. What left a state must have been seen after that, however long it takes.
 */
export function unsettledUntil(judging: Judging, { sinceMs, madeBy, seenIn }: Unsettled, nowMs: number): number | null {
  const { applyGraceMs, settleMs, scopes, reader } = judging
  const graceMs = sinceMs + applyGraceMs
  if (madeBy?.actor != null) {
    if (isTerraformRun(madeBy.actor)) return nowMs < graceMs ? graceMs : null
    if (seenIn === null) return null
  }
  if (settleMs === 0) return null
  const laterMs = nowMs + Math.min(againMs, settleMs)
  const writtenMs = sinceMs + settleMs
  if (nowMs < writtenMs) return writtenMs
  if (seenIn !== null) {
    const seen = reader.scope(seenIn)?.last_complete_at ?? null
    if (seen === null || Date.parse(seen) < writtenMs) return laterMs
  }
  return scopes.statesReadMs < writtenMs && nowMs < graceMs ? Math.min(graceMs, laterMs) : null
}
