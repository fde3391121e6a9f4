import { VainoError } from '../../model/errors.ts'
import { formatScope, type Scope, splitScope } from '../../model/scope.ts'
import type { Target } from '../source.ts'
import { nameOfKind, pathOfKind, type ServedKind } from './discovery/kinds.ts'
import type { ListTypes } from './discovery/list-types.ts'
import { isWantedBy, selectKinds } from './discovery/selection.ts'
import { LastWrites } from './objects/attribution.ts'
import { PageSize } from './objects/list.ts'
import type { KubernetesOptions } from './options.ts'
import type { WatchRefused } from './permissions/watch-refusal.ts'

/** A kind that the server has not named for this long is gone; one that starts may leave some out for seconds. */
const goneAfterMs = 15_000

/** Where the watch of a scope stands that has lost nothing since a whole list. */
export interface Place {
  resourceVersion: string
  /** When the list was read, by a monotonic clock. */
  readonly listedAt: number
  /** The list had no object. */
  readonly isEmpty: boolean
}

/** A scope and what is listed for it. */
export interface WatchedKind {
  readonly scope: Scope
  kind: ServedKind
  readonly namespace: string | null
  readonly pageSize: PageSize
  readonly writes: LastWrites
  /** What its schema says of its lists; null: nothing beside the shipped tables. */
  lists: ListTypes | null
  place: Place | null
  /** Null: the last watch was let in. */
  watchRefused: WatchRefused | null
  /** Since when the server's list lacks it, by a monotonic clock; null: it has it. */
  missingSince: number | null
}

/** All scopes of one cluster, as the configuration and the server's list of kinds have them. At most 100,000: the runner's bound of a source. */
export class WatchedKinds {
  readonly #cluster: string
  readonly #options: Pick<KubernetesOptions, 'namespaces' | 'kinds'>
  readonly #byScope = new Map<Scope, WatchedKind>()

  constructor(cluster: string, options: Pick<KubernetesOptions, 'namespaces' | 'kinds'>) {
    this.#cluster = cluster
    this.#options = options
  }

  /** Keeps the scopes equal to what is served. What is served no more stays, for its scan to say so. */
  take(served: readonly ServedKind[]): void {
    const { namespaces, kinds } = this.#options
    const chosen = selectKinds(served, kinds, namespaces.length > 0)
    const listed = new Set<Scope>()
    for (const kind of chosen)
      for (const namespace of namespaces.length > 0 ? namespaces : [null]) {
        const collection = nameOfKind(kind)
        const scope = formatScope({ provider: 'kubernetes', account: this.#cluster, location: namespace, collection })
        listed.add(scope)
        const known = this.#byScope.get(scope)
        if (known === undefined) {
          this.#byScope.set(scope, { ...unread(scope, kind, namespace), missingSince: null })
        } else Object.assign(known, { kind, missingSince: null })
      }
    for (const [scope, one] of this.#byScope) if (!listed.has(scope)) one.missingSince ??= performance.now()
  }

  /**
   * Takes up scopes of an earlier process whose kind the server does not name: their scan says that it is gone. A kind that the
   * configuration leaves out now, or another set of namespaces, is no word of the server's.
   */
  recall(known: readonly Scope[]): void {
    const isWanted = isWantedBy(this.#options.kinds)
    for (const scope of known) {
      const { location: namespace, collection } = splitScope(scope)
      const isListed =
        namespace === null ? this.#options.namespaces.length === 0 : this.#options.namespaces.includes(namespace)
      if (this.#byScope.has(scope) || !isListed || !isWanted(collection)) continue
      const dot = collection.lastIndexOf('.')
      const kind = {
        group: collection.slice(0, Math.max(0, dot)),
        version: '',
        kind: collection.slice(dot + 1),
        plural: '',
        isNamespaced: namespace !== null,
        isWatchable: false,
      }
      this.#byScope.set(scope, { ...unread(scope, kind, namespace), missingSince: performance.now() })
    }
  }

  /** @param address the server's: two contexts of one cluster name one thing */
  targets(address: string): readonly Target[] {
    // Of a recalled kind only that it is gone can be said.
    const all = [...this.#byScope.values()].filter((one) => one.kind.plural !== '' || isGone(one))
    return all.map((one) => {
      const path = pathOfKind(one.kind, one.namespace)
      // Another identity is another thing to read: its scan says that it is gone, or reads it.
      return { scope: one.scope, identity: `kubernetes ${address} ${path}${isGone(one) ? ' gone' : ''}` }
    })
  }

  /** Those that the server has. */
  served(): readonly WatchedKind[] {
    return [...this.#byScope.values()].filter(({ missingSince }) => missingSince === null)
  }

  /** The scope of an object that is called as in paths; null where it isn't watched. */
  scopeOf = (of: {
    readonly group: string
    readonly plural: string
    readonly namespace: string | null
  }): Scope | null => {
    for (const { scope, kind, namespace } of this.#byScope.values()) {
      const isIts = kind.group === of.group && kind.plural === of.plural
      if (isIts && (namespace === null || namespace === of.namespace)) return scope
    }
    return null
  }

  /** @throws VainoError `source_failed` for a scope that is none of them */
  get(scope: Scope): WatchedKind {
    const watched = this.#byScope.get(scope)
    if (watched !== undefined) return watched
    throw new VainoError('source_failed', `${scope} is not among what is watched`, { hint: 'It is listed anew.' })
  }
}

const unread = (scope: Scope, kind: ServedKind, namespace: string | null): Omit<WatchedKind, 'missingSince'> => ({
  ...{ scope, kind, namespace, pageSize: new PageSize(), writes: new LastWrites() },
  ...{ lists: null, place: null, watchRefused: null },
})

export const isGone = ({ missingSince }: WatchedKind): boolean =>
  missingSince !== null && performance.now() - missingSince >= goneAfterMs
