import type { Position } from '../../model/cursor.ts'
import type { Resource } from '../../model/resource.ts'
import { formatScope, type Key, keyOf, type Scope, splitKey, splitScope } from '../../model/scope.ts'
import type { Place, Wanted } from '../../storage/drift/join-store.ts'
import { identitiesOf, partnerOf, siblingOf, wantedId } from './identities.ts'
import { documentAt, type Judging } from './judging.ts'

/** The scope that a managed instance would be collected in; null where the state doesn't say. */
export function scopeWanted({
  provider,
  type,
  account,
  location,
}: Pick<Wanted, 'provider' | 'type' | keyof Place>): Scope | null {
  if (account === null || location === null) return null
  return formatScope({ provider, account, location: location === '-' ? null : location, collection: type })
}

/** The keys under which a managed instance may have been collected: one, where its place is known. */
export function keysWanted({ scopes }: Pick<Judging, 'scopes'>, wanted: Wanted): Key[] {
  const scope = scopeWanted(wanted)
  const places = scope === null ? scopes.ofType(wanted.provider, wanted.type) : [scope]
  return places.filter((one) => isAt(one, wanted)).map((one) => keyOf(one, wanted.name))
}

/** Whether a scope is where an instance is, as far as its place is known. */
export function isAt(scope: Scope, { account, location }: Place): boolean {
  const parts = splitScope(scope)
  return (account === null || parts.account === account) && (location === null || (parts.location ?? '-') === location)
}

/** The instances, of any state, that stand for a collected thing. @param part those alone that write one part of it */
export function instancesOf({ store }: Pick<Judging, 'store'>, key: Key, part?: string): Wanted[] {
  const parts = splitKey(key)
  if (parts === null) return []
  const { provider, collection } = splitScope(parts.scope)
  const { join } = store
  const id = wantedId(provider, collection, parts.id)
  const all = part === undefined ? join.wanting(collection, id) : join.writing(collection, id, part)
  return all.filter((wanted) => wanted.provider === provider && isAt(parts.scope, wanted))
}

/** What changed when an instance was noted. */
interface Noted {
  /** Collected things that it began or ceased to stand for. */
  readonly keys: readonly Key[]
  /** What of these it writes or wrote, where others may write the rest. */
  readonly written: readonly string[]
  /** Other instances whose place became known by it, or is known no more. */
  readonly moved: readonly Wanted[]
}

const nothing: Noted = { keys: [], written: [], moved: [] }

/**
 * Notes under which type and id an instance of a state is collected, and where.
 * @param desired null: it is no part of the view any more
 * @param at as of which things are looked for by their uid
 */
export function noteWanted(
  judging: Judging,
  pair: number,
  address: string,
  desired: Resource | null,
  at: Position,
): Noted {
  const { join } = judging.store
  const before = join.wanted(pair, address)
  const partner = desired === null ? null : partnerOf(desired)
  if (before === null && partner === null) return nothing
  const configuration = partner === null ? (before?.configuration ?? '') : configurationOf(desired)
  const names = [before?.configuration ?? '', configuration].flatMap((one) => [one, siblingOf(one) ?? one])
  const given = new Map(names.map((one) => [one, placeGiven(judging, pair, one)]))
  let after: Wanted | null = null
  if (partner !== null) {
    const { provider, type, id: name, location, part = null } = partner
    const isSameThing = before !== null && before.type === type && before.name === name
    const known = partner.account ?? (isSameThing ? before.own.account : null)
    const account = known ?? accountByUid(judging, partner, at)
    const own = { account, location }
    after = {
      part,
      pair,
      address,
      provider,
      type,
      name,
      configuration,
      own,
      account,
      location,
      rests: before?.rests ?? false,
    }
  }
  if (before !== null && after !== null && isSame(before, after)) return nothing
  join.setWanted(before, after)
  if (after !== null) {
    const placed = withPlace(judging, after)
    join.setWanted(after, placed)
    after = placed
  }
  const keys = new Set([before, after].flatMap((one) => (one === null ? [] : keysWanted(judging, one))))
  const moved = [...given].flatMap(([name, was]) => placeAnew(judging, pair, name, was, keys))
  const written = [before?.part, after?.part].filter((part) => typeof part === 'string')
  return { keys: [...keys], written, moved: moved.filter((one) => one.address !== address) }
}

const isSame = (before: Wanted, after: Wanted): boolean =>
  before.type === after.type &&
  before.name === after.name &&
  before.part === after.part &&
  before.configuration === after.configuration &&
  before.own.account === after.own.account &&
  before.own.location === after.own.location

/** The account in which a thing has the uid that the state says; null where it says none, or none is found. */
function accountByUid(judging: Judging, partner: ReturnType<typeof partnerOf> & object, at: Position): string | null {
  const { provider, type, id, uid = null } = partner
  if (uid === null) return null
  const scope = judging.scopes.ofType(provider, type).find((one) => documentAt(judging, one, id, at)?.uid === uid)
  return scope === undefined ? null : splitScope(scope).account
}

/** Where a configuration of a provider makes things; else where one of another provider does that has its name. */
function placeGiven({ store }: Judging, pair: number, configuration: string): Place {
  const own = store.join.placeOf(pair, configuration)
  const sibling = own.account === null ? siblingOf(configuration) : null
  return sibling === null ? own : { ...own, account: store.join.placeOf(pair, sibling).account }
}

/** Whether a state says nothing of where something is, so that only a uid can tell. */
export const isUnplaced = ({ provider, account }: Pick<Wanted, 'provider' | 'account'>): boolean =>
  account === null && identitiesOf(provider)?.placedByUid !== undefined

/** Things of one configuration of a provider are in one account and, unless they say otherwise, in one region. */
function withPlace(judging: Judging, of: Wanted): Wanted {
  const { own, configuration, pair } = of
  if (configuration === '' || (own.account !== null && own.location !== null)) return { ...of, ...own }
  const given = placeGiven(judging, pair, configuration)
  return { ...of, account: own.account ?? given.account, location: own.location ?? given.location }
}

/** Places the instances of a configuration that don't say themselves where they are, if what is known of it has changed. */
function placeAnew(judging: Judging, pair: number, configuration: string, was: Place, keys: Set<Key>): Wanted[] {
  const { join } = judging.store
  const is = placeGiven(judging, pair, configuration)
  if (configuration === '' || (is.account === was.account && is.location === was.location)) return []
  const moved: Wanted[] = []
  for (let after = ''; ; ) {
    const page = join.unplaced(pair, configuration, after)
    const last = page.at(-1)
    if (last === undefined) return moved
    for (const wanted of page) {
      const placed = withPlace(judging, wanted)
      join.setWanted(wanted, placed)
      for (const key of [...keysWanted(judging, wanted), ...keysWanted(judging, placed)]) keys.add(key)
      moved.push(placed)
    }
    after = last.address
  }
}

/** As the state names it, with module and alias; empty where it doesn't. */
function configurationOf(desired: Resource | null): string {
  const name = desired?.metadata?.provider
  return typeof name === 'string' ? name : ''
}
