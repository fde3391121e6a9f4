import { createApp } from '../api/app.ts'
import { parseListen, type RunningServer, refuseOpenAddress, serve } from '../api/server.ts'
import { siteOf } from '../api/site.ts'
import type { Config } from '../pipeline/config/schema.ts'
import { openNodeEngine } from '../pipeline/open-node-engine.ts'
import type { CurrentRules } from '../pipeline/rules/current-rules.ts'
import type { RunningEngine } from '../pipeline/running-engine.ts'
import { goneScopes } from '../pipeline/sources/forgetting.ts'
import { openSources } from '../pipeline/sources/open-sources.ts'
import { type RunningSources, runSources } from '../pipeline/sources/runner.ts'
import { scopesWithSources } from '../pipeline/sources/scopes-with-sources.ts'
import type { Telemetry } from '../pipeline/telemetry/telemetry.ts'

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
  readonly rules: CurrentRules
}

/**
 * Opens the data directory, then the API, then the sources, and closes them the other way round: what was let in is
 * committed before the data directory is left.
 * @throws VainoError what stands in the way, everything opened before it closed again
 */
export async function startNode(config: Config, telemetry: Telemetry, options: NodeOptions): Promise<RunningNode> {
  await using opening = new AsyncDisposableStack()
  const listen = parseListen(config.listen)
  refuseOpenAddress(listen, config.tokens)
  const engine = opening.use(await openNodeEngine(config, telemetry))
  options.prepare()
  const opened = config.roles.includes('collector') ? await openSources(config, engine) : []
  // The API answers before the sources run.
  let running: RunningSources | null = null
  const targets = () => running?.targets() ?? []
  telemetry.feedTargets(targets)
  const app = createApp({
    engine,
    scopes: (after) => scopesWithSources(engine.reader.scopesAfter(after), targets(), after),
    version: options.version,
    metrics: telemetry.metrics,
    emit: telemetry.emit,
    tokens: config.tokens,
    site: siteOf(config.public_url, config.cors_origins),
    limits: { ingestBytes: config.limits.body_size },
    rules: options.rules,
    // Without that role this node's files are no copy of everything: it answers for itself alone.
    answersQueries: config.roles.includes('api'),
  })
  const server = opening.use(await serve({ app, listen, tokens: config.tokens }))
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
  const all = opening.move()
  return { engine, sources, server, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
