import { VainoError } from '../../../model/errors.ts'
import { splitScope } from '../../../model/scope.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import type { ConnectorContext } from '../../connector.ts'
import { Pool } from '../../pool.ts'
import { scanFailureOf } from '../scan/scan-failure.ts'
import { accountIn, homeRegionOf } from './identity.ts'
import type { OpenedSessions } from './open-sessions.ts'
import { type Member, membersOf } from './organization.ts'
import type { Session } from './session.ts'

/** An account that is watched, and from where. */
export interface Account {
  readonly session: Session
  readonly id: string
  readonly partition: string
  readonly regions: readonly string[]
}

export interface AccountsHost {
  /** Called until it succeeds. */
  open(signal: AbortSignal): Promise<OpenedSessions>
  /** Those that the options name; none: all that are enabled. */
  readonly regions: readonly string[]
  /** Which accounts of the organization are left out; null: none of it is watched for its own sake. */
  readonly organization: { readonly exclude: readonly string[] } | null
  readonly context: ConnectorContext
}

/** Accounts that are looked at at once. */
const accountsAtOnce = 8

/** The accounts of one source, as they were last seen. */
export class Accounts {
  readonly #host: AccountsHost
  readonly #regions: readonly string[]
  readonly #context: ConnectorContext
  #opened: Promise<OpenedSessions> | null = null
  readonly #seen = new Map<Session, Account>()
  /** Accounts of the organization, by id. */
  readonly #members = new Map<string, Session>()
  /** Accounts of the organization in which nothing can be read, as of the last look. */
  inactive: readonly Member[] = []

  constructor(host: AccountsHost) {
    this.#host = host
    this.#regions = host.regions
    this.#context = host.context
  }

  get(id: string | null): Account | undefined {
    return [...this.#seen.values()].find((account) => account.id === id)
  }

  /** That of `where`. */
  async first(signal: AbortSignal): Promise<Session> {
    const [first] = (await this.#open(signal)).sessions
    if (first === undefined) throw new Error('a source has a session')
    return first
  }

  /**
   * Looks at every account. One of several that can't be looked at stays as it was last known: its scopes then say themselves what is wrong.
   * @throws VainoError `source_failed`
   */
  async look(signal: AbortSignal): Promise<readonly Account[]> {
    const sessions = await this.#sessions(signal)
    const looked = new Map<Session, Account>()
    const pool = new Pool(accountsAtOnce)
    for (const session of sessions) {
      await pool.add(async () => {
        looked.set(session, await this.#lookAt(session, sessions.length > 1, signal))
      })
    }
    await pool.drained()
    const found: Account[] = []
    for (const session of sessions) {
      const account = looked.get(session)
      if (account === undefined) throw new Error('an account was not looked at')
      const twin = found.find(({ id }) => id === account.id)
      if (twin !== undefined) throw isTwin(twin, session)
      found.push(account)
    }
    for (const session of this.#seen.keys()) if (!looked.has(session)) this.#seen.delete(session)
    for (const account of found) this.#seen.set(account.session, account)
    return found
  }

  #open(signal: AbortSignal): Promise<OpenedSessions> {
    this.#opened ??= this.#host.open(signal).catch((error: unknown) => {
      this.#opened = null
      throw error
    })
    return this.#opened
  }

  /** Those that are named, and the organization's. */
  async #sessions(signal: AbortSignal): Promise<readonly Session[]> {
    const { sessions, memberSession } = await this.#open(signal)
    const { organization } = this.#host
    if (organization === null) return sessions
    const first = await this.first(signal)
    const { account: own, partition } = await first.identity()
    const members = await this.#list(first, signal)
    const others = new Set([own, ...organization.exclude, ...sessions.map(({ roleArn }) => accountIn(roleArn))])
    const wanted = members.filter(({ id }) => !others.has(id))
    this.inactive = wanted.filter(({ isActive }) => !isActive)
    const active = new Set(wanted.flatMap(({ id, isActive }) => (isActive ? [id] : [])))
    for (const id of this.#members.keys()) if (!active.has(id)) this.#members.delete(id)
    for (const id of active) if (!this.#members.has(id)) this.#members.set(id, memberSession(id, partition))
    return [...sessions, ...this.#members.values()]
  }

  async #list(first: Session, signal: AbortSignal): Promise<readonly Member[]> {
    try {
      return await membersOf(first, signal)
    } catch (error) {
      signal.throwIfAborted()
      throw scanFailureOf(error, `the organization of ${first.label}`, (text) => this.#redacted(text))
    }
  }

  async #lookAt(session: Session, isOneOfSeveral: boolean, signal: AbortSignal): Promise<Account> {
    try {
      const { account: id, partition } = await session.identity()
      return { session, id, partition, regions: await this.#regionsOf(session, id, signal) }
    } catch (error) {
      signal.throwIfAborted()
      const known = this.#seen.get(session) ?? this.#assumed(session)
      if (known !== null && isOneOfSeveral) return known
      // What is wrong with the credentials names them already.
      throw error instanceof VainoError ? error : scanFailureOf(error, session.label, (text) => this.#redacted(text))
    }
  }

  async #regionsOf(session: Session, id: string, signal: AbortSignal): Promise<readonly string[]> {
    if (this.#regions.length > 0) return this.#regions
    try {
      return await session.enabledRegions(signal)
    } catch (error) {
      const own = await session.ownRegion()
      const isDenied = error instanceof CallFailure && error.kind === 'denied'
      if (!isDenied || own === null) throw error
      // What it may not ask for it doesn't have: its own region, and those from before.
      return [...new Set([own, ...this.#knownRegions(id)])]
    }
  }

  /** An account of which only the role's ARN and what the engine knows can be told. */
  #assumed(session: Session): Account | null {
    const [, partition, , , id] = session.roleArn?.split(':') ?? []
    if (id === undefined || partition === undefined) return null
    const named = this.#regions.length > 0 ? this.#regions : this.#knownRegions(id)
    return { session, id, partition, regions: named.length > 0 ? named : [homeRegionOf(partition)] }
  }

  #knownRegions(id: string): readonly string[] {
    const known = this.#context.knownScopes(`aws/${id}/`).map(({ scope }) => splitScope(scope).location)
    return [...new Set(known.filter((region) => region !== null))]
  }

  #redacted(text: string): string {
    return this.#context.redactor.redactText(text)
  }
}

const isTwin = (one: Account, other: Session): VainoError =>
  new VainoError('source_failed', `${one.session.label} and ${other.label} are one account, ${one.id}`, {
    hint: 'Take one of them out of `accounts`.',
  })
