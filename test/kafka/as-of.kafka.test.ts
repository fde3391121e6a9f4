import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { defaultEngineOptions } from '../../pipeline/engine-options.ts'
import type { KafkaOptions } from '../../pipeline/kafka/node/kafka-options.ts'
import { openKafkaEngine } from '../../pipeline/kafka/node/open-kafka-engine.ts'
import { createTelemetry } from '../../pipeline/telemetry/telemetry.ts'
import { startKafka } from './cluster.ts'
import { until } from './reading.ts'

const kafka = await startKafka()
const folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-as-of-'))
afterAll(async () => {
  await kafka[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const partitions = 2
const common = {
  ...{ settings: kafka.settings, encoding: 'json' as const, maxMessageBytes: null, replication: 1, createTopics: true },
  ...{ prefix: 'asof', redactionKey: 'the same on every node', sessionTimeoutMs: 6000 },
}

async function startNode(name: string, roles: KafkaOptions['roles']) {
  const telemetry = createTelemetry({ version: '0.0.0', redact: (text) => text, format: 'none' })
  const options = { ...defaultEngineOptions, partitions, workers: 1, dataDir: path.join(folder, name) }
  const engine = await openKafkaEngine(options, { ...common, roles }, telemetry)
  return {
    engine,
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]()
      telemetry[Symbol.dispose]()
    },
  }
}

const scopes = Array.from({ length: 6 }, (_, n) => `test/1/x/scope-${n}`)
const sum = (position: readonly number[]) => position.reduce((all, offset) => all + offset, 0)

test('an answer as of a time stays as it was on the node that owns the partitions and on one that follows', async () => {
  await using owner = await startNode('owner', ['processor', 'api'])
  await using follower = await startNode('follower', ['api'])
  await until('the owner is ready', () => owner.engine.health().ready)
  const answers: { node: 'owner' | 'follower'; asOfMs: number; position: readonly number[] }[] = []
  const ask = () => {
    for (const [node, { engine }] of Object.entries({ owner, follower })) {
      const { asOfMs, position } = engine.reader.asOf(Number.POSITIVE_INFINITY)
      answers.push({ node: node as 'owner' | 'follower', asOfMs, position })
    }
  }
  const asking = setInterval(ask, 5)
  try {
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        scopes.map((scope) => {
          async function* body() {
            for (let n = 0; n < 50; n++) {
              const resource = { id: `${round}-${n}`, type: 't', provider: 'p' }
              yield Buffer.from(`${JSON.stringify({ kind: 'observed', scope, resource })}\n`)
            }
          }
          return owner.engine.ingest(body(), 'test')
        }),
      )
    }
    const all = 10 * 50 * scopes.length
    await until('the follower has everything', () => sum(follower.engine.reader.head()) === all)
    // Nothing is open on the owner: now has everything there.
    expect(sum(owner.engine.reader.asOf(Number.POSITIVE_INFINITY).position)).toBe(all)
    // The other node has what it has applied, but for the last millisecond of each partition.
    const last = follower.engine.reader.asOf(Number.POSITIVE_INFINITY)
    expect(sum(last.position)).toBeGreaterThan(0)
    expect(last.asOfMs).toBeLessThan(Date.now())
  } finally {
    clearInterval(asking)
  }
  expect(new Set(answers.map(({ position }) => sum(position))).size).toBeGreaterThan(3)
  for (const { node, asOfMs, position } of answers) {
    for (const { engine } of [owner, follower]) {
      const again = engine.reader.asOf(asOfMs)
      // What the follower has not settled yet it doesn't answer.
      if (again.asOfMs === asOfMs) expect([node, asOfMs, again.position]).toEqual([node, asOfMs, [...position]])
    }
  }
}, 120_000)
