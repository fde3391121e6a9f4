import { VainoError } from '../../../model/errors.ts'
import { splitScope } from '../../../model/scope.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import type { ConnectorContext } from '../../connector.ts'
import { scanFailureOf } from '../scan/scan-failure.ts'
import { homeRegionOf } from './identity.ts'
import type { Session } from './session.ts'

/** An account that is watched, and from where. */
export interface Account {
  readonly session: Session
  readonly id: string
  readonly partition: string
  readonly regions: readonly string[]
}

/** The accounts of one source, as they were last seen. */
export class Accounts {
  readonly #open: (signal: AbortSignal) => Promise<readonly Session[]>
  readonly #regions: readonly string[]
  readonly #context: ConnectorContext
  #sessions: Promise<readonly Session[]> | null = null
  readonly #seen = new Map<Session, Account>()

  /** @param regions those that the options name; none: all that are enabled */
  constructor(
    open: (signal: AbortSignal) => Promise<readonly Session[]>,
    regions: readonly string[],
    context: ConnectorContext,
  ) {
    this.#open = open
    this.#regions = regions
    this.#context = context
  }

  get(id: string | null): Account | undefined {
    return [...this.#seen.values()].find((account) => account.id === id)
  }

  sessions(signal: AbortSignal): Promise<readonly Session[]> {
    this.#sessions ??= this.#open(signal).catch((error: unknown) => {
      this.#sessions = null
      throw error
    })
    return this.#sessions
  }

  /**
   * Looks at every account. One of several that can't be looked at stays as it was last known: its scopes then say themselves what is wrong.
   * @throws VainoError `source_failed`
   */
  async look(signal: AbortSignal): Promise<readonly Account[]> {
    const found: Account[] = []
    for (const session of await this.sessions(signal)) {
      const account = await this.#lookAt(session, signal)
      const twin = found.find(({ id }) => id === account.id)
      if (twin !== undefined) {
        throw new VainoError(
          'source_failed',
          `${twin.session.label} and ${session.label} are one account, ${account.id}`,
          {
            hint: 'Take one of them out of `accounts`.',
          },
        )
      }
      this.#seen.set(session, account)
      found.push(account)
    }
    return found
  }

  async #lookAt(session: Session, signal: AbortSignal): Promise<Account> {
    try {
      const { account: id, partition } = await session.identity()
      return { session, id, partition, regions: await this.#regionsOf(session, id, signal) }
    } catch (error) {
      signal.throwIfAborted()
      const known = this.#seen.get(session) ?? this.#assumed(session)
      if (known !== null && (await this.sessions(signal)).length > 1) return known
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
