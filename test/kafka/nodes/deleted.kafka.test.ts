import { afterAll, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { ensureTopics, openLogReader, openTopicProducer } from '../../../connectors/kafka/kafka.ts'
import { messageLimits } from '../../../pipeline/kafka/messages/message-limits.ts'
import { wantedTopics } from '../../../pipeline/kafka/node/wanted-topics.ts'
import type { ServerProcess } from '../../server-process.ts'
import { startKafka } from '../cluster.ts'
import { readAll, textOf, until } from '../reading.ts'
import { inputTo, scopeIn } from './input.ts'
import { ask, headerOf, whenReady } from './outcome.ts'
import { endOf, truncate } from './retention.ts'
import { brokerConfig, vainoNode } from './vaino-node.ts'

const partitions = 2
/** More than the configuration's default. */
const recordBytes = 32 * 1024 * 1024
const hurry = { 'log.cleaner.backoff.ms': 100, 'log.initial.task.delay.ms': 100, 'log.segment.delete.delay.ms': 100 }
const kafka = await startKafka({ config: { ...brokerConfig, ...hurry } })
const { settings } = kafka
const reader = openLogReader(settings)

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
})

/** The topics as vaino makes them, but that the states are compacted within moments of being written. */
async function makeTopics(prefix: string): Promise<void> {
  const topics = wantedTopics(prefix, messageLimits(recordBytes, null).topics).map((spec) =>
    spec.cleanup === 'compact' ? { ...spec, config: { 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0' } } : spec,
  )
  await ensureTopics(settings, { topics, partitions, replication: 1, create: true })
}

test('I3, I11: of what was deleted the compacted states are enough to say when, and to go on counting', async () => {
  const prefix = 'deleted'
  await makeTopics(prefix)
  await using node = vainoNode(kafka, prefix, partitions)
  await node.start()
  await using producer = openTopicProducer(settings, { topic: `${prefix}.resources` })
  const input = inputTo(producer, partitions)
  const scope = scopeIn(1, partitions)
  const key = `${scope}/comes/back`
  const route = `/v1/resources/${encodeURIComponent(key)}`
  const observed = (size: number) => ({
    ...{ kind: 'observed', scope },
    resource: { id: 'comes/back', type: 'mark', provider: 'mark', configuration: { size } },
  })
  const whenAt = (of: ServerProcess, version: number) =>
    until(`version ${version}`, async () => ((await ask(of, route)).body as { version?: number }).version === version)
  await input.records(observed(1), observed(2))
  await whenAt(node, 2)
  const { first_seen } = (await ask(node, route)).body as { first_seen: string }
  await input.records({ kind: 'gone', scope, id: 'comes/back' })
  await whenAt(node, 3)
  const deleted = await ask(node, route)
  expect(deleted.status).toBe(410)

  const told = async () => (await readAll(reader, `${prefix}.state`, 1)).filter((record) => textOf(record.key) === key)
  let marks = 0
  await until('compaction has left the tombstone alone', async () => {
    // Only what is behind the last segment is compacted, so something has to come after it.
    await input.mark(`mark-${marks++}`)
    return (await told()).length === 1
  })
  const [tombstone] = await told()
  expect(tombstone?.value).toBeNull()
  expect(headerOf(tombstone?.headers ?? [], 'vaino_version')).toBe('3')

  await node.kill()
  rmSync(node.dataDir, { recursive: true })
  for (const partition of [0, 1]) {
    const topic = `${prefix}.changes`
    await truncate(settings, topic, partition, await endOf(reader, topic, partition))
  }
  await node.start()
  await whenReady(node)
  expect(await ask(node, route)).toEqual(deleted)
  expect((await ask(node, `${route}/history`)).body).toMatchObject({ changes: [] })

  await input.records(observed(3))
  await whenAt(node, 4)
  expect((await ask(node, route)).body).toMatchObject({ version: 4, first_seen })
  const [change] = await readAll(reader, `${prefix}.changes`, 1)
  const { op, source } = JSON.parse(textOf(change?.value ?? null) ?? '')
  expect({ op, version: source.version, previous: `1-${source.previous_offset}` }).toEqual({
    ...{ op: 'c', version: 4 },
    previous: headerOf(tombstone?.headers ?? [], 'vaino_change') ?? '',
  })
}, 120_000)
