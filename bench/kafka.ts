/**
 * A Kafka node's throughput, exactly once, against a real broker on the same machine. The input is in its topic before a
 * node starts; what is measured is from the node's first commit to its last: reading, comparing, the transaction of changes,
 * states and position, and the node's own files.
 *
 *   npm run bench -- kafka [keys=200000] [scopes=500] [workers=2]      needs Java and Maven
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openGroupPositions } from '../connectors/kafka/group-positions.ts'
import { ensureTopics, openTopicProducer, topicNames } from '../connectors/kafka/kafka.ts'
import { partitionOf } from '../model/partition.ts'
import type { Scope } from '../model/scope.ts'
import { messagesOf } from '../pipeline/kafka/kafka-transport.ts'
import { messageLimits } from '../pipeline/kafka/message-limits.ts'
import { openKafkaEngine } from '../pipeline/kafka/open-kafka-engine.ts'
import { wantedTopics } from '../pipeline/kafka/wanted-topics.ts'
import { defaultEngineOptions } from '../pipeline/open-engine.ts'
import { createTelemetry } from '../pipeline/telemetry/telemetry.ts'
import { startKafka } from '../test/kafka/cluster.ts'
import { benchScan, eachOf, setting } from './estate/made-up.ts'

const keys = setting('keys', 200_000)
const scopes = setting('scopes', 500)
const workers = setting('workers', defaultEngineOptions.workers)
const perScope = Math.ceil(keys / scopes)
const observations = perScope * scopes
const prefix = 'bench'
const { partitions } = defaultEngineOptions
const limits = messageLimits(defaultEngineOptions.recordBytes, null)
const { resources } = topicNames(prefix)

const cluster = await startKafka({ config: { 'message.max.bytes': 60_000_000 } })
const { settings } = cluster
const folder = mkdtempSync(join(tmpdir(), 'vaino-bench-'))
await ensureTopics(settings, { partitions, replication: 1, create: true, topics: wantedTopics(prefix, limits.topics) })
await using positions = openGroupPositions(settings, { group: `${prefix}.processors`, topic: resources, partitions })

/** As collectors send it. @returns how many messages that took */
async function fill(round: number, revisionOf: (n: number) => number): Promise<number> {
  await using producer = openTopicProducer(settings, { topic: resources, maxBatchBytes: limits.maxBatchBytes })
  let messages = 0
  await eachOf(scopes, 8, async (scope) => {
    const scan = benchScan(scope, perScope, round, revisionOf)
    const records = [...messagesOf(scan, limits.recordBytes, () => undefined)]
    messages += records.length
    await producer.send(partitionOf(String(records[0]?.key) as Scope, partitions), records)
  })
  return messages
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)
const processed = async () => sum((await positions.committed()).map(({ nextOffset }) => nextOffset ?? 0))

/** Runs a node until all input is processed. */
async function run(name: string, messages: number): Promise<void> {
  const before = await processed()
  const end = sum(await positions.ends())
  const telemetry = createTelemetry({ version: 'bench', level: 'error', redact: (text) => text })
  await using _node = await openKafkaEngine(
    { ...defaultEngineOptions, dataDir: folder, workers },
    {
      settings,
      prefix,
      replication: 1,
      createTopics: false,
      encoding: 'json',
      maxMessageBytes: null,
      roles: ['processor'],
      redactionKey: 'a key of the benchmark only',
      sessionTimeoutMs: 10_000,
    },
    telemetry,
  )
  const waitFor = async (isReached: (offset: number) => boolean) => {
    for (;;) {
      const offset = await processed()
      if (isReached(offset)) return offset
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const first = await waitFor((offset) => offset > before)
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  await waitFor((offset) => offset >= end)
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const done = (observations * (end - first)) / messages
  const rate = Math.round(done / seconds).toLocaleString('en')
  const memory = (process.memoryUsage.rss() / 1e6).toFixed(0)
  console.log(`${name.padEnd(16)} ${rate} obs/s   ${((user + system) / done).toFixed(1)} CPU µs each   ${memory} MB`)
}

const rounds: readonly (readonly [string, (n: number) => number])[] = [
  ['first load', () => 0],
  ['nothing changed', () => 0],
  ['2 % changed', (n) => (n % 50 === 0 ? 1 : 0)],
  ['2 % changed', (n) => (n % 50 === 0 ? 2 : 0)],
]
for (const [round, [name, revisionOf]] of rounds.entries()) await run(name, await fill(round, revisionOf))

await cluster[Symbol.asyncDispose]()
rmSync(folder, { recursive: true, force: true })
process.exit(0)
