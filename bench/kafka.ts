/**
 * A Kafka node's throughput, exactly once: from a request's records to their effects committed in Kafka and in the node's files,
 * against a real broker on the same machine.
 *
 *   npm run bench -- kafka [keys=100000] [scopes=500] [rounds=2]      needs Java and Maven
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKafkaEngine } from '../pipeline/kafka/open-kafka-engine.ts'
import { defaultEngineOptions } from '../pipeline/open-engine.ts'
import { createTelemetry } from '../pipeline/telemetry/telemetry.ts'
import { startKafka } from '../test/kafka/cluster.ts'
import { benchScan, eachOf, oneChunk, setting } from './estate/made-up.ts'

const keys = setting('keys', 100_000)
const scopes = setting('scopes', 500)
const rounds = setting('rounds', 2)
const perScope = Math.ceil(keys / scopes)

const cluster = await startKafka({ config: { 'message.max.bytes': 60_000_000 } })
const folder = mkdtempSync(join(tmpdir(), 'vaino-bench-'))
const telemetry = createTelemetry({ version: 'bench', level: 'error', redact: (text) => text })
const engine = await openKafkaEngine(
  { ...defaultEngineOptions, dataDir: folder },
  {
    settings: cluster.settings,
    prefix: 'bench',
    replication: 1,
    createTopics: true,
    encoding: 'json',
    maxMessageBytes: null,
    roles: ['collector', 'processor', 'api'],
    redactionKey: 'a key of the benchmark only',
    sessionTimeoutMs: 10_000,
  },
  telemetry,
)

async function measure(name: string, round: number, revisionOf: (n: number) => number): Promise<void> {
  const bodies = Array.from({ length: scopes }, (_, scope) => benchScan(scope, perScope, round, revisionOf))
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  await eachOf(scopes, 32, async (scope) => {
    const body = bodies[scope] as Uint8Array
    await engine.ingest(oneChunk(body), 'bench', undefined, body.byteLength)
  })
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  const count = perScope * scopes
  const each = ((user + system) / count).toFixed(1)
  console.log(
    `${name.padEnd(16)} ${Math.round(count / seconds).toLocaleString('en')} obs/s   ${each} CPU µs each, the broker's apart`,
  )
}

await measure('first load', 0, () => 0)
for (let r = 1; r <= rounds; r++) await measure('nothing changed', r, () => 0)
for (let r = 1; r <= rounds; r++) await measure('2 % changed', 100 + r, (n) => (n % 50 === 0 ? r : 0))
console.log(`memory ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB, the benchmark's input included`)

await engine[Symbol.asyncDispose]()
await cluster[Symbol.asyncDispose]()
rmSync(folder, { recursive: true, force: true })
process.exit(0)
