// Long because what is added, collected and asked shares one set of maps, which exist for one run.
import { unknownVerdict, type Verdict } from '../../model/drift.ts'
import { parseJson } from '../../model/json.ts'
import type { Resource } from '../../model/resource.ts'
import { formatScope, type Key, keyOf, type Scope, splitKey, splitScope } from '../../model/scope.ts'
import type { Place, Wanted } from '../../storage/drift/join-store.ts'
import type { OpenedSource } from '../sources/open-sources.ts'
import { scanOnce } from '../sources/runner.ts'
import { type Existence, existenceVerdict } from './existence.ts'
import {
  identitiesOf,
  isInParts,
  isSeries,
  isVersion,
  partnerOf,
  partsOfSystem,
  siblingOf,
  wantedId,
} from './identities.ts'
import { comparedVerdict } from './judge-found.ts'
import { onceSink } from './once-sink.ts'
import { isAt, isUnplaced, scopeWanted } from './wanted.ts'
import { clusterNotKnown, notCollected, versionsNotSeen, type Why, whyOfReason } from './why.ts'

/** Scans of collected scopes at once. */
const concurrency = 8

/** A collected thing that no state has, without its configuration. */
interface Stranger {
  readonly thing: Resource
  readonly holder: Key | null
}

/** What is said of a thing that no state has. */
export interface OnceStranger extends Stranger {
  readonly scope: Scope
}

type OnceWanted = Pick<Wanted, 'provider' | 'type' | 'name' | 'configuration' | 'own' | 'part' | keyof Place> & {
  readonly state: Scope
  /** The instance, where it writes a part of something; else null. */
  readonly desired: Resource | null
  readonly uid: string | null
}

/**
 * States joined with what is collected, without a server: all states are added, then everything is collected once, then it is asked. Memory: two
 * texts a managed instance and a thing that the cloud made, and names and tags of each thing that no state has; of
 * what instances write in parts, as policies, both documents, and the documents of managed objects of Kubernetes.
 */
export class CollectedOnce {
  /** By type and id. */
  readonly #wanted = new Map<string, OnceWanted[]>()
  /** By state and address. */
  readonly #byAddress = new Map<string, OnceWanted>()
  /** The accounts and the locations of what a configuration of a state's provider made. */
  readonly #places = new Map<string, { readonly accounts: Set<string>; readonly locations: Set<string> }>()
  /** What is collected of what a state has; its document as JSON text where that is compared, of a series the newest, else empty. */
  readonly #found = new Map<Key, { readonly id: string; readonly text: string }>()
  readonly #ambient = new Set<Key>()
  readonly #strangers = new Map<Key, Stranger>()
  /** Of what instances write in parts. */
  readonly #inParts = new Map<Key, Resource>()
  /** Where versions of something are seen. */
  readonly #withVersions = new Set<Scope>()
  readonly #lacking: Scope[] = []
  /** By scope: why it was not read; null: it was read completely. */
  readonly #scopes = new Map<Scope, Why | null>()

  /** Takes notice of a managed instance; all of them before {@link collect}. */
  add(state: Scope, desired: Resource): void {
    const partner = partnerOf(desired)
    if (partner === null) return
    const { provider, type, id: name, account, location, part = null, uid = null } = partner
    const own = { account, location }
    const configuration = typeof desired.metadata?.provider === 'string' ? desired.metadata.provider : ''
    const whole = part === null ? null : desired
    const wanted = { ...{ state, provider, type, name, configuration, own, part, desired: whole, uid }, ...own }
    this.#wanted.set(`${type} ${name}`, [...(this.#wanted.get(`${type} ${name}`) ?? []), wanted])
    this.#byAddress.set(`${state} ${desired.id}`, wanted)
    const places = this.#placesOf(state, configuration)
    if (account !== null) places.accounts.add(account)
    if (location !== null && location !== '-') places.locations.add(location)
  }

