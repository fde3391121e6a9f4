import type { Item } from '../../model/change.ts'
import type { Position } from '../../model/cursor.ts'
import { keyOf, type Scope } from '../../model/scope.ts'
import type { DriftPair } from '../../storage/drift/drift-rows.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import { isOfApplied } from './applied-pair.ts'
import type { Cause } from './drift-item.ts'
import { judge } from './judge.ts'
import { judgeApplied } from './judge-applied.ts'
import type { Judging } from './judging.ts'
import { judgeStranger } from './stranger.ts'

/** How far a pair is loaded: first the rows that are there, then what its first scope holds, by address. */
const rowsFrom = (address: string): string => `rows ${address}`
const itemsFrom = (address: string): string => `items ${address}`

/** Where the loading of a pair begins that has no rows yet, and of one that has. */
export const loadedToNothing = { new: itemsFrom(''), again: rowsFrom('') } as const

/**
 * Judges some of what a pair holds, as of a position. Runs in the store's transaction.
 * @param untilMs when to leave the rest to the next time, of `performance.now()`
 * @returns the pair with how far it is loaded now
 */
export function loadSome(
  judging: Judging,
  reader: StateReader,
  pair: DriftPair,
  at: Position,
  untilMs: number,
): DriftPair {
  const [phase = '', after = ''] = (pair.loadedTo ?? '').split(/ (.*)/s)
  const take = (address: string, found?: Item): void => {
    const cause = causeOf(reader, pair, address, at, found)
    const documents = found && { before: null, after: found.resource }
    if (isOfApplied(pair)) judgeApplied(judging, pair, address, at, cause, documents)
    else if (pair.collection === null) judge(judging, pair, address, at, cause)
    else judgeStranger(judging, pair, address, at, cause, found?.resource)
  }
  if (phase === 'rows') {
    const page = judging.store.addresses(pair.id, after)
    for (const address of page) take(address)
    return { ...pair, loadedTo: page.length === 0 ? itemsFrom('') : rowsFrom(page.at(-1) ?? '') }
  }
  const scope = isOfApplied(pair) && pair.live !== null ? pair.live : pair.state
  for (const item of reader.items(at, { scope }, keyOf(scope, after))) {
    if (item === null) continue
    take(item.resource.id, item)
    if (performance.now() > untilMs) return { ...pair, loadedTo: itemsFrom(item.resource.id) }
  }
  return { ...pair, loadedTo: null }
}

/** Where the change itself is not kept, what is known of an instance dates from when it was read so; what is in no state, from when a state was there. */
function causeOf(reader: StateReader, pair: DriftPair, address: string, at: Position, found?: Item): Cause {
  const id = `loaded ${at.join('.')}`
  // What is collected is the item that was found; a state's instance is read live too.
  if (pair.collection !== null && found !== undefined)
    return { id, atMs: Math.max(pair.addedAtMs, Date.parse(found.changed_at)) }
  const changedAtMs = (scope: Scope): number => {
    const found = reader.get(keyOf(scope, address), at)
    return found.kind === 'live' ? Date.parse(found.item.changed_at) : 0
  }
  const scopes = pair.live === null ? [pair.state] : [pair.live, pair.state]
  const foundMs = pair.collection === null ? 0 : pair.addedAtMs
  return { id, atMs: Math.max(foundMs, ...scopes.map(changedAtMs)) }
}
