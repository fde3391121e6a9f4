import type { Identities } from '../../connectors/identity.ts'
import type { Position } from '../../model/cursor.ts'
import type { Resource } from '../../model/resource.ts'
import { formatScope, type Key, keyOf, type Scope, splitKey, splitScope } from '../../model/scope.ts'
import type { DriftInstance, DriftPair } from '../../storage/drift/drift-rows.ts'
import { appliedScope, isSelfSaying } from './applied-pair.ts'
import type { Cause } from './drift-item.ts'
import { identitiesOf, isInParts, wholeKey } from './identities.ts'
import { judgeApplied } from './judge-applied.ts'
import { documentAt, type Judging } from './judging.ts'
import { type MadeBy, madeByAsOf, madeByIn } from './made-by.ts'
import { leave } from './say.ts'
import { sayStranger } from './say-stranger.ts'
import { judgeParts } from './stray-parts.ts'
import { instancesOf } from './wanted.ts'

/**
 * Judges one collected thing as of a position: whether it is in no state, nobody's default and no part of something that is either. Runs in the
 * store's transaction.
 * @param pair of its scope
 * @param found its document, where it isn't the one as of the position
 */
export function judgeStranger(
  judging: Judging,
  pair: DriftPair,
  id: string,
  at: Position,
  cause: Cause,
  found?: Resource | null,
): void {
  const { store } = judging
  const key = keyOf(pair.state, id)
  if (isInParts(pair.state)) {
    judgeParts(judging, pair, id, at, cause, found)
    if (wholeKey(pair.state, id) !== key) return
  }
  const row = store.instance(pair.id, id)
  const goes = (reason: string): void => {
    // Of what was never open nothing is said.
    if (row !== null) leave(judging, pair, row, cause, reason)
  }
  if (instancesOf(judging, key).length > 0) {
    goes('managed')
    return
  }
  const identities = identitiesOf(splitScope(pair.state).provider)
  const thing = found === undefined ? documentAt(judging, pair.state, id, at) : found
  if (thing === null || identities === undefined || identities.isAmbient(thing)) {
    goes(thing === null ? 'gone' : 'default')
    return
  }
  const holder = holderKey(identities, pair.state, thing)
  const madeBy = makerOf(judging, row, key, at, cause)
  const isPart = holder !== null && isHeld(judging, identities, holder, at)
  sayStranger(judging, pair, { thing, row, key, madeBy, holder, isHeld: isPart }, at, cause)
}

/** Who made its newest change: said by what brings this about, else noted before, else found in its history. */
function makerOf(
  { reader }: Judging,
  row: DriftInstance | null,
  key: Key,
  at: Position,
  { madeBy }: Cause,
): MadeBy | null {
  if (madeBy !== undefined) return madeBy
  return row === null ? madeByAsOf(reader, key, at) : madeByIn(row.madeBy)
}

/** The key of what a thing may be a part of; null where there is no such thing. */
export function holderKey(identities: Identities, scope: Scope, thing: Resource): Key | null {
  const holder = identities.holderOf(thing)
  if (holder === null) return null
  const { provider, account, location } = splitScope(scope)
  const place = identities.locationOf(holder.type, location ?? '-')
  const parts = { provider, account, location: place === '-' ? null : place, collection: holder.type }
  return keyOf(formatScope(parts), holder.id)
}

/** Whether what a thing may be a part of is in a state, or made by the system. */
function isHeld(judging: Judging, identities: Identities, holder: Key, at: Position): boolean {
  if (instancesOf(judging, holder).length > 0) return true
  const found = judging.reader.get(holder, at)
  return found.kind === 'live' && identities.isAmbient(found.item.resource)
}

/** Judges a collected thing again whose standing may have changed, and what may be a part of it. Of others than those of active accounts nothing is known. @param written what the instances write that came or went, where others may write the rest */
export function touched(
  judging: Judging,
  key: Key,
  at: Position,
  { id, atMs }: Cause,
  written: readonly string[] = [],
): void {
  const { store } = judging
  const parts = splitKey(key)
  const pair = parts === null ? null : store.pairOf(parts.scope)
  // What is not loaded yet is judged then.
  if (parts !== null && pair !== null) {
    if (written.length > 0) judgeParts(judging, pair, parts.id, at, { id, atMs }, undefined, written)
    else judgeStranger(judging, pair, parts.id, at, { id, atMs })
  }
  const applied = parts === null || !isSelfSaying(parts.scope) ? null : store.pairOf(appliedScope(parts.scope))
  if (parts !== null && applied !== null) judgeApplied(judging, applied, parts.id, at, { id, atMs })
  partsTouched(judging, key, at, { id, atMs })
}

/** Judges again what may be a part of a thing. */
export function partsTouched(judging: Judging, key: Key, at: Position, { id, atMs }: Cause): void {
  for (const { pair, address } of judging.store.join.heldBy(key)) {
    const scope = judging.store.pairById(pair)
    if (scope !== null) judgeStranger(judging, scope, address, at, { id, atMs })
  }
}
