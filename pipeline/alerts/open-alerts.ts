import { messageOf, VainoError } from '../../model/errors.ts'
import type { DeadLetter, ScopeStatus } from '../../model/status.ts'
import type { DeadRow } from '../../storage/alerts/alert-rows.ts'
import { AlertStore } from '../../storage/alerts/alert-store.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import type { AlertsConfig } from '../config/alerts-schema.ts'
import type { DriftView } from '../drift/drift-view.ts'
import type { CurrentRules } from '../rules/current-rules.ts'
import type { RunningEngine } from '../running-engine.ts'
import type { BackoffLimits } from '../sources/backoff.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { AlertRouter } from './alert-router.ts'
import { ChangeFeed } from './change-feed.ts'
import { Deliverer } from './deliverer.ts'
import { DriftFeed } from './drift-feed.ts'
import { HealthFeed } from './health-feed.ts'
import { LagWatch, type LagWatchParts, type StreamPosition } from './lag-watch.ts'
import type { AlertMessage } from './message.ts'
import { compileRoute } from './routes.ts'
import { routeSchema } from './routes-schema.ts'
import { type AlertFeed, AlertRun, type Copying } from './run-alerts.ts'
import type { OpenSink } from './sinks/open-sinks.ts'

export interface AlertsParts {
  readonly config: AlertsConfig
  readonly sinks: readonly OpenSink[]
  readonly dataDir: string
  readonly engine: Pick<RunningEngine, 'reader' | 'deadLetters' | 'health' | 'onCommit' | 'streams'>
  /** The feeds of this process's sources; absent: there are none. */
  readonly feeds?: LagWatchParts['feeds']
  /** The scopes, with what reads each where that is this process. */
  readonly scopes: () => Iterable<ScopeStatus>
  readonly view: DriftView
  readonly rules: CurrentRules
  readonly telemetry: Pick<Telemetry, 'emit' | 'feedAlerts'>
  readonly nowMs?: () => number
  readonly backoff?: BackoffLimits
  /** Milliseconds between two looks at vaino's own health. */
  readonly lookEveryMs?: number
}

/** Where the state is another's too. */
export interface SharedAlerts extends Copying {
  readonly store: AlertStore
}

/** Alerts while they run. */
export interface RunningAlerts extends AsyncDisposable {
  /** Messages that were given up, newest first. @param page as the one before it said */
  undelivered(limit: number, page?: string): { readonly entries: readonly DeadLetter[]; readonly page: string | null }
}

/**
 * ```
 * drift log ──┐                                    one transaction each                 ┌─► sink
 * change log ─┼─► feeds ─► routes: what a route knows of each subject ─► outbox ─► deliverers ─┼─► sink
 * health ─────┘            groups: when their next message is due                       └─► sink
 * ```
 */
