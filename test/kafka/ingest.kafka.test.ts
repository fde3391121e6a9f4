import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createApp } from '../../api/app.ts'
import { startVaino, vaino } from '../../cli/test-cli.ts'
import type { Key } from '../../model/scope.ts'
import { defaultEngineOptions } from '../../pipeline/engine-options.ts'
import type { KafkaOptions } from '../../pipeline/kafka/node/kafka-options.ts'
import { openKafkaEngine } from '../../pipeline/kafka/node/open-kafka-engine.ts'
import { createTelemetry } from '../../pipeline/telemetry/telemetry.ts'
import { startKafka } from './cluster.ts'
import { until } from './reading.ts'

const kafka = await startKafka()
const folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-ingest-'))
afterAll(async () => {
  await kafka[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const partitions = 4
const common = {
  settings: kafka.settings,
  encoding: 'json' as const,
  maxMessageBytes: null,
  replication: 1,
  createTopics: true,
  redactionKey: 'the same on every node',
  sessionTimeoutMs: 6000,
}

/** A node in this process, ready when its copy is caught up. */
async function startNode(name: string, prefix: string, options: Partial<KafkaOptions>) {
  const telemetry = createTelemetry({ version: '0.0.0', redact: (text) => text, format: 'none' })
  const engine = await openKafkaEngine(
    { ...defaultEngineOptions, partitions, workers: 1, recordBytes: 500_000, dataDir: path.join(folder, prefix, name) },
    { ...common, prefix, roles: ['api'], ...options },
    telemetry,
  )
  const value = async (series: string): Promise<number | undefined> => {
    const line = (await telemetry.metrics.render()).split('\n').find((one) => one.startsWith(`${series} `))
    return line === undefined ? undefined : Number(line.slice(series.length + 1))
  }
  return {
    engine,
    value,
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]()
      telemetry[Symbol.dispose]()
    },
  }
}

const scopeOf = (n: number) => `test/1/x/scope-${n}`
const observed = (scope: string, id: string, size: number) => ({
  kind: 'observed',
  scope,
  resource: { id, type: 'vm', provider: 'test', configuration: { size } },
})
async function* body(records: readonly object[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''))
}

test('an ingest is answered when a processor elsewhere has committed it and this node has what came of it', async () => {
  await using processor = await startNode('processor', 'both', { roles: ['processor', 'api'] })
  await using reader = await startNode('reader', 'both', { roles: ['api'] })
  await until('the processor owns all partitions', () => processor.engine.health().ready)
  const scopes = [1, 2, 3, 4, 5, 6].map(scopeOf)
  for (const node of [reader, processor]) {
    for (let size = 1; size <= 5; size++) {
      const stamp = node === reader ? size : size + 10
      const records = scopes.map((scope) => observed(scope, 'a', stamp))
      const { cursor, ...counts } = await node.engine.ingest(body(records), 'ingest')
      expect(counts).toEqual({ outcome: 'committed', records: 6, changes: null, deadLetters: null })
      const position = node.engine.reader.decode(cursor)
      for (const scope of scopes) {
        expect(node.engine.reader.get(`${scope}/a` as Key, position)).toMatchObject({
          kind: 'live',
          item: { resource: { configuration: { size: stamp } } },
        })
      }
    }
  }
  // What changes nothing is answered too: its transaction has no records, only an offset.
  const same = await reader.engine.ingest(body(scopes.map((scope) => observed(scope, 'a', 15))), 'ingest')
  const later = await reader.engine.ingest(body([{ kind: 'gone', scope: scopeOf(1), id: 'a' }]), 'ingest')
  expect(later.cursor).not.toBe(same.cursor)

  expect(await processor.value('vaino_partition_owned{partition="0"}')).toBe(1)
  expect(await reader.value('vaino_partition_owned{partition="0"}')).toBe(0)
  expect(await processor.value('vaino_transaction_duration_seconds_count')).toBeGreaterThan(0)
  const lags = ['vaino_consumer_lag_messages', 'vaino_replica_lag_changes']
  for (const lag of lags) await until(`${lag} is none`, async () => (await reader.value(`${lag}{partition="0"}`)) === 0)
})

