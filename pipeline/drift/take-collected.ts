import type { Position } from '../../model/cursor.ts'
import { type Key, splitKey, splitScope } from '../../model/scope.ts'
import type { DriftInstance, DriftPair } from '../../storage/drift/drift-rows.ts'
import type { InstanceName } from '../../storage/drift/join-store.ts'
import type { LoggedChange, LoggedEntry } from '../../storage/state-reader.ts'
import { causeOf } from './cause-of.ts'
import type { Cause } from './drift-item.ts'
import { identitiesOf, isInParts, isSeries, isVersion } from './identities.ts'
import { judge } from './judge.ts'
import type { Judging } from './judging.ts'
import { type MadeBy, madeByAsOf, madeByOf, newestChange, partnersMaker } from './made-by.ts'
import { named } from './say.ts'
import { holderKey, judgeStranger, partsTouched } from './stranger.ts'
import { instancesOf, isUnplaced } from './wanted.ts'

/**
 * Takes one entry of a collected scope into the view: the instances that its thing stands for, the thing itself where no state has it, and what
 * may be a part of it. Its documents are parsed only where one of these asks for them. What is read live is asked for anew where it has changed.
 * @param pair of the scope; null: no state has anything in its account
 * @param at the position after it
 */
export function takeCollected(judging: Judging, pair: DriftPair | null, entry: LoggedEntry, at: Position): void {
  const id = splitKey(entry.key)?.id
  if (id === undefined) return
  const cause: Cause = { id: `${entry.partition}-${entry.offset}`, atMs: entry.recordedAtMs }
  const instances = instancesOf(judging, entry.key)
  for (const { pair: state, address } of instances) takePartner(judging, state, address, entry, at, cause)
  if (entry.op === 'c' || entry.op === 'd') versionsTouched(judging, entry.key, at, cause)
  if (entry.op === 'a') {
    if (pair !== null) takeAttributed(judging, pair, id, entry.key, at, cause)
    return
  }
  for (const wanted of [...instances, ...holdersOf(judging, entry, at)]) askLive(judging, wanted, entry.recordedAtMs)
  const isOurs =
    pair !== null && (instances.length === 0 || isInParts(pair.state) || judging.store.instance(pair.id, id) !== null)
  if (isOurs) takeStranger(judging, pair, id, entry, at)
  partsTouched(judging, entry.key, at, cause)
}

/** Whether what has versions is missing depends on whether any version of anything is seen there. */
function versionsTouched(judging: Judging, key: Key, at: Position, cause: Cause): void {
  const { scope, id } = splitKey(key) ?? {}
  if (scope === undefined || id === undefined) return
  const { provider, account, location, collection: type } = splitScope(scope)
  if (account === null || !isVersion(provider, type, id)) return
  for (const { pair: pairId, address } of judging.store.join.resting({
    provider,
    account,
    location: location ?? '-',
    type,
  })) {
    const pair = judging.store.pairById(pairId)
    const wanted = judging.store.join.wanted(pairId, address)
    if (pair === null || pair.live !== null || wanted === null || !isSeries(provider, type, wanted.name)) continue
    const status = judging.store.instance(pairId, address)?.status
    if (status === 'missing' || status === 'unknown') judge(judging, pair, address, at, cause)
  }
}

/** The instances, of any state, that a changed thing may be a part of: a security group shows its rules. */
function holdersOf(judging: Judging, entry: LoggedChange, at: Position): readonly InstanceName[] {
  const scope = splitKey(entry.key)?.scope
  const identities = scope === undefined ? undefined : identitiesOf(splitScope(scope).provider)
  if (scope === undefined || identities === undefined || !identities.hasHolder(splitScope(scope).collection)) return []
  const { before, after } = entry.toChange(judging.reader.encode(at))
  const thing = after ?? before
  const holder = thing === null ? null : holderKey(identities, scope, thing)
  return holder === null ? [] : instancesOf(judging, holder)
}

/** Asks for a live reading of an instance, and of those whose verdicts look at it, unless it was read since. */
function askLive({ store, asks }: Judging, { pair: id, address }: InstanceName, changedAtMs: number): void {
  const pair = store.pairById(id)
  if (pair === null || pair.live === null || pair.attemptAtMs === null || pair.attemptAtMs > changedAtMs) return
  asks.add(pair.live, address)
  for (const sibling of store.join.askersOf(id, address)) asks.add(pair.live, sibling)
}

/** An instance of a state: whether it is there, where nobody reads it or its provider found it null; and who changed it. */
function takePartner(
  judging: Judging,
  id: number,
  address: string,
  entry: LoggedEntry,
  at: Position,
  cause: Cause,
): void {
  const { store } = judging
  const [pair, row, wanted] = [store.pairById(id), store.instance(id, address), store.join.wanted(id, address)]
  if (pair === null || row === null || wanted === null) return
  if (pair.live !== null && entry.op === 'c' && isUnplaced(wanted)) {
    judge(judging, pair, address, at, cause)
    return
  }
  if (pair.live === null && identitiesOf(wanted.provider)?.differences !== undefined) {
    takeFields(judging, pair, row, entry, at, cause)
    return
  }
  // What is held because nobody was named is judged anew when somebody is.
  const isMoved = entry.op === 'a' ? row.heldUntilMs !== null : entry.op !== 'u' || wanted.part !== null
  if (isMoved && (pair.live === null || store.isNulled(id, address))) judge(judging, pair, address, at, cause)
  else if (row.madeBy === null && row.openedAtMs !== null) {
    const madeBy = partnersMaker(judging, pair, wanted, at, row.openedAtMs)
    if (madeBy !== null) store.put(named(row, madeBy))
  }
}

/** An instance whose fields are compared with the collected thing's: it is judged anew by each change, and names who was said later to have made it. */
function takeFields(
  judging: Judging,
  pair: DriftPair,
  row: DriftInstance,
  entry: LoggedEntry,
  at: Position,
  cause: Cause,
): void {
  const madeBy =
    entry.op === 'a' ? madeByAsOf(judging.reader, entry.key, at) : madeByOf(entry.toChange(judging.reader.encode(at)))
  if (entry.op !== 'a') judge(judging, pair, row.address, at, { ...cause, madeBy })
  else if (madeBy !== null) judging.store.put({ ...named(row, madeBy), madeBy: JSON.stringify(madeBy) })
}

function takeStranger(judging: Judging, pair: DriftPair, id: string, entry: LoggedChange, at: Position): void {
  const change = entry.toChange(judging.reader.encode(at))
  judgeStranger(judging, pair, id, at, { ...causeOf(change), madeBy: madeByOf(change) }, change.after)
}

/** Who has made a thing is known now: what waited for a state because nobody was named may be told. */
function takeAttributed(judging: Judging, pair: DriftPair, id: string, key: Key, at: Position, cause: Cause): void {
  const { store } = judging
  const row = store.instance(pair.id, id)
  const madeBy: MadeBy | null = row === null ? null : (newestChange(judging.reader, key, at)?.madeBy ?? null)
  if (row === null || madeBy === null) return
  if (row.logged === null) judgeStranger(judging, pair, id, at, { ...cause, madeBy })
  else store.put({ ...named(row, madeBy), madeBy: JSON.stringify(madeBy) })
}