  #placesOf(state: Scope, configuration: string) {
    const place = `${state} ${configuration}`
    const places = this.#places.get(place) ?? { accounts: new Set<string>(), locations: new Set<string>() }
    this.#places.set(place, places)
    return places
  }

  /** Notes that a state was not read, so that nobody knows what it has. */
  lackState(state: Scope): void {
    this.#lacking.push(state)
  }

  /** States that were not read: while there are any, nothing is known to be in no state. */
  get lacking(): readonly Scope[] {
    return this.#lacking
  }

  /**
   * Scans everything that the sources name, once.
   * @param onFailure what could not be read
   */
  async collect(
    sources: readonly OpenedSource[],
    host: { readonly redactText: (text: string) => string; onObserved(scope: Scope): void },
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const failures: string[] = []
    await scanOnce(
      sources,
      {
        ...host,
        concurrency,
        sink: () =>
          onceSink(
            (scope, thing) => this.#take(scope, thing),
            (scope, why) => this.#scopes.set(scope, why),
          ),
        onFailure: (what, error) => void failures.push(`${what}: ${typeof error === 'string' ? error : error.message}`),
      },
      signal,
    )
    return failures
  }

  /** What is to be said of an instance of a state that nobody reads live, and why it is not known. */
  existence(state: Scope, desired: Resource): { readonly verdict: Verdict; readonly why: Why | null } {
    const wanted = this.#byAddress.get(`${state} ${desired.id}`)
    const unknown = (why: Why) => ({ verdict: unknownVerdict(why.reason), why })
    if (wanted === undefined) return unknown(whyOfReason(notCollected))
    const placed = this.#placed(wanted)
    if (isUnplaced(placed)) return unknown(whyOfReason(clusterNotKnown))
    for (const scope of this.#scopes.keys()) {
      if (splitScope(scope).collection !== placed.type || !isAt(scope, placed)) continue
      const found = this.#found.get(keyOf(scope, placed.name))
      if (found === undefined) continue
      const document = found.text === '' ? null : (parseJson(found.text) as unknown as Resource)
      const verdict =
        (document === null ? null : comparedVerdict(placed.provider, desired, document)) ??
        existenceVerdict(this.#compared(wanted, keyOf(scope, found.id)))
      return { verdict, why: verdict.reason === null ? null : whyOfReason(verdict.reason) }
    }
    const scope = scopeWanted(placed)
    const problem = scope === null ? undefined : this.#scopes.get(scope)
    if (scope === null || problem !== null) return unknown(problem ?? whyOfReason(notCollected))
    if (isSeries(placed.provider, placed.type, placed.name) && !this.#withVersions.has(scope))
      return unknown(whyOfReason(versionsNotSeen))
    return { verdict: existenceVerdict({ kind: 'absent', deletedMs: null, madeBy: null }), why: null }
  }

  #compared({ provider, desired }: OnceWanted, key: Key): Existence {
    const thing = this.#inParts.get(key)
    const none = { sinceMs: null, madeBy: null }
    const compared =
      desired === null || thing === undefined ? undefined : partsOfSystem(provider)?.compare(desired, thing)
    if (compared === undefined || compared.kind === 'unknown') return { kind: 'found', key }
    if (compared.kind === 'differs') return { ...compared, ...none }
    return compared.kind === 'same' ? { kind: 'same' } : { kind: 'absent', deletedMs: null, madeBy: null }
  }

  /** What is in no state, nobody's default and no part of something that is either, in the accounts in which a state has something; by key. */
  *strangers(): Generator<OnceStranger, void, void> {
    if (this.#lacking.length > 0) return
    const accounts = new Set(
      [...this.#byAddress.values()].map((one) => `${one.provider} ${one.own.account ?? this.#placed(one).account}`),
    )
    for (const [key, stranger] of [...this.#strangers].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const scope = splitKey(key)?.scope
      if (scope === undefined) continue
      const { provider, account } = splitScope(scope)
      const { holder } = stranger
      if (this.#isManaged(key)) continue
      if (!accounts.has(`${provider} ${account}`)) continue
      if (holder !== null && (this.#isManaged(holder) || this.#ambient.has(holder))) continue
      yield { ...stranger, scope }
    }
  }

  #isManaged(key: Key): boolean {
    const parts = splitKey(key)
    if (parts === null) return false
    return this.#instancesOf(parts.scope, parts.id).length > 0
  }

  #instancesOf(scope: Scope, id: string): OnceWanted[] {
    const { provider, collection } = splitScope(scope)
    const all = this.#wanted.get(`${collection} ${wantedId(provider, collection, id)}`) ?? []
    return all.filter((wanted) => wanted.provider === provider && isAt(scope, this.#placed(wanted)))
  }

  /** As the view places it: things of one configuration of a provider are in one account. */
  #placed(wanted: OnceWanted): OnceWanted {
    const { accounts, locations } = this.#places.get(`${wanted.state} ${wanted.configuration}`) ?? {}
    const sibling = siblingOf(wanted.configuration)
    const beside = sibling === null ? undefined : this.#places.get(`${wanted.state} ${sibling}`)?.accounts
    const only = (values: ReadonlySet<string> | undefined) => (values?.size === 1 ? ([...values][0] ?? null) : null)
    if (wanted.configuration === '') return wanted
    const { account, location } = wanted.own
    return { ...wanted, account: account ?? only(accounts) ?? only(beside), location: location ?? only(locations) }
  }

  #take(scope: Scope, thing: Resource): void {
    const { provider, account, location } = splitScope(scope)
    const identities = identitiesOf(provider)
    const key = keyOf(scope, thing.id)
    if (identities === undefined) return
    if (isVersion(provider, splitScope(scope).collection, thing.id)) this.#withVersions.add(scope)
    if (identities.isAmbient(thing)) this.#ambient.add(key)
    const instances = this.#instancesOf(scope, thing.id)
    if (instances.length > 0) {
      this.#note(scope, thing, instances)
      if (isInParts(scope)) this.#takeParts(scope, key, thing)
    }
    // Where the account of all of them is not known yet, it may turn out that none stands for this one.
    if (!identities.isAmbient(thing) && instances.every((one) => this.#placed(one).account === null)) {
      const held = identities.holderOf(thing)
      const place = held === null ? null : identities.locationOf(held.type, location ?? '-')
      const parts = { provider, account, location: place === '-' ? null : place }
      const holder = held === null ? null : keyOf(formatScope({ ...parts, collection: held.type }), held.id)
      const { arn = null, self_link = null } = thing.metadata ?? {}
      this.#strangers.set(key, { thing: { ...thing, configuration: {}, metadata: { arn, self_link } }, holder })
    }
  }

  #takeParts(scope: Scope, key: Key, thing: Resource): void {
    const writers = this.#wanted.get(`${splitScope(scope).collection} ${thing.id}`) ?? []
    const written = new Set(writers.filter((one) => isAt(scope, this.#placed(one))).map(({ part }) => part))
    this.#inParts.set(key, thing)
    for (const { resource, writtenAs } of partsOfSystem(splitScope(scope).provider)?.partsOf(thing) ?? []) {
      if (!writtenAs.some((text) => written.has(text)))
        this.#strangers.set(keyOf(scope, resource.id), { thing: resource, holder: null })
    }
  }

  /** Keeps what a state has; its uid says where all are that the same configuration of its provider made. */
  #note(scope: Scope, thing: Resource, instances: readonly OnceWanted[]): void {
    const { provider, account, collection } = splitScope(scope)
    for (const { uid, state, configuration } of instances)
      if (uid !== null && uid === thing.uid && account !== null)
        this.#placesOf(state, configuration).accounts.add(account)
    const key = keyOf(scope, wantedId(provider, collection, thing.id))
    const before = this.#found.get(key)?.id ?? ''
    if (before.localeCompare(thing.id, 'en', { numeric: true }) > 0) return
    const isCompared = identitiesOf(provider)?.differences !== undefined
    this.#found.set(key, { id: thing.id, text: isCompared ? JSON.stringify(thing) : '' })
  }
}
