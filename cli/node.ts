import { createApp } from '../api/app.ts'
import { driftSource } from '../api/drift-log.ts'
import { type RunningServer, serve } from '../api/server.ts'
import { siteOf } from '../api/site.ts'
import { type AlertsParts, openAlerts, type RunningAlerts } from '../pipeline/alerts/open-alerts.ts'
import { openOwnedAlerts } from '../pipeline/alerts/owned-alerts.ts'
import type { OpenSink } from '../pipeline/alerts/sinks/open-sinks.ts'
import type { AuditLog } from '../pipeline/audit/audit-log.ts'
import { engineOptions } from '../pipeline/config/engine-options.ts'
import type { LoadedConfig } from '../pipeline/config/load.ts'
import type { Config } from '../pipeline/config/schema.ts'
import { DriftView } from '../pipeline/drift/drift-view.ts'
import { openNodeEngine } from '../pipeline/open-node-engine.ts'
import type { CurrentRules } from '../pipeline/rules/current-rules.ts'
import { watchWeekOfRules } from '../pipeline/rules/week-of-rules.ts'
import type { RunningEngine } from '../pipeline/running-engine.ts'
import { Budgets } from '../pipeline/sources/budget.ts'
import { systemClock } from '../pipeline/sources/clock.ts'
import { goneScopes } from '../pipeline/sources/forgetting.ts'
import { openSources } from '../pipeline/sources/open-sources.ts'
import { watchRecorded } from '../pipeline/sources/recorded-changes.ts'
import { type RunningSources, runSources } from '../pipeline/sources/runner.ts'
import { scopesWithSources } from '../pipeline/sources/scopes-with-sources.ts'
import type { SourceStatus } from '../pipeline/sources/status.ts'
import type { Telemetry } from '../pipeline/telemetry/telemetry.ts'
import type { TlsTexts } from '../runtime/runtime.ts'
import { servingOf } from './serving.ts'
import { readTls, type TlsFiles, watchTls } from './tls-files.ts'

/** All of vaino in one process: it collects, processes and serves until it is disposed. */
export interface RunningNode extends AsyncDisposable {
  readonly engine: RunningEngine
  readonly sources: RunningSources
  readonly server: RunningServer
}

export interface NodeOptions {
  readonly version: string
  /** Done when the data directory is this process's own and no source is read yet. */
  prepare(): void
  /** As it was read, for those who may look at it. */
  readonly loaded: Pick<LoadedConfig, 'file' | 'warnings' | 'settings'>
  readonly rules: CurrentRules
  readonly auditLog: AuditLog
  /** Where alerts go; none: there are none. */
  readonly sinks: readonly OpenSink[]
}

/**
 * Opens the data directory, then the API, then the sources, and closes them the other way round: what was let in is
 * committed before the data directory is left.
 * @throws VainoError what stands in the way, everything opened before it closed again
 */
