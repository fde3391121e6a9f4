import type { Position } from '../../model/cursor.ts'
import { type Scope, splitScope } from '../../model/scope.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import { appliedScope, isOfApplied, isSelfSaying, selfSayingScopes } from './applied-pair.ts'
import { terraformScopes } from './identities.ts'
import type { Judging } from './judging.ts'
import { loadedToNothing } from './load-pair.ts'
import type { Pairs } from './pairs.ts'
import { dropPair } from './scan-end.ts'
import { isCollected, isState, Scopes } from './scopes.ts'
import { stateOf } from './take-change.ts'

/**
 * Finds which scopes the view is about: states that are read live, all states once anything is collected, and the collected scopes of the
 * accounts in which a state has something. What it does runs in the store's transaction.
 */
export class Discovery {
  readonly #judging: Judging
  readonly #reader: Pick<StateReader, 'scopeNames'>
  readonly #pairs: Pairs
  /** The accounts as of which the collected scopes were looked through. */
  #accounts = -1

  constructor(judging: Judging, reader: Pick<StateReader, 'scopeNames'>, pairs: Pairs) {
    this.#judging = judging
    this.#reader = reader
    this.#pairs = pairs
  }

  /** Takes notice of the scope of a change. @returns whether anything has to be loaded before the change is taken */
  ofChange(scope: Scope, atMs: number): boolean {
    const isNew = this.#applied(scope, atMs)
    return this.#ofScope(scope, atMs) || isNew
  }

  #ofScope(scope: Scope, atMs: number): boolean {
    if (this.#pairs.get(scope) !== undefined) return false
    const state = stateOf(scope)
    if (state !== null) return this.#live(state, scope, atMs)
    if (isState(scope)) return this.#judging.scopes.isCollecting && this.#state(scope, atMs)
    if (!isCollected(scope)) return false
    const states = this.#states(atMs)
    return (this.#pairs.hasStates && this.#collected(scope, atMs)) || states
  }

  /** Whether {@link accountsMoved} has anything to look at. */
  get mayHaveMoved(): boolean {
    return this.#accounts !== this.#judging.store.join.accountsRevision
  }

  /** Whether the accounts have changed in which states have something; their collected scopes come and go with them. */
  accountsMoved(at: Position, atMs: number): boolean {
    const { join } = this.#judging.store
    if (!this.mayHaveMoved) return false
    this.#accounts = join.accountsRevision
    this.#dropInactive(at, atMs)
    const { scopes } = this.#judging
    const found = join.accounts().flatMap(({ provider, account }) => scopes.ofAccount(provider, account))
    return found.map((scope) => this.#collected(scope, atMs)).includes(true)
  }

  /** Takes notice of all scopes that there are, and of those that are there no more. */
  all(at: Position, atMs: number): void {
    const names = this.#reader.scopeNames(terraformScopes)
    for (const live of names) {
      const state = stateOf(live)
      if (state !== null && this.#pairs.get(live) === undefined) this.#live(state, live, atMs)
    }
    const saying = new Set(this.#reader.scopeNames(selfSayingScopes))
    for (const scope of saying) this.#applied(scope, atMs)
    if (this.#judging.scopes.isCollecting) this.#states(atMs, names.filter(isState))
    this.#accounts = -1
    this.accountsMoved(at, atMs)
    const there = new Set<Scope>(names)
    for (const pair of this.#pairs.all) {
      const scope = pair.live ?? pair.state
      const { scopes } = this.#judging
      // A state that nobody reads live is in the view beside what is collected alone.
      const isWanted = pair.live !== null || scopes.isCollecting
      const isThere = isOfApplied(pair)
        ? saying.has(scope)
        : pair.collection === null
          ? there.has(scope) && isWanted
          : scopes.has(scope)
      if (!isThere) this.#drop(pair, at, atMs)
    }
  }

  #live(state: Scope, live: Scope, addedAtMs: number): true {
    const known = this.#pairs.get(state)
    if (known !== undefined) this.#pairs.set({ ...known, live, loadedTo: loadedToNothing.again })
    else this.#pairs.add({ state, live, collection: null, addedAtMs, loadedTo: loadedToNothing.new })
    return true
  }

  #state(state: Scope, addedAtMs: number): true {
    this.#pairs.add({ state, live: null, collection: null, addedAtMs, loadedTo: loadedToNothing.new })
    return true
  }

  #states(atMs: number, states: readonly Scope[] = this.#judging.scopes.states()): boolean {
    const found = states.filter((state) => this.#pairs.get(state) === undefined)
    for (const state of found) this.#state(state, atMs)
    return found.length > 0
  }

  #collected(scope: Scope, addedAtMs: number): boolean {
    if (this.#pairs.get(scope) !== undefined || !this.#isActive(scope)) return false
    const { collection } = splitScope(scope)
    this.#pairs.add({ state: scope, live: null, collection, addedAtMs, loadedTo: loadedToNothing.new })
    return true
  }

  #applied(scope: Scope, addedAtMs: number): boolean {
    if (!isSelfSaying(scope) || this.#pairs.ofApplied(scope) !== undefined) return false
    const { collection } = splitScope(scope)
    this.#pairs.add({
      ...{ state: appliedScope(scope), live: scope, collection },
      ...{ addedAtMs, loadedTo: loadedToNothing.new },
    })
    return true
  }

  #isActive(scope: Scope): boolean {
    const { provider, account } = splitScope(scope)
    return account !== null && this.#judging.store.join.hasAccount(provider, account)
  }

  #dropInactive(at: Position, atMs: number): void {
    for (const pair of this.#pairs.all) {
      if (pair.collection !== null && !isOfApplied(pair) && !this.#isActive(pair.state)) this.#drop(pair, at, atMs)
    }
  }

  #drop(pair: ReturnType<Pairs['get']> & object, at: Position, atMs: number): void {
    dropPair(this.#judging, pair, at, atMs)
    this.#pairs.drop(pair)
  }
}

/** Whether there is a state, and anything that it can be compared with, or things that say themselves what was applied to them. */
export function hasAnythingToCompare(reader: StateReader): boolean {
  const scopes = new Scopes(reader)
  const isReadLive = () => reader.scopeNames(terraformScopes).some((scope) => stateOf(scope) !== null)
  const maySay = () => reader.scopeNames(selfSayingScopes).length > 0
  // States are few, and most who have none collect much.
  return (scopes.states().length > 0 && scopes.isCollecting) || isReadLive() || maySay()
}
