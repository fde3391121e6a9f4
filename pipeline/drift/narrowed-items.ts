import { type Filter, isWithin, scopeMayMatch } from '../../model/filter.ts'
import { searchedTexts } from '../../model/labels.ts'
import type { Rules } from '../../model/rules.ts'
import type { Scope } from '../../model/scope.ts'
import type { DriftPair } from '../../storage/drift/drift-rows.ts'
import type { DriftStore } from '../../storage/drift/drift-store.ts'
import { compareBytes } from '../../storage/reader/scope-rows.ts'
import type { DriftItem } from './drift-item.ts'
import { type After, listedOf, shown } from './drift-list.ts'
import { isInParts } from './identities.ts'
import type { JudgedDrift } from './judged-drift.ts'
import { seenFrom } from './seen-from.ts'
import type { Why } from './why.ts'

/** What a list asks for, as far as columns say it; absent: anything. Its reader decides by the whole item. */
export interface Narrowing {
  readonly filter: Filter
  readonly state?: string | undefined
  readonly statuses?: readonly string[] | undefined
  readonly tiers?: readonly string[] | undefined
  readonly severities?: readonly string[] | undefined
  readonly ignoredToo: boolean
  readonly sinceMs?: number | undefined
}

const [firstRows, maxRows] = [64, 512]

/**
 * The items that may pass, by state and address. Those of states of which something is known come by their judged rows, without a look at the
 * others; each instance is looked at where nothing is known of its state, where those in sync are asked for, and while rows wait to be judged.
 *
 * @returns lists them: `looked` is given each place that was reached, passing or not, in their order
 */
export async function narrowedItems(drift: JudgedDrift) {
  const judged = await drift.upToDate()
  const { store } = drift.view
  return (of: Narrowing, start: After | null, looked: (place: After) => void): Iterable<DriftItem | null> =>
    store === null ? [] : itemsOf(drift, store, judged !== null, of, start, looked)
}

function* itemsOf(
  { view, rules }: JudgedDrift,
  store: DriftStore,
  isJudged: boolean,
  of: Narrowing,
  start: After | null,
  looked: (place: After) => void,
): Generator<DriftItem | null> {
  const inSyncToo = of.statuses?.includes('in_sync') === true
  const pairs = store.pairs().filter((pair) => mayMatch(pair, of))
  const rest = start === null ? pairs : pairs.filter(({ state }) => compareBytes(state, start.state) >= 0)
  const unknownToo = mayBeUnknown(of, rules)
  let known: DriftPair[] = []
  for (const pair of rest) {
    const problem = view.problemOf(pair)
    if (problem !== null && !unknownToo) continue
    // The key of a thing that is written in parts is that of many.
    if (of.filter.key !== undefined && !isInParts(pair.live ?? pair.state)) {
      yield* named(store, pair, problem, of.filter.key, start)
      continue
    }
    if (isJudged && problem === null && !inSyncToo) {
      known.push(pair)
      continue
    }
    yield* byRows(store, known, of, start, looked)
    known = []
    const after = pair.state === start?.state ? start.address : ''
    for (const item of listedOf(store, pair, problem, { inSyncToo, after, columns: of.filter })) {
      if (item !== null) looked(item)
      yield item
    }
  }
  yield* byRows(store, known, of, start, looked)
}

/** By judged rows, of pairs that follow each other. */
function* byRows(
  store: DriftStore,
  pairs: readonly DriftPair[],
  of: Narrowing,
  start: After | null,
  looked: (place: After) => void,
): Generator<DriftItem | null> {
  const [first, last] = [pairs[0], pairs.at(-1)]
  if (first === undefined || last === undefined) return
  const byId = new Map(pairs.map((pair) => [pair.id, pair]))
  const asked = { ...of, ...of.filter, pairs: [...byId.keys()], texts: searchedTexts(of.filter) }
  let after: After =
    start !== null && compareBytes(start.state, first.state) >= 0 ? start : { state: first.state, address: '' }
  for (let rows = firstRows; ; rows = Math.min(maxRows, rows * 2)) {
    const { places, next } = store.judged.narrowed(asked, after, last.state, rows)
    for (const place of places) {
      const pair = byId.get(place.pair)
      const instance = store.listedOne(place.pair, place.address)
      looked(place)
      if (pair !== undefined && instance !== null) yield shown(pair, instance, null)
    }
    const reached = next === null ? null : seenFrom(of.filter.within, next)
    if (reached === null) return
    after = reached
    looked(after)
    yield null
  }
}

/** Whether an item of a pair can pass, by its scopes alone: that of the state, and that of the keys. */
function mayMatch({ state, live }: DriftPair, { filter, state: asked }: Narrowing): boolean {
  if (asked !== undefined && asked !== state) return false
  if (!isWithin(filter.within, state)) return false
  const { scope, key, key_prefix } = filter
  return [state, live ?? state].some((of) => scopeMayMatch({ scope, key, key_prefix }, of as Scope))
}

/** Whether what is unknown can pass. Its severity is low, unless a rule says otherwise: of states that can't be read there may be very much. */
const mayBeUnknown = ({ statuses, severities }: Narrowing, { set }: Rules): boolean =>
  (statuses?.includes('unknown') ?? true) && (set.severity.length > 0 || (severities?.includes('low') ?? true))

/** What a key names in a pair. */
function* named(
  store: DriftStore,
  pair: DriftPair,
  problem: Why | null,
  key: string,
  start: After | null,
): Generator<DriftItem> {
  for (const scope of new Set([pair.state, pair.live ?? pair.state])) {
    const address = key.startsWith(`${scope}/`) ? key.slice(scope.length + 1) : ''
    const isReached = start?.state === pair.state && compareBytes(address, start.address) <= 0
    const instance = isReached ? null : store.listedOne(pair.id, address)
    if (instance !== null) yield shown(pair, instance, problem)
  }
}
