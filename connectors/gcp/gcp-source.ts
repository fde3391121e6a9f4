import { formatScope, splitScope } from '../../model/scope.ts'
import { dryRun } from '../calls/dry-run.ts'
import { followFeed } from '../calls/follow-feed.ts'
import { orAborted } from '../calls/or-aborted.ts'
import { readEach } from '../calls/read-each.ts'
import type { RowSink } from '../calls/row-observation.ts'
import { type Saying, scanErrorOf, scanFailureOf } from '../calls/scan-error.ts'
import { SharedPages } from '../calls/shared-pages.ts'
import { takersOf } from '../calls/takers-of.ts'
import { chosenTypes } from '../chosen-types.ts'
import type { ConnectorContext } from '../connector.ts'
import type { Checked, Idle, Nudge, Observer, RereadObserver, ScanReport, Source, Target } from '../source.ts'
import { sourceName } from '../source-name.ts'
import { AssetScopes } from './assets/asset-scopes.ts'
import { Refusal } from './calls/refusal.ts'
import { type ChangeEvent, readMessage } from './events/audit-entry.ts'
import { pubsubQueue } from './events/pubsub-queue.ts'
import { type Watched, wokenBy } from './events/woken-by.ts'
import type { GcpOptions } from './options.ts'
import { hintOf } from './scan/hints.ts'
import { type Page, type Reader, readPages } from './scan/pages.ts'
import { readOne } from './scan/read-one.ts'
import { readRow } from './scan/read-row.ts'
import type { Place } from './scan/resource.ts'
import { openSession } from './session/open-session.ts'
import { findProjects, type Project } from './session/projects.ts'
import type { Session } from './session/session.ts'
import { roleFor } from './table/role.ts'
import type { Row } from './table/row.ts'
import { listingsOf, rowOf, rows } from './table/table.ts'
import type { Where } from './where.ts'

/** What one source sees of Google Cloud: projects, and a scope for each type there. One list has all zones and regions. */
export class GcpSource implements Source {
  readonly name: string
  readonly #where: Where
  readonly #context: ConnectorContext
  readonly #rows: readonly Row[]
  readonly #session: Session
  readonly #endpoints: ReadonlySet<string>
  readonly #shared = new SharedPages<Page>()
  readonly #saying: Saying
  #projects: readonly Project[] = []
  readonly #isListed = Promise.withResolvers<void>()
  /** Null: only what has a row is read. */
  readonly #assets: AssetScopes | null
  readonly events?: (out: Nudge, signal: AbortSignal) => Promise<void>

  constructor(where: Where, text: string, options: GcpOptions, context: ConnectorContext) {
    this.name = sourceName('gcp', text)
    this.#where = where
    this.#context = context
    this.#rows = chosenTypes(rows, options.types, 'docs/gcp.md')
    this.#session = openSession(options, context)
    this.#endpoints = new Set(rows.map(({ list }) => new URL(this.#session.endpoint(list.api)).host))
    this.#assets = options.inventory ? new AssetScopes(this.#session, context) : null
    const { events } = options
    if (events !== undefined) this.events = (out, signal) => this.#follow(events.subscription, out, signal)
    this.#saying = { hintOf, redactText: (words) => context.redactor.redactText(words) }
  }

