/**
 * Observations a second through the whole embedded pipeline, durable: records in, effects committed and fsynced.
 *
 *   npm run bench -- engine [keys=200000] [scopes=1000] [rounds=5]
 *
 * The input is what collectors and `POST /v1/ingest` send: a complete scan of every scope, resources of about 1 KiB. It is
 * written before the clock starts, so what is measured is vaino and not the generator. The ratio is against `JSON.parse` of
 * the same bytes in one thread, measured in the same run, because this machine's speed wanders.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEngine } from '../pipeline/embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../pipeline/engine-options.ts'
import { createTelemetry } from '../pipeline/telemetry/telemetry.ts'
import { benchScan, eachOf, oneChunk, setting } from './estate/made-up.ts'

const keys = setting('keys', 200_000)
const scopes = setting('scopes', 1_000)
const rounds = setting('rounds', 5)
const perScope = Math.ceil(keys / scopes)
/** Scans under way at once, as a scheduler with many sources has them. */
const atOnce = 64

/** Records parsed a second, of a tenth of the input. */
function parseRate(bodies: readonly Uint8Array[]): number {
  const lines = bodies
    .slice(0, Math.ceil(bodies.length / 10))
    .flatMap((body) => Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8').trim().split('\n'))
  const startedAt = performance.now()
  for (const line of lines) JSON.parse(line)
  return lines.length / ((performance.now() - startedAt) / 1000)
}

const folder = mkdtempSync(join(tmpdir(), 'vaino-bench-'))
const telemetry = createTelemetry({ version: 'bench', level: 'error', redact: (text) => text })
// The input itself is most of this process' memory, so the memory bound must not hold it back; see the memory benchmark.
const memory = { gcThresholdBytes: 8e9, backpressureBytes: 8e9, gcIntervalMs: 30_000 }
const engine = await openEngine({ ...defaultEngineOptions, memory, dataDir: folder }, telemetry)
console.log(`${perScope * scopes} keys in ${scopes} scopes, ${engine.workers} workers, ${availableParallelism()} cores`)

async function measure(name: string, round: number, revisionOf: (n: number) => number): Promise<void> {
  const bodies = Array.from({ length: scopes }, (_, scope) => benchScan(scope, perScope, round, revisionOf))
  const bytes = bodies.reduce((sum, body) => sum + body.byteLength, 0)
  const parsed = parseRate(bodies)
  let changes = 0
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  await eachOf(scopes, atOnce, async (scope) => {
    const body = bodies[scope] as Uint8Array
    const result = await engine.ingest(oneChunk(body), 'bench', undefined, body.byteLength)
    changes += result.changes ?? 0
  })
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  const rate = (perScope * scopes) / seconds
  const figures = [
    `${Math.round(rate).toLocaleString('en')} obs/s`,
    `${(rate / parsed).toFixed(2)} x JSON.parse`,
    `${(bytes / seconds / 1e6).toFixed(0)} MB/s`,
    `${((user + system) / (perScope * scopes)).toFixed(2)} CPU µs an observation`,
    `${changes} changes`,
  ]
  console.log(name.padEnd(16), figures.join('   '))
}

await measure('first load', 0, () => 0)
for (let r = 1; r <= rounds; r++) await measure('nothing changed', r, () => 0)
for (let r = 1; r <= rounds; r++) await measure('2 % changed', 100 + r, (n) => (n % 50 === 0 ? r : 0))

await engine[Symbol.asyncDispose]()
rmSync(folder, { recursive: true, force: true })
process.exit(0)