test('an ingest of which nothing can be used is refused as without Kafka, and its dead letters are kept', async () => {
  await using node = await startNode('useless', 'useless', { roles: ['processor', 'api'] })
  const metrics = { contentType: 'text/plain', render: async () => '' }
  using app = createApp({ engine: node.engine, metrics, emit: () => undefined, version: '0.0.0' })
  await until('the processor owns all partitions', () => node.engine.health().ready)
  const send = (text: string) =>
    app.fetch(new Request('http://127.0.0.1/v1/ingest', { method: 'POST', body: text, headers: { host: '127.0.0.1' } }))
  const refused = await send('no json\n{"kind":"observed"}\n')
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ code: 'bad_input', records: 2, changes: 0, dead_letters: 2 })
  expect((await node.engine.deadLetters(10)).entries).toHaveLength(2)
  const taken = await send(`no json\n${JSON.stringify(observed(scopeOf(1), 'a', 1))}\n`)
  expect([taken.status, await taken.json()]).toEqual([200, expect.objectContaining({ records: 2, dead_letters: null })])
})

test('a cursor that another node gave out is waited for, not refused, whatever it is given for', async () => {
  await using processor = await startNode('processor', 'cursors', { roles: ['processor', 'api'] })
  await using reader = await startNode('reader', 'cursors', { roles: ['api'] })
  const metrics = { contentType: 'text/plain', render: async () => '' }
  using app = createApp({ engine: reader.engine, metrics, emit: () => undefined, version: '0.0.0' })
  await until('the processor owns all partitions', () => processor.engine.health().ready)
  const base = (await processor.engine.ingest(body([observed(scopeOf(1), 'a', 0)]), 'ingest')).cursor
  for (let size = 1; size <= 10; size++) {
    // The processor answers as soon as it has committed; the reader hears of it a moment later.
    const { cursor } = await processor.engine.ingest(body([observed(scopeOf(1), 'a', size)]), 'ingest')
    const routes = [`changes?offset=${cursor}`, `snapshot?since=${cursor}`, `diff?from=${base}&to=${cursor}`]
    const asked = routes.map(async (route) => {
      const answer = await app.fetch(new Request(`http://127.0.0.1/v1/${route}`, { headers: { host: '127.0.0.1' } }))
      await answer.text()
      return answer.status
    })
    expect(await Promise.all(asked)).toEqual([200, 200, 200])
  }
})

test('vaino ingest sends to a node of many, which counts no changes and takes no sequence numbers', async () => {
  const env = { VAINO_KAFKA__REDACTION_KEY: 'the same on every node', VAINO_LIMITS__RECORD_SIZE: '500KB' }
  const where = ['--transport', 'kafka', '--brokers', kafka.settings.brokers.join(','), '--topic-prefix', 'cli']
  const own = ['--listen', '127.0.0.1:0', '--data-dir', path.join(folder, 'cli'), '--roles', 'processor,api']
  await using node = startVaino(['up', ...where, ...own], { cwd: folder, env })
  const [, listen = ''] = await node.until(/listening on http:\/\/([\d.:]+)/)
  const stdin = `${JSON.stringify(observed(scopeOf(1), 'a', 1))}\n`
  const sent = await vaino(['ingest', '-', '--server', listen, '-o', 'json'], { stdin })
  expect([sent.code, sent.stderr]).toEqual([0, ''])
  expect(JSON.parse(sent.stdout)).toMatchObject({ records: 1, changes: null, dead_letters: null })
  const got = await vaino(['get', `${scopeOf(1)}/a`, '--server', listen, '-o', 'json'])
  expect(got.code).toBe(0)
})

test('without a processor the answer says that the records are safe and how far the processing is', async () => {
  await using reader = await startNode('reader', 'alone', { processedWithinMs: 300 })
  const sent = reader.engine.ingest(body([observed(scopeOf(1), 'a', 1)]), 'ingest')
  await expect(sent).rejects.toMatchObject({
    code: 'not_ready',
    details: { records_safe: true, partitions: [{ sent_to: 1, processed_to: 0 }] },
  })
  await until('the lag shows it', async () => {
    const lags = await Promise.all(
      Array.from({ length: partitions }, (_, p) => reader.value(`vaino_consumer_lag_messages{partition="${p}"}`)),
    )
    return lags.reduce<number>((sum, lag) => sum + (lag ?? 0), 0) === 1
  })
  await using processor = await startNode('processor', 'alone', { roles: ['processor', 'api'] })
  await until('a processor that comes later processes them', () => {
    const found = processor.engine.reader.get(`${scopeOf(1)}/a` as Key, processor.engine.reader.head())
    return found.kind === 'live'
  })
})
