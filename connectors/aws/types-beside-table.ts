import { VainoError } from '../../model/errors.ts'
import { formatScope, type Scope, type ScopeParts } from '../../model/scope.ts'
import type { ConnectorContext } from '../connector.ts'
import { CloudTypes } from './cloud-control/cloud-types.ts'
import { isReadByRow } from './cloud-control/native.ts'
import { ConfigTypes, type IsReadOtherwise } from './config/config-types.ts'
import type { AwsOptions } from './options.ts'
import type { Account } from './session/accounts.ts'
import { homeRegionOf } from './session/identity.ts'
import type { Session } from './session/session.ts'
import type { Row } from './table/row.ts'

const readers = ['AWS Config', 'Cloud Control'] as const
type ReadBy = (typeof readers)[number]
/** Of a scope: by whom it is read. */
const attribute = 'read_by'

const wasReadBy = (before: ReadBy, reader: ReadBy, type: string): VainoError =>
  new VainoError(
    'source_failed',
    `${type} was read by ${before} until now, and ${reader} knows its resources by other ids`,
    {
      hint: `Let ${before} read it again, or forget the scope (vaino scopes forget): ${reader} then reads it anew.`,
    },
  )

/** The types of a source that the table lacks. Each is read from one place: Cloud Control where that lists it, and else AWS Config. */
export class TypesBesideTable {
  readonly #cloud: CloudTypes | null
  readonly #config: ConfigTypes | null
  readonly #context: Pick<ConnectorContext, 'knownScopes'>
  /** By whom scopes were read, as of the last look. */
  #before: ReadonlyMap<Scope, ReadBy> = new Map()

  constructor({ cloud_control, config }: AwsOptions, context: Pick<ConnectorContext, 'knownScopes'>) {
    this.#cloud = cloud_control === undefined ? null : new CloudTypes(cloud_control)
    this.#context = context
    const isReadOtherwise: IsReadOtherwise = (type, account, region) =>
      isReadByRow(type) || (this.#readBefore(account, region, type) ?? this.#readerNow(type)) !== 'AWS Config'
    this.#config = config === undefined ? null : new ConfigTypes(config, context, isReadOtherwise)
  }

  /** By whom a scope was read until now, under ids of its own. */
  #readBefore(account: string, region: string | null, type: string): ReadBy | null {
    return this.#before.get(formatScope({ provider: 'aws', account, location: region, collection: type })) ?? null
  }

  #readerNow(type: string): ReadBy {
    return this.#mayBeOfCloudControl(type) ? 'Cloud Control' : 'AWS Config'
  }

  /** Until it is known what Cloud Control reads, that may be any type. */
  #mayBeOfCloudControl(type: string): boolean {
    return this.#cloud !== null && (!this.#cloud.isKnown || this.#cloud.reads(type))
  }

  /**
   * Looks which types there are.
   * @param first the session of the first account, which asks for all of them what Cloud Control knows
   * @throws CallFailure, VainoError; what was known before, and what could be seen, stands
   */
  async look(accounts: readonly Account[], first: () => Promise<Session>, signal: AbortSignal): Promise<void> {
    this.#before = new Map(
      this.#context.knownScopes('aws/').flatMap(({ scope, attributes }): [Scope, ReadBy][] => {
        const reader = readers.find((one) => one === attributes[attribute])
        return reader === undefined ? [] : [[scope, reader]]
      }),
    )
    if (this.#cloud !== null) {
      const session = await first()
      await this.#cloud.look(session, homeRegionOf((await session.identity()).partition), signal)
    }
    await this.#config?.look(accounts, signal)
  }

  /** What Cloud Control reads, wherever it is. */
  get rows(): readonly Row[] {
    return this.#cloud?.found.rows ?? []
  }

  /** What AWS Config reads in one region. */
  rowsIn(account: string, region: string): readonly Row[] {
    return this.#config?.rowsIn(account, region) ?? []
  }

  /** Whether a type that has a row here is read by it there too: AWS Config goes on with what it has read. */
  isReadIn(account: string, region: string, { type }: Row): boolean {
    return this.#config === null || !type.startsWith('AWS::') || !this.#config.reads(type, account, region)
  }

  /** As {@link isReadIn}, of a type that an account has once: AWS Config reads it in a region. */
  isReadOnce(account: string, regions: readonly string[], row: Row): boolean {
    if (this.#readBefore(account, null, row.type) === 'Cloud Control') return true
    return regions.every((region) => this.isReadIn(account, region, row))
  }

  /** @param location null: the type is the account's, as AWS Config has none */
  rowIn(account: string, location: string | null, type: string): Row | undefined {
    if (location !== null && this.#config?.reads(type, account, location)) return this.#config.rowOf(type)
    return this.rows.find((one) => one.type === type)
  }

  /**
   * Makes sure that a type can be read as it is now, and under the ids by which it is known.
   * @returns what its scope is to say of how it was read
   * @throws VainoError where it is not recorded so, or was read otherwise before; CallFailure
   */
  async confirm(
    session: Session,
    { account, location, collection: type }: ScopeParts,
    region: string,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, unknown>>> {
    if (account === null || !type.startsWith('AWS::')) return {}
    const isOfConfig = location !== null && this.#config?.reads(type, account, location) === true
    const reader: ReadBy = isOfConfig ? 'AWS Config' : 'Cloud Control'
    const before = this.#readBefore(account, location, type)
    if (before !== null && before !== reader) throw wasReadBy(before, reader, type)
    if (isOfConfig) await this.#config?.confirm(session, region, type, signal)
    return { [attribute]: reader }
  }

  /** Sentences about the types that are chosen and not covered, as of the last look. */
  *notCovered(accounts: readonly Account[]): Generator<string> {
    for (const [why, types] of Map.groupBy(this.#cloud?.found.notCovered ?? [], (one) => one.why)) {
      // What AWS Config reads is covered after all.
      const left = types.filter(({ name }) => !this.#isReadByConfig(name, accounts))
      if (left.length > 0) yield `does not cover ${left.map(({ name }) => name).join(', ')}: ${why}`
    }
    for (const { id, regions } of accounts)
      for (const region of regions)
        for (const [why, types] of this.#config?.notCoveredIn(id, region) ?? [])
          yield `does not cover ${types.join(', ')} in ${region} of account ${id}: ${why}`
  }

  #isReadByConfig(type: string, accounts: readonly Account[]): boolean {
    return accounts.some(({ id, regions }) =>
      regions.some((region) => this.rowsIn(id, region).some((row) => row.type === type)),
    )
  }
}
