import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createRedactor } from '../model/redaction.ts'
import type { AuditLog } from '../pipeline/audit/audit-log.ts'
import { loadConfig } from '../pipeline/config/load.ts'
import { DriftView } from '../pipeline/drift/drift-view.ts'
import { openEngine } from '../pipeline/embedded/open-embedded-engine.ts'
import { defaultEngineOptions, type EngineOptions } from '../pipeline/engine-options.ts'
import { CurrentRules } from '../pipeline/rules/current-rules.ts'
import type { RunningEngine } from '../pipeline/running-engine.ts'
import { createTelemetry } from '../pipeline/telemetry/telemetry.ts'
import { noTokens, type Tokens } from './access.ts'
import { type App, type AppOptions, createApp } from './app.ts'
import { driftSource } from './drift-log.ts'
import type { Emit } from './emit.ts'
import type { ApiLimits } from './limits.ts'
import { serve } from './server.ts'
import { noSite, type Site } from './site.ts'

export interface TestServerOptions {
  readonly tokens?: Tokens
  readonly limits?: Partial<ApiLimits>
  readonly engine?: Partial<EngineOptions>
  readonly idleSeconds?: number
  readonly site?: Site
  readonly configuration?: NonNullable<AppOptions['configuration']>
  readonly auditLog?: AuditLog
}

/** A real engine over a data directory of its own, or of the test's, which stays, and its API on a free port, for tests. */
export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly app: App
  readonly engine: RunningEngine
  readonly rules: CurrentRules
  readonly drift: DriftView
  /** What was emitted so far. */
  readonly events: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[]
  get(path: string, init?: RequestInit): Promise<Response>
  /** Sends records and returns the cursor that contains them. */
  ingest(...records: readonly object[]): Promise<string>
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const own = options.engine?.dataDir === undefined ? await mkdtemp(path.join(tmpdir(), 'vaino-api-')) : null
  const dataDir = options.engine?.dataDir ?? own ?? ''
  const redactor = createRedactor(Buffer.alloc(32))
  const redact = (text: string) => redactor.redactText(text)
  const telemetry = createTelemetry({ version: '0.0.0', redact, format: 'none' })
  const engine = await openEngine({ ...defaultEngineOptions, workers: 2, dataDir, ...options.engine }, telemetry)
  const events: TestServer['events'] = []
  const emit: Emit = (event, fields) => {
    events.push({ event, fields })
    telemetry.emit(event, fields)
  }
  const { tokens = noTokens, limits = {}, site = noSite } = options
  const rules = new CurrentRules()
  const drift = new DriftView({
    ...{
      dataDir,
      reader: engine.reader,
      onCommit: engine.onCommit,
      staleAfterMs: 90_000,
      retention: { ageMs: 86_400_000 },
    },
    restMs: 0,
    failed: (error) => emit('drift_failed', { error }),
  })
  const source = driftSource(drift, () => rules.rules)
  telemetry.feedDrift(() => source.counter.tallies())
  await drift.start()
  const metrics = telemetry.metrics
  const app = createApp({
    engine,
    metrics,
    emit,
    version: '0.0.0',
    tokens,
    limits,
    site,
    rules,
    configuration: options.configuration ?? loadConfig({ folder: dataDir, environment: {} }),
    drift: source,
    ...(options.auditLog && { auditLog: options.auditLog }),
  })
  const listen = { host: '127.0.0.1', port: 0 }
  const { idleSeconds } = options
  const server = await serve({ app, listen, tokens, ...(idleSeconds !== undefined && { idleSeconds }) })
  const get = (target: string, init: RequestInit = {}) => fetch(`${server.url}${target}`, init)
  return {
    url: server.url,
    app,
    engine,
    rules,
    drift,
    events,
    get,
    async ingest(...records) {
      const body = records.map((record) => `${JSON.stringify(record)}\n`).join('')
      const answer = await get('/v1/ingest', { method: 'POST', body })
      if (!answer.ok) throw new Error(await answer.text())
      const { cursor, dead_letters } = (await answer.json()) as { cursor: string; dead_letters: number }
      if (dead_letters > 0) throw new Error(`${dead_letters} dead letters`)
      return cursor
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await drift[Symbol.asyncDispose]()
      await engine[Symbol.asyncDispose]()
      telemetry[Symbol.dispose]()
      if (own !== null) await rm(own, { recursive: true })
    },
  }
}

export const testScope = 'aws/1/eu-west-1/vm'

export const resourceOf = (id: string, configuration: object = {}, tags: Record<string, string> = {}) => ({
  id,
  type: 'vm',
  provider: 'aws',
  name: `name of ${id}`,
  region: 'eu-west-1',
  configuration,
  tags,
})

export const observed = (id: string, configuration: object = {}, scope = testScope, tags = {}) => ({
  kind: 'observed',
  scope,
  resource: resourceOf(id, configuration, tags),
})

export const gone = (id: string, scope = testScope) => ({ kind: 'gone', scope, id })

/** A complete scan that sees these ids. */
export const scanOf = (scan: string, ids: readonly string[], scope = testScope) => [
  { kind: 'scan.begin', scope, scan },
  ...ids.map((id) => ({ ...observed(id, {}, scope), scan })),
  { kind: 'scan.end', scope, scan, complete: true, count: ids.length },
]

/** Waits until something holds; fails after a while with what it waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
