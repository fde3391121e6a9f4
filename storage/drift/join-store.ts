import type { DatabaseSync } from 'node:sqlite'
import { type Row, text } from '../change-row.ts'
import { joinStatements } from './join-statements.ts'
import { Queries } from './queries.ts'

/** Where something is, as a scope says it; `location` is `-` where its scopes have none. Null: not known. */
export interface Place {
  readonly account: string | null
  readonly location: string | null
}

/** One instance of one pair. */
export interface InstanceName {
  readonly pair: number
  readonly address: string
}

/** What a managed instance is collected as. */
export interface Wanted extends InstanceName, Place {
  /** The first part of the scopes that it would be in. */
  readonly provider: string
  readonly type: string
  /** Its id there. */
  readonly name: string
  /** Which configuration of its provider made it: things of one are in one account, and mostly in one region. */
  readonly configuration: string
  /** As the state says of the instance itself. */
  readonly own: Place
  /** It was not found there, so what is said of it rests on what the scope says of itself. */
  readonly rests: boolean
  /** What of the thing it writes, where others may write the rest; null: it stands for the whole. */
  readonly part: string | null
}

/** Scopes on which verdicts rest. */
export interface RestingScope {
  /** How many. */
  readonly count: number
  /** Another number, in this process, whenever one more verdict began to rest on it. */
  readonly revision: number
  readonly provider: string
  readonly account: string
  readonly location: string
  readonly type: string
}

const toWanted = (row: Row): Wanted => ({
  pair: Number(row.pair),
  address: String(row.address),
  provider: String(row.provider),
  type: String(row.type),
  name: String(row.name),
  configuration: String(row.configuration),
  own: { account: text(row.own_account), location: text(row.own_location) },
  account: text(row.account),
  location: text(row.location),
  rests: Number(row.rests) === 1,
  part: text(row.part),
})

/** The scope in which something is looked for, as far as it is known. */
type ScopeOfWanted = Pick<Wanted, 'provider' | 'account' | 'location' | 'type'>

const scopeName = ({ provider, account, location, type }: ScopeOfWanted): string =>
  `${provider}/${account}/${location}/${type}`

const toName = (row: Row): InstanceName => ({ pair: Number(row.pair), address: String(row.address) })

/** The part of the drift view's file by which managed instances and collected things find each other. */
export class JoinStore {
  readonly #sql: Queries<keyof typeof joinStatements>
  #accountsRevision = 0
  /** How often verdicts began to rest on a scope, in this process: a number for each scope on which one ever did. */
  readonly #beganToRest = new Map<string, number>()

  constructor(db: DatabaseSync, path: string) {
    this.#sql = new Queries(db, path, joinStatements)
  }

  wanted(pair: number, address: string): Wanted | null {
    const row = this.#sql.get('wanted', pair, address)
    return row === null ? null : toWanted(row)
  }

  /** Sets what an instance is wanted as; null: as nothing. @param before as it was */
  setWanted(before: Wanted | null, after: Wanted | null): void {
    if (before !== null) {
      this.#sql.run('drop', before.pair, before.address)
      this.#count(before, -1)
    }
    if (after === null) return
    const { own } = after
    this.#sql.run(
      ...(['add', after.pair, after.address, after.provider, after.type, after.name, after.configuration] as const),
      ...[own.account, own.location, after.account, after.location, Number(after.rests), after.part],
    )
    this.#count(after, 1)
    if (after.rests) this.#beginToRest(after)
  }

  /** Whether what is said of an instance rests on what a scope says of itself. */
  setRests(wanted: Wanted, rests: boolean): void {
    this.#sql.run('setRests', Number(rests), wanted.pair, wanted.address)
    if (rests) this.#beginToRest(wanted)
  }

  /** Which instances, of all states, are collected under this type and id, wherever they are. */
  wanting(type: string, name: string): Wanted[] {
    return this.#sql.all('wanting', type, name).map(toWanted)
  }

  /** Those of {@link wanting} that write one part of it. */
  writing(type: string, name: string, part: string): Wanted[] {
    return this.#sql.all('writing', type, name, part).map(toWanted)
  }

  /** The one account and the one location of what a configuration of a provider made; null where it is none or several. */
  placeOf(pair: number, configuration: string): Place {
    const only = (edges: Row | null): string | null => {
      const [least, most] = [text(edges?.least), text(edges?.most)]
      return least === most ? least : null
    }
    return {
      account: only(this.#sql.get('accountOf', pair, configuration)),
      location: only(this.#sql.get('locationOf', pair, configuration)),
    }
  }

  /** Instances of a configuration whose state doesn't say where they are, after an address; a page. */
  unplaced(pair: number, configuration: string, after: string): Wanted[] {
    return this.#sql.all('unplaced', pair, configuration, after).map(toWanted)
  }

  restingScopes(): RestingScope[] {
    return this.#sql.all('restingScopes').map(({ count, ...row }) => {
      const [provider, account] = [String(row.provider), String(row.account)]
      const of = { provider, account, location: String(row.location), type: String(row.type) }
      return { ...of, count: Number(count), revision: this.#beganToRest.get(scopeName(of)) ?? 0 }
    })
  }

  /** The instances whose verdicts rest on a scope. */
  resting({ provider, account, location, type }: ScopeOfWanted): InstanceName[] {
    return this.#sql.all('resting', provider, account, location, type).map(toName)
  }

  /** The instances of a state whose verdicts look at another one of it. */
  askersOf(pair: number, address: string): string[] {
    return this.#sql.all('askersOf', pair, address).map((row) => String(row.address))
  }

  /** Collected things that may be a part of another. @param key the other's */
  heldBy(key: string): InstanceName[] {
    return this.#sql.all('heldBy', key).map(toName)
  }

  /** Whether a state says that it has something in an account. */
  hasAccount(provider: string, account: string): boolean {
    return this.#sql.get('hasAccount', provider, account) !== null
  }

  accounts(): { readonly provider: string; readonly account: string }[] {
    return this.#sql
      .all('accounts')
      .map(({ provider, account }) => ({ provider: String(provider), account: String(account) }))
  }

  /** Another number whenever an account came or went. */
  get accountsRevision(): number {
    return this.#accountsRevision
  }

  #beginToRest(wanted: Wanted): void {
    const scope = scopeName(wanted)
    this.#beganToRest.set(scope, (this.#beganToRest.get(scope) ?? 0) + 1)
  }

  #count({ provider, own: { account } }: Wanted, by: 1 | -1): void {
    if (account === null) return
    const count = Number(this.#sql.get('countAccount', provider, account, by)?.count)
    if (count === 0) this.#sql.run('dropAccount', provider, account)
    if (count === 0 || (count === 1 && by === 1)) this.#accountsRevision++
  }
}
