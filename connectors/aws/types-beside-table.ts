import type { ConnectorContext } from '../connector.ts'
import { CloudTypes } from './cloud-control/cloud-types.ts'
import { isReadByRow } from './cloud-control/native.ts'
import { ConfigTypes } from './config/config-types.ts'
import type { AwsOptions } from './options.ts'
import type { Account } from './session/accounts.ts'
import { homeRegionOf } from './session/identity.ts'
import type { Session } from './session/session.ts'
import type { Row } from './table/row.ts'

/** The types of a source that the table lacks. Each is read from one place: Cloud Control where that lists it, and else AWS Config. */
export class TypesBesideTable {
  readonly #cloud: CloudTypes | null
  readonly #config: ConfigTypes | null

  constructor({ cloud_control, config }: AwsOptions, context: Pick<ConnectorContext, 'knownScopes'>) {
    this.#cloud = cloud_control === undefined ? null : new CloudTypes(cloud_control)
    const isReadOtherwise = (type: string) => isReadByRow(type) || this.#mayBeOfCloudControl(type)
    this.#config = config === undefined ? null : new ConfigTypes(config, context, isReadOtherwise)
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

  rowOf(type: string): Row | undefined {
    return (
      this.rows.find((one) => one.type === type) ?? (this.#config?.reads(type) ? this.#config.rowOf(type) : undefined)
    )
  }

  /** Makes sure that a type can be read as it is now. @throws VainoError where it is not recorded so; CallFailure */
  async confirm(session: Session, region: string, type: string, signal: AbortSignal): Promise<void> {
    if (this.#config?.reads(type)) await this.#config.confirm(session, region, type, signal)
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
