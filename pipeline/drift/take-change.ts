import type { Change } from '../../model/change.ts'
import type { Position } from '../../model/cursor.ts'
import { readingDigest } from '../../model/drift.ts'
import { type Scope, splitKey } from '../../model/scope.ts'
import type { DriftPair } from '../../storage/drift/drift-rows.ts'
import type { LoggedAttribution } from '../../storage/state-reader.ts'
import { causeOf } from './cause-of.ts'
import { judge, waitsForReading } from './judge.ts'
import type { Judging } from './judging.ts'
import { madeByAsOf, madeByOf } from './made-by.ts'
import { named } from './say.ts'

const liveScope = /^(terraform\/[^/]+\/[^/]+)\/live$/

/** The state that a live scope belongs to; null for any other scope. */
export function stateOf(live: string): Scope | null {
  const path = liveScope.exec(live)?.[1]
  return path === undefined ? null : (`${path}/state` as Scope)
}

/**
 * Takes one change of a state or of its live scope into the view.
 * @param before the position before it, and @param at the position after it
 */
export function takeChange(judging: Judging, pair: DriftPair, change: Change, before: Position, at: Position): void {
  const address = splitKey(change.key)?.id
  if (address === undefined) return
  if (change.scope !== pair.live) {
    judge(judging, pair, address, at, causeOf(change))
    return
  }
  takeReading(judging, pair, address, change, before)
  // As the change has it: the current document may say already that it was read again, for a later state.
  judge(judging, pair, address, at, { ...causeOf(change), madeBy: madeByOf(change) }, change.after)
}

/**
 * Takes into the view who made a change of a live scope, said after it. The item names its maker from then on; nothing has drifted by it, so it
 * is no entry of the drift log. The instance isn't judged again: its document may say already that it was read for a later state.
 */
export function takeAttribution(
  { store, reader }: Judging,
  pair: DriftPair,
  entry: LoggedAttribution,
  at: Position,
): void {
  const address = splitKey(entry.key)?.id
  const row = address === undefined || entry.scope !== pair.live ? null : store.instance(pair.id, address)
  const madeBy = row === null ? null : madeByAsOf(reader, entry.key, at)
  if (row === null || madeBy === null) return
  store.put({ ...named(row, madeBy), madeBy: JSON.stringify(madeBy) })
}

/**
 * Follows the runs of readings. What a reading was made for may be said beside the log, so the document before a change says it of the
 * reading that came last before it; an instance that waited for that reading is judged by it first.
 */
function takeReading(judging: Judging, pair: DriftPair, address: string, change: Change, at: Position): void {
  const { store } = judging
  const { before, after } = change
  if (before !== null) {
    const waiting = store.instance(pair.id, address)
    if (waiting !== null && waitsForReading(waiting)) judge(judging, pair, address, at, causeOf(change), before)
  }
  const row = store.instance(pair.id, address)
  if (row === null) return
  const was = before === null ? null : readingDigest(before)
  const isOfRun = was !== null && after !== null && readingDigest(after) === was
  // The first reading of the run that `before` belongs to: the one that is kept, or `before` itself.
  const first = was !== null && was === row.digest && row.baseline !== null ? row.baseline : JSON.stringify(before)
  store.put({
    ...row,
    isGone: change.op === 'd' && change.reason === 'source',
    digest: after === null ? null : readingDigest(after),
    baseline: isOfRun ? first : null,
  })
}
