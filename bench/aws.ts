/**
 * Reading an account of AWS with thousands of resources: one call at a time, as a collector does that waits for each answer
 * before it asks on; as vaino does; and so too where it keeps to the rates that AWS allows.
 *
 *   npm run bench -- aws [resources=5000] [latency=30] [rounds=1]
 *
 * moto plays AWS. Its answers are kept by an endpoint in between, which gives each after `latency` milliseconds, so that what
 * is measured is the reader: a vaino of its own process with a new data directory, from its start to the commit of the last
 * scope. Said are the medians of its wall time, CPU and highest resident memory, and how many calls it made.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { aws } from '../connectors/aws/connector.ts'
import { openEngine } from '../pipeline/embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../pipeline/engine-options.ts'
import { Budgets } from '../pipeline/sources/budget.ts'
import { systemClock } from '../pipeline/sources/clock.ts'
import { scanOnce, sourceSlots } from '../pipeline/sources/runner.ts'
import { createTelemetry } from '../pipeline/telemetry/telemetry.ts'
import { callAws, Moto } from '../test/estate/moto.ts'
import { usageOf } from '../test/process-usage.ts'
import { testEnvironment } from '../test/runner/environment.mjs'
import { openSource } from '../test/sources/scan-all.ts'
import { CachedEndpoint } from './estate/cached-endpoint.ts'
import { setting } from './estate/made-up.ts'
import { makingAccount, regions, types } from './estate/made-up-account.ts'
import { median } from './report/figures.ts'

interface Reading {
  readonly resources: number
  readonly failed: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly megabytes: number
}

interface Contestant {
  readonly name: string
  readonly inTurn: boolean
  readonly keepsRates: boolean
}

const contestants: readonly Contestant[] = [
  { name: 'one call at a time', inTurn: true, keepsRates: false },
  { name: 'vaino', inTurn: false, keepsRates: false },
  { name: 'vaino within the rates of AWS', inTurn: false, keepsRates: true },
]

const [role] = process.argv.slice(2)
if (role === 'read' || role === 'read-within-rates') await read(role === 'read-within-rates')
else await compare(setting('resources', 5000), setting('latency', 30), setting('rounds', 1))

/** What a process of its own does: reads the account once, and prints what that took. */
async function read(keepsRates: boolean): Promise<void> {
  const startedAt = performance.now()
  const dataDir = mkdtempSync(path.join(tmpdir(), 'vaino-bench-'))
  using telemetry = createTelemetry({ version: 'bench', level: 'error', redact: (text) => text })
  const engine = await openEngine({ ...defaultEngineOptions, dataDir }, telemetry)
  const budgets = new Budgets(systemClock)
  const unlimited = { take: async () => undefined, throttled: () => undefined }
  const source = openSource(
    aws,
    '',
    { regions: [...regions], types: { include: [...types] } },
    { ...engine, redactor: engine.redactor, budget: (...given) => (keepsRates ? budgets.of(...given) : unlimited) },
  )
  const config = { kind: 'aws', where: '', intervalMs: null, forgetAfterMs: null, options: {} }
  const opened = { config, source, intervalMs: 300_000, forgetAfterMs: null, isThrottled: () => false }
  let resources = 0
  const failed = await scanOnce(
    [opened],
    {
      ...{ concurrency: Math.max(sourceSlots, defaultEngineOptions.workers), redactText: (text: string) => text },
      sink: (name, signal) => engine.sink(name, signal),
      onObserved: () => void resources++,
      onFailure: (what, why) => console.error(what, why),
    },
    new AbortController().signal,
  )
  await engine[Symbol.asyncDispose]()
  const { user, system } = process.cpuUsage()
  const peak = usageOf(process.pid).peakBytes / 2 ** 20
  const reading: Reading = {
    ...{ resources, failed: failed.length, seconds: (performance.now() - startedAt) / 1000 },
    ...{ cpuSeconds: (user + system) / 1e6, megabytes: peak },
  }
  console.log(JSON.stringify(reading))
  rmSync(dataDir, { recursive: true, force: true })
  process.exit(0)
}

async function compare(resources: number, latencyMs: number, rounds: number): Promise<void> {
  await using moto = await Moto.start()
  const calls = makingAccount(resources)
  console.log(`making ${calls.length} things …`)
  await callAws(moto.url, calls)
  await using endpoint = await CachedEndpoint.start(moto.url)
  // Every answer is known from here on.
  await run({ name: '', inTurn: false, keepsRates: false }, endpoint)
  endpoint.latencyMs = latencyMs
  const found = contestants.map((contestant) => ({ contestant, readings: [] as (Reading & { calls: number })[] }))
  for (let round = 0; round < rounds; round++) {
    for (const { contestant, readings } of found) {
      endpoint.asked = 0
      readings.push(await run(contestant, endpoint))
      if (endpoint.asked > 0) console.log(`${endpoint.asked} answers were not known`)
      const last = readings.at(-1)
      console.log(`${contestant.name}: ${last?.seconds.toFixed(1)} s, ${last?.cpuSeconds.toFixed(1)} s of CPU`)
    }
  }
  const services = new Set(endpoint.calls.map(({ service }) => service)).size
  console.log(`${services} services; load ${loadavg()[0]?.toFixed(1)}; medians of ${rounds}`)
  const slowest = median(found[0]?.readings.map(({ seconds }) => seconds) ?? [])
  for (const { contestant, readings } of found) {
    const of = (what: (reading: Reading & { calls: number }) => number) => median(readings.map(what))
    const seconds = of((reading) => reading.seconds)
    console.log(
      [
        contestant.name.padEnd(30),
        `${of((reading) => reading.resources)} resources, ${of((reading) => reading.calls)} calls`,
        `${seconds.toFixed(1)} s (${(slowest / seconds).toFixed(1)}×)`,
        `${(of((reading) => reading.resources) / seconds).toFixed(0)} resources/s`,
        `${(of((reading) => reading.calls) / seconds).toFixed(0)} calls/s`,
        `${of((reading) => reading.cpuSeconds).toFixed(1)} s of CPU`,
        `${of((reading) => reading.megabytes).toFixed(0)} MB`,
        `${of((reading) => reading.failed)} scopes failed`,
      ].join(', '),
    )
  }
}

async function run(
  { inTurn, keepsRates }: Contestant,
  endpoint: CachedEndpoint,
): Promise<Reading & { readonly calls: number }> {
  endpoint.calls = []
  endpoint.inTurn = inTurn
  const env = { ...testEnvironment(process.env), AWS_ENDPOINT_URL: endpoint.url }
  const args = [fileURLToPath(import.meta.url), keepsRates ? 'read-within-rates' : 'read']
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const line of createInterface({ input: child.stdout })) said = line
  return { ...(JSON.parse(said) as Reading), calls: endpoint.calls.length }
}
