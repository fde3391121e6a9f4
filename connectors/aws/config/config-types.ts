import { VainoError } from '../../../model/errors.ts'
import { compileGlob } from '../../../model/glob.ts'
import { splitScope } from '../../../model/scope.ts'
import { CallFailure } from '../../calls/call-failure.ts'
import type { TypePatterns } from '../../chosen-types.ts'
import type { ConnectorContext } from '../../connector.ts'
import { Pool } from '../../pool.ts'
import type { Account } from '../session/accounts.ts'
import type { Session } from '../session/session.ts'
import type { Row } from '../table/row.ts'
import { configRow } from './config-row.ts'
import { discoveredTypes } from './discovered-types.ts'
import { recordersIn } from './recorder.ts'

/** A region is looked at anew after this long: the first resource of a type makes a scope. */
const maxAgeMs = 10 * 60_000
const regionsAtOnce = 8

/** What Config says about other resources, and with each of its evaluations anew. */
const evaluations = /^AWS::Config::(?:ResourceCompliance|ConformancePackCompliance)$/

interface RegionTypes {
  readonly at: number
  readonly covered: readonly string[]
  /** Types that are there and can't be read, by why. */
  readonly notCovered: ReadonlyMap<string, readonly string[]>
}

export type IsReadOtherwise = (type: string, account: string, region: string) => boolean

/** The types that AWS Config reads for a source: those that are chosen and that nothing else reads, where its recorder is continuous. */
export class ConfigTypes {
  readonly #patterns: TypePatterns
  readonly #context: Pick<ConnectorContext, 'knownScopes'>
  readonly #isReadOtherwise: IsReadOtherwise
  readonly #found = new Map<string, RegionTypes>()
  readonly #rows = new Map<string, Row>()

  /** @param isReadOtherwise whether a row or Cloud Control reads a type there */
  constructor(
    patterns: TypePatterns,
    context: Pick<ConnectorContext, 'knownScopes'>,
    isReadOtherwise: IsReadOtherwise,
  ) {
    this.#patterns = patterns
    this.#context = context
    this.#isReadOtherwise = isReadOtherwise
  }

  /**
   * Looks what is recorded in each region; as of ten minutes ago will do. Where it can't be seen, a region stays as it was.
   * @throws CallFailure, VainoError: the first, after all regions were looked at
   */
  async look(accounts: readonly Account[], signal: AbortSignal): Promise<void> {
    const failures: unknown[] = []
    const pool = new Pool(regionsAtOnce)
    for (const { session, id, regions } of accounts) {
      for (const region of regions) {
        const before = this.#found.get(placeOf(id, region))
        if (before !== undefined && performance.now() - before.at < maxAgeMs) continue
        await pool.add(async () => {
          try {
            this.#found.set(placeOf(id, region), await this.#lookAt(session, id, region, signal))
          } catch (error) {
            signal.throwIfAborted()
            if (!(error instanceof CallFailure || error instanceof VainoError)) throw error
            failures.push(error)
          }
        })
      }
    }
    await pool.drained()
    const [failure] = failures
    if (failure !== undefined) throw failure
  }

  async #lookAt(session: Session, account: string, region: string, signal: AbortSignal): Promise<RegionTypes> {
    const whyNot = await recordersIn(session, region, signal)
    const types = (await discoveredTypes(session, region, signal)).filter((type) => this.reads(type, account, region))
    const byWhy = Map.groupBy(types, (type) => whyNot(type))
    const covered = byWhy.get(null) ?? []
    const notCovered = new Map([...byWhy].flatMap(([why, of]) => (why === null ? [] : [[why, of] as const])))
    return { at: performance.now(), covered, notCovered }
  }

  /** Whether a type is one that AWS Config is to read there, where its recorder does. */
  reads(type: string, account: string, region: string): boolean {
    const { include, exclude } = this.#patterns
    const isIn = (patterns: readonly string[]) => patterns.some((pattern) => compileGlob(pattern)(type))
    return isIn(include) && !isIn(exclude) && !evaluations.test(type) && !this.#isReadOtherwise(type, account, region)
  }

  /** The rows of one region, as of the last look, with those of earlier scopes: that a type is not recorded any more deletes nothing. */
  rowsIn(account: string, region: string): readonly Row[] {
    const earlier = this.#context
      .knownScopes(`aws/${account}/${region}/AWS::`)
      .map(({ scope }) => splitScope(scope).collection)
      .filter((type) => this.reads(type, account, region))
    const covered = this.#found.get(placeOf(account, region))?.covered ?? []
    return [...new Set([...covered, ...earlier])].sort().map((type) => this.rowOf(type))
  }

  rowOf(type: string): Row {
    const row = this.#rows.get(type) ?? configRow(type)
    this.#rows.set(type, row)
    return row
  }

  /** What is there in a region and can't be read, as of the last look, by why. */
  notCoveredIn(account: string, region: string): ReadonlyMap<string, readonly string[]> {
    return this.#found.get(placeOf(account, region))?.notCovered ?? new Map()
  }

  /**
   * Makes sure that what is recorded of a type is how it is now.
   * @throws VainoError where it is not recorded any more; CallFailure
   */
  async confirm(session: Session, region: string, type: string, signal: AbortSignal): Promise<void> {
    const why = (await recordersIn(session, region, signal))(type)
    if (why === null) return
    throw new VainoError('source_failed', `${type} is not covered: ${why}`, {
      hint: 'Let a recorder of AWS Config record it continuously, take it out of `config`, or forget the scope.',
    })
  }
}

const placeOf = (account: string, region: string): string => `${account}/${region}`