export function openAlerts(parts: AlertsParts, shared?: SharedAlerts): RunningAlerts {
  const { config, sinks, engine, scopes, view, rules, telemetry, nowMs = Date.now } = parts
  const { reader } = engine
  const stack = new AsyncDisposableStack()
  const store = shared?.store ?? stack.use(new AlertStore(parts.dataDir, reader.logId))
  const routes = routesOf(config).map(compileRoute)
  const router = new AlertRouter({
    ...{ store, routes },
    scanEnded: (scope) => reader.scope(scope as Parameters<StateReader['scope']>[0])?.last_complete_at ?? '',
    dropped: (reason) => telemetry.emit('alert_untold', { reason }),
    overflowed: (sink) =>
      telemetry.emit('alert_given_up', { sink, title: 'the oldest message', reason: 'queue_full', error: queueFull }),
  })
  forgetOthers(store, parts, new Set(routes.map(({ name }) => name)), nowMs())
  const deliverers = sinks.map((sink) => stack.use(delivererOf(parts, store, sink)))
  const ofChanges = routes.filter(({ on }) => on.has('changes'))
  const skipped = () => telemetry.emit('alerts_skipped', {})
  const feeds: AlertFeed[] = [
    stack.use(new DriftFeed({ view, store, router, rules, nowMs })),
    ...(ofChanges.length === 0
      ? []
      : [new ChangeFeed({ reader, store, router, rules, routes: ofChanges, nowMs, skipped })]),
    new HealthFeed({
      ...{ engine, scopes, store, router, nowMs },
      lag: new LagWatch({
        afterMs: config.lag_after,
        streams: () => [...engine.streams(), ...streamsOf(view, reader)],
        feeds: parts.feeds ?? (() => []),
      }),
      ...(parts.lookEveryMs && { lookEveryMs: parts.lookEveryMs }),
    }),
  ]
  const failed = (error: unknown) => telemetry.emit('alerts_failed', { error })
  const run = stack.use(
    new AlertRun({ store, router, feeds, deliverers, nowMs, failed, ...(shared && { copying: shared }) }),
  )
  stack.defer(view.onEntries(() => run.wake()))
  stack.defer(rules.onChange(() => run.wake()))
  if (ofChanges.length > 0) stack.defer(engine.onCommit(() => run.wake()))
  // What is scraped while all is closed finds nothing.
  let isOpen = true
  stack.defer(() => {
    isOpen = false
  })
  telemetry.feedAlerts(() => (isOpen ? sinks.map(({ name }) => ({ sink: name, waiting: store.depth(name) })) : []))
  return {
    undelivered: (limit, page) => undelivered(store, limit, page),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** The view of drift reads the change log. */
const streamsOf = ({ position }: DriftView, reader: StateReader): StreamPosition[] =>
  position === null
    ? []
    : reader
        .head()
        .map((end, partition) => ({ stream: 'the view of drift', partition, done: position[partition] ?? 0, end }))

const queueFull = 'more messages wait than are kept'

/** Without routes all drift and vaino's own health go to all sinks. */
const routesOf = ({ routes, sinks }: AlertsConfig) =>
  routes ?? (Object.keys(sinks).length === 0 ? [] : [routeSchema.parse({ name: 'default', to: Object.keys(sinks) })])

/** What is of routes and sinks that are not configured any more. */
function forgetOthers(
  store: AlertStore,
  { sinks, telemetry }: AlertsParts,
  routes: ReadonlySet<string>,
  nowMs: number,
) {
  const names = new Set(sinks.map(({ name }) => name))
  const error = 'the configuration has no such sink any more'
  store.transaction(() => {
    for (const route of store.routes()) if (!routes.has(route)) store.dropRoute(route)
    for (const sink of store.pendingSinks()) {
      if (names.has(sink)) continue
      for (let page = store.ofSink(sink); page.length > 0; page = store.ofSink(sink))
        for (const { seq, message } of page) {
          store.bury(seq, nowMs, 'no_such_sink', error)
          const { title } = JSON.parse(message) as AlertMessage
          telemetry.emit('alert_given_up', { sink, title, reason: 'no_such_sink', error })
        }
    }
  })
}

function delivererOf({ config, telemetry, backoff, nowMs }: AlertsParts, store: AlertStore, sink: OpenSink): Deliverer {
  const { name } = sink
  return new Deliverer({
    ...{ store, sink, giveUpAfterMs: config.give_up_after },
    ...(backoff && { backoff }),
    ...(nowMs && { nowMs }),
    delivered: ({ title }, attempts) => telemetry.emit('alert_delivered', { sink: name, title, attempts }),
    failed: (error, attempts, wait_ms) => telemetry.emit('alert_failed', { sink: name, error, attempts, wait_ms }),
    givenUp: (title, error, reason) => telemetry.emit('alert_given_up', { sink: name, title, reason, error }),
    broken: (error) => telemetry.emit('alerts_failed', { error: messageOf(error) }),
  })
}

function undelivered(store: AlertStore, limit: number, page: string | undefined) {
  if (page !== undefined && !/^\d{1,15}$/.test(page))
    throw new VainoError('bad_request', 'page is none of the pages before', { hint: 'Begin without page.' })
  const before = page === undefined ? Number.MAX_SAFE_INTEGER : Number(page)
  const rows = store.dead(before, limit)
  const last = rows.at(-1)
  return { entries: rows.map(letterOf), page: rows.length < limit || last === undefined ? null : String(last.seq) }
}

function letterOf({ sink, id, message, deadAtMs, attempts, reason, error }: DeadRow): DeadLetter {
  const { title, route } = JSON.parse(message) as AlertMessage
  return {
    at: new Date(deadAtMs).toISOString(),
    reason,
    source: `alerts: sink ${sink}, route ${route}, message ${id}`,
    preview: `${title} (${attempts} attempts${error === null ? '' : `, the last: ${error}`})`,
  }
}