export async function startNode(config: Config, telemetry: Telemetry, options: NodeOptions): Promise<RunningNode> {
  await using opening = new AsyncDisposableStack()
  const { listen, tokens } = servingOf(config)
  const tls = config.tls === undefined ? undefined : readTls(config.tls, process.cwd())
  const engine = opening.use(await openNodeEngine(config, telemetry))
  options.prepare()
  const budgets = new Budgets(systemClock)
  const opened = config.roles.includes('collector') ? await openSources(config, engine, budgets) : []
  // The API answers before the sources run.
  let running: RunningSources | null = null
  const targets = () => running?.targets() ?? []
  telemetry.feedTargets(targets)
  const feeds = () => feedsOf(running?.status() ?? [])
  telemetry.feedSources(() => ({ budgets: budgets.status(), feeds: feeds() }))
  const scopesOf = (after: string) => scopesWithSources(engine.reader.scopesAfter(after), targets(), after)
  const drift = opening.use(openDrift(config, engine, telemetry, (asked) => running?.reread(asked)))
  let alerts: RunningAlerts | null = null
  const driftReads = driftSource(drift, () => options.rules.rules)
  telemetry.feedDrift(() => driftReads.counter.tallies())
  const caughtUp = config.roles.includes('api') ? drift.start() : Promise.resolve()
  const app = createApp({
    engine,
    scopes: scopesOf,
    version: options.version,
    metrics: telemetry.metrics,
    emit: telemetry.emit,
    tokens,
    site: siteOf(config.public_url, config.cors_origins),
    limits: {
      ingestBytes: config.limits.body_size,
      requestsPerSecond: config.limits.requests_per_second ?? null,
    },
    auditLog: options.auditLog,
    rules: options.rules,
    configuration: options.loaded,
    drift: driftReads,
    undelivered: (limit, page) => alerts?.undelivered(limit, page) ?? { entries: [], page: null },
    // Without that role this node's files are no copy of everything: it answers for itself alone.
    answersQueries: config.roles.includes('api'),
  })
  if (config.roles.includes('api')) opening.use(watchWeekOfRules(engine.reader, options.rules, telemetry))
  const server = opening.use(await serve({ app, listen, tokens, ...(tls && { tls }) }))
  if (config.tls !== undefined && tls !== undefined) opening.use(followCertificate(config.tls, tls, server, telemetry))
  // What happened before this start is in the view before anything new is read.
  await caughtUp
  if (config.roles.includes('api') && engine.publishDrift !== null)
    opening.use(engine.publishDrift(drift, () => options.rules.rules))
  if (config.roles.includes('api') && options.sinks.length > 0)
    alerts = opening.use(
      openAlertsOf(config, engine, drift, telemetry, { ...options, feeds, scopes: () => scopesOf('') }),
    )
  const sources = opening.use(
    runSources(opened, {
      telemetry,
      redactText: engine.redactor.redactText,
      concurrency: config.workers,
      sink: (source, signal) => engine.sink(source, signal),
      gone: goneScopes(engine),
    }),
  )
  running = sources
  for (const { source } of opened) {
    const { name, recorded } = source
    if (recorded === undefined || !config.roles.includes('api')) continue
    const host = {
      reader: engine.reader,
      onCommit: (listener: () => void) => engine.onCommit(listener),
      clock: systemClock,
      onFailure: (error: unknown) => telemetry.emit('source_failed', { source: name, part: 'events', error }),
    }
    opening.use(watchRecorded(host, recorded.scopes, (changes) => recorded.take(changes)))
  }
  const all = opening.move()
  return { engine, sources, server, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

function followCertificate(files: TlsFiles, holds: TlsTexts, server: RunningServer, telemetry: Telemetry): Disposable {
  return watchTls(files, process.cwd(), {
    holds,
    renewed(tls) {
      server.renew(tls)
      telemetry.emit('tls_renewed', { file: files.cert })
    },
    refused: (error) => telemetry.emit('tls_refused', { file: files.cert, error }),
  })
}

/** What tells people. It begins when the view has caught up, so that nothing is taken for over that is only not looked at yet. */
function openAlertsOf(
  config: Config,
  engine: RunningEngine,
  view: DriftView,
  telemetry: Telemetry,
  { sinks, rules, scopes, feeds }: NodeOptions & Required<Pick<AlertsParts, 'scopes' | 'feeds'>>,
): RunningAlerts {
  const { data_dir: dataDir, alerts } = config
  const parts = { config: alerts, dataDir, sinks, engine, scopes, feeds, view, rules, telemetry }
  return engine.ownAlerts === null ? openAlerts(parts) : openOwnedAlerts(parts, engine.ownAlerts)
}

/** The view of drift over an engine. It costs nothing while no state is read live. */
function openDrift(
  config: Config,
  engine: RunningEngine,
  telemetry: Telemetry,
  readLive: (asked: Parameters<RunningSources['reread']>[0]) => void,
): DriftView {
  const { dataDir, staleAfterMs, retention } = engineOptions(config)
  return new DriftView({
    ...{ dataDir, staleAfterMs, retention, readLive, reader: engine.reader },
    onCommit: (listener) => engine.onCommit(listener),
    failed: (error) => telemetry.emit('drift_failed', { error }),
  })
}

const feedsOf = (sources: readonly SourceStatus[]) =>
  sources.flatMap(({ name, backlog }) => (backlog === null ? [] : [{ source: name, ...backlog }]))
