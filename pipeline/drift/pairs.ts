import type { Scope } from '../../model/scope.ts'
import type { DriftPair } from '../../storage/drift/drift-rows.ts'
import type { DriftStore } from '../../storage/drift/drift-store.ts'
import { isOfApplied } from './applied-pair.ts'

type NewPair = Parameters<DriftStore['addPair']>[0]

/** The view's pairs by the scopes that they are of, as the file has them. */
export class Pairs {
  readonly #store: DriftStore
  readonly #byScope = new Map<Scope, DriftPair>()
  /** Of what was applied, by the scope of the objects. */
  readonly #applied = new Map<Scope, DriftPair>()
  /** Those of states, by id. */
  readonly #states = new Set<number>()
  /** Those that are not loaded yet, by id. */
  readonly #loading = new Map<number, DriftPair>()

  constructor(store: DriftStore) {
    this.#store = store
    for (const pair of store.pairs()) this.keep(pair)
  }

  get all(): readonly DriftPair[] {
    return [...new Set(this.#byScope.values())]
  }

  /** Of a state's scope, of a live one, or of a collected one. */
  get(scope: Scope): DriftPair | undefined {
    return this.#byScope.get(scope)
  }

  /** Of what was applied to the objects of a scope. */
  ofApplied(scope: Scope): DriftPair | undefined {
    return this.#applied.get(scope)
  }

  /** Whether there is a state: without one nothing that is collected is wanted, and nothing is a part of what is. */
  get hasStates(): boolean {
    return this.#states.size > 0
  }

  /** The pair that is loaded next, the same in every run: states first, by name. */
  get loading(): DriftPair | undefined {
    const order = ({ collection, state }: DriftPair) => `${collection === null ? 0 : 1} ${state}`
    let first: DriftPair | undefined
    for (const pair of this.#loading.values()) if (first === undefined || order(pair) < order(first)) first = pair
    return first
  }

  add(of: NewPair): void {
    this.keep(this.#store.addPair(of))
  }

  set(pair: DriftPair): void {
    this.#store.setPair(pair)
    this.keep(pair)
  }

  /** Takes notice of a pair as it is in the file now. */
  keep(pair: DriftPair): void {
    this.#byScope.set(pair.state, pair)
    if (pair.live !== null) (isOfApplied(pair) ? this.#applied : this.#byScope).set(pair.live, pair)
    if (pair.collection === null) this.#states.add(pair.id)
    if (pair.loadedTo === null) this.#loading.delete(pair.id)
    else this.#loading.set(pair.id, pair)
  }

  /** It is in the file no more. */
  drop(pair: DriftPair): void {
    this.#byScope.delete(pair.state)
    if (pair.live !== null) (isOfApplied(pair) ? this.#applied : this.#byScope).delete(pair.live)
    this.#states.delete(pair.id)
    this.#loading.delete(pair.id)
  }
}
