import { type Scope, splitScope } from '../../model/scope.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import { collectedScopes, terraformScopes } from './identities.ts'

/** The scopes that there are, as of the beginning of a round of the view. Memory: the names of collected scopes. */
export class Scopes {
  readonly #reader: Pick<StateReader, 'scopeNames' | 'scope'>
  #byType: Map<string, Scope[]> | null = null
  #names: Set<Scope> | null = null
  #states: Scope[] | null = null
  #statesReadMs: number | null = null
  #asOfMs = 0

  constructor(reader: Pick<StateReader, 'scopeNames' | 'scope'>) {
    this.#reader = reader
  }

  /** A new round begins: what was read is read again when it is asked for. @param asOfMs the settled time, Unix milliseconds */
  refresh(asOfMs: number): void {
    this.#asOfMs = asOfMs
    this.#byType = null
    this.#names = null
    this.#states = null
    this.#statesReadMs = null
  }

  /** What was recorded until then is in the log that is followed, Unix milliseconds. */
  get asOfMs(): number {
    return this.#asOfMs
  }

  states(): readonly Scope[] {
    this.#states ??= this.#reader.scopeNames(terraformScopes).filter(isState)
    return this.#states
  }

  /** Whether anything is collected that states could be joined with. */
  get isCollecting(): boolean {
    return this.#collected().size > 0
  }

  /** Collected scopes of a type, by name. */
  ofType(provider: string, type: string): readonly Scope[] {
    return this.#collected().get(`${provider} ${type}`) ?? []
  }

  /** Whether a collected scope is there. */
  has(scope: Scope): boolean {
    this.#names ??= new Set([...this.#collected().values()].flat())
    return this.#names.has(scope)
  }

  /** Collected scopes of an account, by name. */
  ofAccount(provider: string, account: string): Scope[] {
    return [...this.#collected().values()].flat().filter((scope) => {
      const parts = splitScope(scope)
      return parts.provider === provider && parts.account === account
    })
  }

  /** The time up to which each state was completely read, Unix milliseconds; infinite where there is none. Those that are gone are left out. */
  get statesReadMs(): number {
    if (this.#statesReadMs !== null) return this.#statesReadMs
    const times = this.states().map((scope) => {
      const status = this.#reader.scope(scope)
      if (status === null || status.status === 'gone' || status.status === 'events') return Number.POSITIVE_INFINITY
      return status.last_complete_at === null ? 0 : Date.parse(status.last_complete_at)
    })
    this.#statesReadMs = Math.min(Number.POSITIVE_INFINITY, ...times)
    return this.#statesReadMs
  }

  #collected(): Map<string, Scope[]> {
    if (this.#byType !== null) return this.#byType
    const names = collectedScopes.flatMap((start) => this.#reader.scopeNames(start)).sort()
    this.#byType = Map.groupBy(names, (scope) => {
      const { provider, collection } = splitScope(scope)
      return `${provider} ${collection}`
    })
    return this.#byType
  }
}

/** Whether a scope is that of a state. */
export const isState = (scope: Scope): boolean => {
  const { provider, collection } = splitScope(scope)
  return provider === 'terraform' && collection === 'state'
}

/** Whether a scope is one of those that states are joined with. */
export const isCollected = (scope: Scope): boolean => collectedScopes.some((start) => scope.startsWith(start))