  async *targets(signal: AbortSignal): AsyncGenerator<readonly Target[], void, void> {
    this.#projects = await this.#look(signal)
    this.#isListed.resolve()
    const rowTargets = this.#projects.flatMap((project) => this.#rowsIn(project).map((row) => targetOf(project, row)))
    yield [...rowTargets, ...(await this.#assetTargets(signal))]
  }

  async scan({ scope }: Target, out: Observer, signal: AbortSignal): Promise<ScanReport> {
    const { account: id, collection: type } = splitScope(scope)
    const project = this.#projects.find((one) => one.id === id)
    const [row, assetType] = [rowOf(type), this.#assets?.assetTypeIn(scope) ?? null]
    if (project === undefined || (row === undefined && assetType === null))
      throw new Error(`${scope} is none of the targets`)
    const where = `project ${project.id}`
    try {
      if (row !== undefined)
        await readEnabled(row, project, this.#reader(project, row, out.idle?.bind(out)), this.#sink(where, out), signal)
      else if (assetType !== null) {
        const place = { $project: project.id, number: project.number, endpoints: this.#endpoints }
        return (await this.#assets?.scan(scope, assetType, place, out, signal)) ?? {}
      }
    } catch (error) {
      signal.throwIfAborted()
      throw scanFailureOf(error, where, this.#saying)
    }
    return {}
  }

  async reread(
    { scope }: Target,
    ids: ReadonlySet<string>,
    out: RereadObserver,
    signal: AbortSignal,
  ): Promise<ScanReport> {
    const { account, collection: type } = splitScope(scope)
    const project = this.#projects.find(({ id }) => id === account)
    const row = rowOf(type)
    if (project === undefined || row === undefined) throw new Error(`${scope} has nothing that is read alone`)
    const sink = this.#sink(`project ${account}`, out)
    const reader = this.#reader(project, row)
    await readEach(ids, (id) => readOne(row, id, project.number, reader, signal), sink, out, signal)
    return {}
  }

  #sink(where: string, out: Observer): RowSink {
    return {
      observe: async (resource) => {
        this.#context.redactor.redactResource(resource)
        await out.observe(resource)
      },
      missed: (error) => out.missed(scanErrorOf(error, where, this.#saying)),
    }
  }

  async #assetTargets(signal: AbortSignal): Promise<readonly Target[]> {
    const found: Target[] = []
    for (const { id, isBeingDeleted } of this.#assets === null ? [] : this.#projects) {
      if (isBeingDeleted) continue
      try {
        found.push(...((await this.#assets?.targets(id, signal)) ?? []))
      } catch (error) {
        signal.throwIfAborted()
        throw scanFailureOf(error, `the inventory of project ${id}`, this.#saying)
      }
    }
    return found
  }

  /** One resource of each type is read in each project. */
  async *checks(signal: AbortSignal): AsyncGenerator<Checked, void, void> {
    for (const project of await this.#look(signal)) {
      const state = project.isBeingDeleted ? ' is being deleted: nothing in it is read' : ' is read'
      yield { what: `project ${project.id}${state}`, problem: null }
      const say = (error: unknown) => scanErrorOf(error, `project ${project.id}`, this.#saying)
      const read: Parameters<typeof dryRun<Row>>[1] = (row, sink, stop) =>
        readEnabled(row, project, firstPageOf(this.#reader(project, row)), sink, stop)
      yield* await dryRun(this.#rowsIn(project), read, say, signal)
    }
  }

  /** The custom role, for `gcloud iam roles create vaino --file`. Asks Google nothing. */
  async permissions(): Promise<string> {
    return roleFor(this.#rows, this.#where.kind === 'below')
  }

  async #follow(subscription: string, out: Nudge, signal: AbortSignal): Promise<void> {
    const watched = (): Watched => ({
      ...{ projects: this.#projects, assets: this.#assets },
      rowsIn: (project) => this.#rowsIn(project),
    })
    const feed = {
      ...{ queue: pubsubQueue(this.#session, subscription), read: readMessage },
      scopesOf: (event: ChangeEvent) => wokenBy(event, watched()),
    }
    // What was listed before an event doesn't show it.
    const changed: Nudge['changed'] = (...given) => {
      this.#shared.clear()
      return out.changed(...given)
    }
    try {
      // Before that no event is about a project that is watched.
      await orAborted(this.#isListed.promise, signal)
      await followFeed(
        feed,
        { changed, received: (...given) => out.received(...given), backlog: (now) => out.backlog(now) },
        signal,
      )
    } catch (error) {
      signal.throwIfAborted()
      throw scanFailureOf(error, subscription, this.#saying)
    }
  }

  async #look(signal: AbortSignal): Promise<readonly Project[]> {
    try {
      return await findProjects(this.#where, this.#session, signal)
    } catch (error) {
      signal.throwIfAborted()
      throw scanFailureOf(error, this.name, this.#saying)
    }
  }

  /** Of a project that is being deleted its own state is read alone. */
  #rowsIn({ isBeingDeleted }: Project): readonly Row[] {
    return isBeingDeleted ? this.#rows.filter(({ type }) => type === 'google_project') : this.#rows
  }

  #reader({ id, number }: Project, row: Row, idle?: Idle): Reader & Place {
    const reader: Reader & Place = {
      $project: id,
      number,
      endpoints: this.#endpoints,
      call: (request, signal) => this.#session.call(id, request, signal, idle),
      pages: (listing, signal) =>
        this.#shared.read(
          JSON.stringify([id, listing]),
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

const targetOf = ({ id }: Project, { type, leastIntervalMs }: Row): Target => ({
  scope: formatScope({ provider: 'gcp', account: id, location: null, collection: type }),
  ...(leastIntervalMs === undefined ? {} : { leastIntervalMs }),
})

/** Where the API is not enabled in the project itself, there is nothing of the type. */
async function readEnabled(
  row: Row,
  { id, number }: Project,
  reader: Reader & Place,
  sink: RowSink,
  signal: AbortSignal,
): Promise<void> {
  try {
    await readRow(row, reader, sink, signal)
  } catch (error) {
    const isOff = error instanceof Refusal && error.kind === 'not_enabled' && error.consumer !== null
    if (!isOff || (error.consumer !== id && error.consumer !== number)) throw error
  }
}

const firstPageOf = (reader: Reader & Place): Reader & Place => ({
  ...reader,
  async *pages(listing, signal) {
    for await (const page of reader.pages(listing, signal)) {
      yield page
      return
    }
  },
})
