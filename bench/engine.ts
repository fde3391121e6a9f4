/**
 * Observations a second through the whole embedded pipeline, durable: records in, effects committed and fsynced.
 *
 *   npm run bench -- engine [keys=200000] [scopes=1000] [rounds=5]
 *
 * The input is what collectors and `POST /v1/ingest` send: NDJSON, a complete scan of every scope, resources of about
 * 1 KiB. It is written before the clock starts, so what is measured is vaino and not the generator. The ratio is against
 * `JSON.parse` of the same bytes on one thread, measured in the same run, because this machine's speed wanders.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultEngineOptions, openEngine, type RunningEngine } from '../pipeline/open-engine.ts'
import { createTelemetry } from '../pipeline/telemetry/telemetry.ts'

const number = (name: string, otherwise: number): number => {
  const given = process.argv.find((argument) => argument.startsWith(`${name}=`))
  return given === undefined ? otherwise : Number(given.slice(name.length + 1))
}
const keys = number('keys', 200_000)
const scopes = number('scopes', 1_000)
const rounds = number('rounds', 5)
const perScope = Math.ceil(keys / scopes)
/** Scans under way at once, as a scheduler with many sources has them. */
const concurrency = 16

function resource(scope: number, n: number, revision: number): string {
  const id = `i-${scope.toString(16).padStart(4, '0')}${n.toString(16).padStart(8, '0')}`
  return JSON.stringify({
    id,
    type: 'aws_instance',
    name: `web-${n}`,
    provider: 'aws',
    account: '111122223333',
    region: 'eu-west-1',
    configuration: {
      instance_type: revision % 2 === 0 ? 't3.large' : 't3.xlarge',
      revision,
      image: `ami-${(n * 7919).toString(16)}`,
      subnet: `subnet-${scope}`,
      private_ip: `10.${scope % 256}.${(n >> 8) % 256}.${n % 256}`,
      monitoring: true,
      security_groups: [{ id: `sg-${n % 17}`, name: 'web' }, { id: `sg-${n % 13}`, name: 'default' }],
      block_devices: Array.from({ length: 3 }, (_, i) => ({ device: `/dev/sd${i}`, volume: `vol-${n}-${i}`, size: 64 })),
      description: 'An instance of the web tier, behind the load balancer of its region. '.repeat(3),
    },
    metadata: { seen_by: 'bench' },
    tags: { Name: `web-${n}`, team: `team-${n % 40}`, environment: 'production', cost_centre: `${1000 + (n % 90)}` },
  })
}

function scan(scope: number, round: number, revisionOf: (n: number) => number): Uint8Array {
  const name = `aws/111122223333/eu-west-1/bench_${scope}`
  const id = `${round}-${scope}`
  const at = new Date().toISOString()
  const lines = [JSON.stringify({ kind: 'scan.begin', scope: name, scan: id, observed_at: at })]
  const prefix = `{"kind":"observed","scope":"${name}","scan":"${id}","observed_at":"${at}","occurred_at":null,"actor":null,"resource":`
  for (let n = 0; n < perScope; n++) lines.push(`${prefix}${resource(scope, n, revisionOf(n))}}`)
  lines.push(JSON.stringify({ kind: 'scan.end', scope: name, scan: id, complete: true, count: perScope, errors: [], observed_at: at }))
  return Buffer.from(`${lines.join('\n')}\n`)
}

async function* once(bytes: Uint8Array) {
  yield bytes
}

async function round(engine: RunningEngine, bodies: readonly Uint8Array[]): Promise<number> {
  let next = 0
  let changes = 0
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
        const result = await engine.ingest(once(body), 'bench')
        changes += result.changes
      }
    }),
  )
  return changes
}

function parseRate(bodies: readonly Uint8Array[]): number {
  const startedAt = performance.now()
  let lines = 0
  for (const body of bodies.slice(0, Math.ceil(bodies.length / 10))) {
    for (const line of Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8').split('\n')) {
      if (line !== '') lines += JSON.parse(line) === null ? 0 : 1
    }
  }
  return lines / ((performance.now() - startedAt) / 1000)
}

const folder = mkdtempSync(join(tmpdir(), 'vaino-bench-'))
let peak = 0
const sampler = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 50)
const telemetry = createTelemetry({ version: 'bench', level: 'error', redact: (text) => text })
const engine = await openEngine(
  { ...defaultEngineOptions, dataDir: folder, maxMemoryBytes: 1_000_000_000, memory: { ...defaultEngineOptions.memory, backpressureBytes: 4e9, gcThresholdBytes: 4e9 } },
  telemetry,
)
console.log(`${perScope * scopes} keys in ${scopes} scopes, ${engine.workers} workers, ${availableParallelism()} cores, ${folder}`)

const all = Array.from({ length: scopes }, (_, s) => s)
const build = (n: number, revisionOf: (s: number, k: number) => number) => all.map((s) => scan(s, n, (k) => revisionOf(s, k)))

async function measure(name: string, bodies: readonly Uint8Array[]): Promise<void> {
  const bytes = bodies.reduce((sum, body) => sum + body.byteLength, 0)
  const baseline = parseRate(bodies)
  Bun.gc(true)
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  const changes = await round(engine, bodies)
  const seconds = (performance.now() - startedAt) / 1000
  const used = process.cpuUsage(cpu)
  const rate = (perScope * scopes) / seconds
  console.log(
    `${name.padEnd(16)} ${Math.round(rate).toLocaleString('en')} obs/s  ${(rate / baseline).toFixed(2)}x JSON.parse  ${(bytes / seconds / 1e6).toFixed(0)} MB/s  ` +
      `${((used.user + used.system) / (perScope * scopes)).toFixed(2)} CPU µs/obs  ${changes} changes  peak RSS ${(peak / 1e6).toFixed(0)} MB (input ${(bytes / 1e6).toFixed(0)} MB)`,
  )
}

await measure('first load', build(0, () => 0))
for (let r = 1; r <= rounds; r++) await measure('nothing changed', build(r, () => 0))
for (let r = 1; r <= rounds; r++) await measure('2 % changed', build(100 + r, (_, k) => (k % 50 === 0 ? r : 0)))

clearInterval(sampler)
await engine[Symbol.asyncDispose]()
rmSync(folder, { recursive: true, force: true })
process.exit(0)
