import type { JsonObject } from '../../model/json.ts'
import { type Scope, splitScope } from '../../model/scope.ts'
import { Permits } from '../calls/permits.ts'
import { readEach } from '../calls/read-each.ts'
import type { RowSink } from '../calls/row-observation.ts'
import { SharedPages } from '../calls/shared-pages.ts'
import { takersOf } from '../calls/takers-of.ts'
import type { ConnectorContext } from '../connector.ts'
import type { Checked, Idle, Nudge, Observer, RereadObserver, ScanReport, Source, Target } from '../source.ts'
import { sourceName } from '../source-name.ts'
import { dryRun } from './dry-run.ts'
import { cloudTrailHistory, historyCheck } from './events/cloudtrail-history.ts'
import { followQueue, type Watched } from './events/follow-queue.ts'
import { type EventHistory, LookUps } from './events/look-ups.ts'
import { sqsQueue } from './events/sqs-queue.ts'
import { typesAt } from './events/watched.ts'
import type { AwsOptions } from './options.ts'
import { accountOfQueue } from './queue-url.ts'
import { type Reader, readPages } from './scan/pages.ts'
import { readOne } from './scan/read-one.ts'
import { readRow } from './scan/read-row.ts'
import { scanErrorOf, scanFailureOf } from './scan/scan-failure.ts'
import { type Account, Accounts } from './session/accounts.ts'
import { homeRegionOf } from './session/identity.ts'
import { openSessions } from './session/open-sessions.ts'
import { chosenRows } from './table/chosen-rows.ts'
import { policyFor } from './table/policy.ts'
import type { Row } from './table/row.ts'
import { listingsOf, rowOf } from './table/table.ts'
import { scopeIn, targetsOf } from './targets-of.ts'
import { TypesBesideTable } from './types-beside-table.ts'
import type { Where } from './where.ts'

/** Calls of one source at once: a connection each. */
const callsAtOnce = 16

/** What one source sees of AWS: accounts, in each its regions, and a scope for each type there. */
export class AwsSource implements Source {
  readonly name: string
  readonly #options: AwsOptions
  readonly #context: ConnectorContext
  readonly #rows: readonly Row[]
  readonly #shared = new SharedPages<JsonObject>()
  readonly #permits = new Permits(callsAtOnce)
  readonly #accounts: Accounts
  readonly #otherTypes: TypesBesideTable
  readonly #lookUps = new LookUps()
  readonly #redacted = (text: string): string => this.#context.redactor.redactText(text)
  readonly events?: (out: Nudge, signal: AbortSignal) => Promise<void>
  readonly recorded?: NonNullable<Source['recorded']>

  constructor(where: Where, text: string, options: AwsOptions, context: ConnectorContext) {
    this.name = sourceName('aws', text)
    this.#options = options
    this.#context = context
    const host = {
      ...{ permits: this.#permits, deadlineMs: options.call_timeout },
      budget: (...given: Parameters<ConnectorContext['budget']>) => context.budget(...given),
    }
    this.#accounts = new Accounts({
      open: (signal) => openSessions(where, options, host, signal),
      ...{ regions: options.regions, organization: options.organization ?? null, context },
    })
    this.#rows = chosenRows(options.types)
    this.#otherTypes = new TypesBesideTable(options, context)
    const { queue, lookup } = options.events
    if (queue !== undefined) this.events = (out, signal) => this.#follow(queue, out, signal)
    else if (lookup && context.readsOnce !== true) {
      this.recorded = { scopes: 'aws/', take: (changes) => this.#lookUps.add(changes) }
      this.events = (out, signal) => this.#lookUp(out, signal)
    }
  }

