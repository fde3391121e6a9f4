/**
 * Reading a project of Google Cloud with many instances: first, and again where nothing has changed.
 *
 *   npm run bench -- gcp [instances=10000] [latency=30] [rounds=1]
 *
 * A stand-in of the tests plays Google, in a process of its own, and gives each answer after `latency` milliseconds. What is measured is a vaino of its own
 * process with a new data directory, all types, within the rates that Google documents, to the commit of the last scope. Said are the medians of wall
 * time, CPU and highest resident memory, and how many calls it made.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { gcp } from '../connectors/gcp/connector.ts'
import { openEngine } from '../pipeline/embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../pipeline/engine-options.ts'
import { Budgets } from '../pipeline/sources/budget.ts'
import { systemClock } from '../pipeline/sources/clock.ts'
import { scanOnce, sourceSlots } from '../pipeline/sources/runner.ts'
import { createTelemetry } from '../pipeline/telemetry/telemetry.ts'
import { instance } from '../test/gcp/made.ts'
import { project, startStandIn } from '../test/gcp/stand-in.ts'
import { usageOf } from '../test/process-usage.ts'
import { testEnvironment } from '../test/runner/environment.mjs'
import { openSource } from '../test/sources/scan-all.ts'
import { setting } from './estate/made-up.ts'
import { median } from './report/figures.ts'

const passes = ['first', 'again'] as const

interface Reading {
  readonly resources: number
  readonly failed: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly megabytes: number
}

const [role] = process.argv.slice(2)
if (role === 'serve') await serve(setting('instances', 10_000), setting('latency', 30))
else if (role === 'read') await read()
else await compare(setting('instances', 10_000), setting('latency', 30), setting('rounds', 1))

/** Plays Google until it is killed; prints where. */
async function serve(instances: number, latencyMs: number): Promise<void> {
  const standIn = await startStandIn({ latencyMs })
  const link = `https://www.googleapis.com/compute/v1/projects/${project}`
  for (let n = 0; n < instances; n++) {
    const zone = n % 2 === 0 ? 'europe-west1-b' : 'europe-west1-c'
    instance(standIn, `web-${n}`, zone, {
      labels: { team: 'web', number: String(n) },
      disks: [{ type: 'PERSISTENT', boot: true, autoDelete: true, source: `${link}/zones/${zone}/disks/web-${n}` }],
      networkInterfaces: [
        { network: `${link}/global/networks/main`, networkIP: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` },
      ],
      serviceAccounts: [
        { email: `web@${project}.iam.gserviceaccount.com`, scopes: ['https://www.googleapis.com/auth/cloud-platform'] },
      ],
      scheduling: { onHostMaintenance: 'MIGRATE', automaticRestart: true, provisioningModel: 'STANDARD' },
      metadata: { items: [{ key: 'startup-script', value: `#!/bin/sh\necho ${n}\n` }] },
    })
  }
  console.log(standIn.url)
  await new Promise(() => undefined)
}

/** What a process of its own does: reads the project twice, and prints what each took. */
async function read(): Promise<void> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'vaino-bench-'))
  using telemetry = createTelemetry({ version: 'bench', level: 'error', redact: (text) => text })
  const engine = await openEngine({ ...defaultEngineOptions, dataDir }, telemetry)
  const budgets = new Budgets(systemClock)
  const context = {
    ...engine,
    redactor: engine.redactor,
    budget: (...given: Parameters<Budgets['of']>) => budgets.of(...given),
  }
  const source = openSource(gcp, project, { endpoint: `${process.env.STAND_IN}/{api}/` }, context)
  const config = { kind: 'gcp', where: '', intervalMs: null, forgetAfterMs: null, options: {} }
  const opened = { config, source, intervalMs: 300_000, forgetAfterMs: null, isThrottled: () => false }
  for (const _ of passes) {
    const [startedAt, before] = [performance.now(), process.cpuUsage()]
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
    const { user, system } = process.cpuUsage(before)
    const reading: Reading = {
      ...{ resources, failed: failed.length, seconds: (performance.now() - startedAt) / 1000 },
      cpuSeconds: (user + system) / 1e6,
      megabytes: usageOf(process.pid).peakBytes / 2 ** 20,
    }
    console.log(JSON.stringify(reading))
  }
  await engine[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
  process.exit(0)
}

async function compare(instances: number, latencyMs: number, rounds: number): Promise<void> {
  const server = run(['serve', `instances=${instances}`, `latency=${latencyMs}`], {})
  const url = await nextLine(server)
  const found = passes.map((): Reading[] => [])
  for (let round = 0; round < rounds; round++) {
    const reader = run(['read'], { STAND_IN: url, GCE_METADATA_HOST: new URL(url).host })
    let pass = 0
    for await (const line of createInterface({ input: reader.stdout ?? process.stdin })) {
      found[pass++]?.push(JSON.parse(line) as Reading)
    }
  }
  server.kill()
  console.log(`load ${loadavg()[0]?.toFixed(1)}; medians of ${rounds}`)
  for (const [at, readings] of found.entries()) {
    const of = (what: (reading: Reading) => number) => median(readings.map(what))
    console.log(
      [
        `${passes[at]}: ${of(({ resources }) => resources)} resources`,
        `${of(({ seconds }) => seconds).toFixed(1)} s`,
        `${of(({ cpuSeconds }) => cpuSeconds).toFixed(1)} s of CPU`,
        `${of(({ megabytes }) => megabytes).toFixed(0)} MB at most`,
        `${of(({ failed }) => failed)} scopes failed`,
      ].join(', '),
    )
  }
}

function run(args: readonly string[], more: Readonly<Record<string, string>>): ChildProcess {
  const env = { ...testEnvironment(process.env), METADATA_SERVER_DETECTION: 'assume-present', ...more }
  return spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function nextLine({ stdout }: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: stdout ?? process.stdin })) return line
  throw new Error('it ended without a word')
}