  async *targets(signal: AbortSignal): AsyncGenerator<readonly Target[], void, void> {
    const found = await this.#accounts.look(signal)
    try {
      await this.#lookAtTypes(found, signal)
    } catch (error) {
      signal.throwIfAborted()
      // What needs no types that are looked for is watched meanwhile.
      yield found.flatMap((account) => targetsOf(account, this.#allRows, this.#otherTypes))
      throw scanFailureOf(error, 'the types without a row', this.#redacted)
    }
    yield found.flatMap((account) => targetsOf(account, this.#allRows, this.#otherTypes))
  }

  #lookAtTypes(accounts: readonly Account[], signal: AbortSignal): Promise<void> {
    return this.#otherTypes.look(accounts, () => this.#accounts.first(signal), signal)
  }

  get #allRows(): readonly Row[] {
    return [...this.#rows, ...this.#otherTypes.rows]
  }

  async scan({ scope }: Target, out: Observer, signal: AbortSignal): Promise<ScanReport> {
    const { row, account, region, where } = this.#placeOf(scope)
    try {
      const attributes = await this.#otherTypes.confirm(account.session, splitScope(scope), region, signal)
      await readRow(row, this.#reader(account, region, row, out.idle?.bind(out)), this.#sink(where, out), signal)
      return { attributes }
    } catch (error) {
      signal.throwIfAborted()
      throw scanFailureOf(error, where, this.#redacted)
    }
  }

  async reread(
    { scope }: Target,
    ids: ReadonlySet<string>,
    out: RereadObserver,
    signal: AbortSignal,
  ): Promise<ScanReport> {
    const { row, account, region, where } = this.#placeOf(scope)
    const reader = this.#reader(account, region, row)
    await readEach(ids, (id) => readOne(row, id, reader, signal), this.#sink(where, out), out, signal)
    return {}
  }

  #placeOf(scope: Scope): { row: Row; account: Account; region: string; where: string } {
    const { account: id, location, collection: type } = splitScope(scope)
    const account = this.#accounts.get(id)
    if (account === undefined) throw new Error(`${scope} is none of the targets`)
    const row = rowOf(type) ?? this.#otherTypes.rowIn(account.id, location, type)
    if (row === undefined) throw new Error(`${scope} is none of the targets`)
    const where = location === null ? `account ${account.id}` : `account ${account.id} in ${location}`
    return { row, account, region: location ?? homeRegionOf(account.partition), where }
  }

  #sink(where: string, out: Observer): RowSink {
    return {
      observe: async (resource) => {
        this.#context.redactor.redactResource(resource)
        await out.observe(resource)
      },
      missed: (error) => out.missed(scanErrorOf(error, where, this.#redacted)),
    }
  }

  /** One resource of each type is read, in the first region of each account. */
  async *checks(signal: AbortSignal): AsyncGenerator<Checked, void, void> {
    const accounts = await this.#accounts.look(signal)
    for (const { id, name } of this.#accounts.inactive)
      yield { what: `does not watch account ${id} (${name}) of the organization, which is not active`, problem: null }
    await this.#lookAtTypes(accounts, signal)
    for (const what of this.#otherTypes.notCovered(accounts)) yield { what, problem: null }
    for (const account of accounts) {
      const { arn } = await account.session.identity()
      yield { what: `is ${arn} in account ${account.id}`, problem: null }
      const home = homeRegionOf(account.partition)
      const regionOf = (row: Row): string => (row.isGlobal ? home : (account.regions[0] ?? home))
      const say = (error: unknown) => scanErrorOf(error, `account ${account.id}`, this.#redacted)
      yield* await dryRun(this.#allRows, (row) => this.#reader(account, regionOf(row), row), say, signal)
      if (this.recorded !== undefined)
        yield* await historyCheck(cloudTrailHistory(account.session, account.id, home), say, signal)
    }
  }

  /** The IAM policy, for `aws iam put-role-policy` and the like. Asks AWS nothing. */
  async permissions(): Promise<string> {
    return `${JSON.stringify(policyFor(this.#rows, this.#options), null, 2)}\n`
  }

  async #follow(url: string, out: Nudge, signal: AbortSignal): Promise<void> {
    const session = await this.#accounts.first(signal)
    const watched: Watched = {
      account: accountOfQueue(url) ?? (await session.identity()).account,
      typesOf: (service) => typesAt(this.#rows, service),
      scopeOf: (account, region, type) => this.#scopeOf(account, region, type),
      oneOf: (type) => rowOf(type)?.one ?? null,
    }
    // What was listed before an event doesn't show it.
    const changed: Nudge['changed'] = (...given) => {
      this.#shared.clear()
      return out.changed(...given)
    }
    const received: Nudge['received'] = (...given) => out.received(...given)
    const afresh = { changed, received, backlog: (now: Parameters<Nudge['backlog']>[0]) => out.backlog(now) }
    try {
      await followQueue(sqsQueue(session, url, this.#options.call_timeout), watched, afresh, signal)
    } catch (error) {
      signal.throwIfAborted()
      throw scanFailureOf(error, `the queue ${url}`, this.#redacted)
    }
  }

  async #lookUp(out: Nudge, signal: AbortSignal): Promise<void> {
    const typesOf = (service: string): readonly string[] => typesAt(this.#rows, service)
    try {
      await this.#lookUps.run((scope) => this.#historyOf(scope), typesOf, out, signal)
    } catch (error) {
      signal.throwIfAborted()
      throw scanFailureOf(error, "CloudTrail's event history", this.#redacted)
    }
  }

  #historyOf(scope: Scope): EventHistory | null {
    const { account: id, location } = splitScope(scope)
    const account = this.#accounts.get(id)
    if (account === undefined) return null
    return cloudTrailHistory(account.session, account.id, location ?? homeRegionOf(account.partition))
  }

  /** Null where it is not watched. */
  #scopeOf(account: string, region: string, type: string): Scope | null {
    const known = this.#accounts.get(account)
    const row = this.#rows.find((one) => one.type === type)
    if (known === undefined || row === undefined) return null
    if (row.isGlobal === true) return scopeIn(account, null, row)
    return known.regions.includes(region) ? scopeIn(account, region, row) : null
  }

  #reader(account: Account, region: string, row: Row, idle?: Idle): Reader {
    const { session, id, partition } = account
    const reader: Reader = {
      $account: id,
      $region: region,
      $partition: partition,
      call: (service, operation, input: JsonObject, signal, elsewhere) =>
        session.call(service, elsewhere ?? region, operation, input, signal, idle),
      pages: (listing, signal) =>
        this.#shared.read(
          JSON.stringify([id, region, listing]),
          row.type,
          takersOf(listing, this.#rows, listingsOf),
          (stop) => readPages(listing, reader, stop),
          signal,
          idle,
        ),
    }
    return reader
  }
}
