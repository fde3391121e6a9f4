import { afterAll, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { openLogReader, openTopicProducer, takePartition } from '../../../connectors/kafka/kafka.ts'
import { VainoError } from '../../../model/errors.ts'
import { startKafka } from '../cluster.ts'
import { until } from '../reading.ts'
import { inputTo } from './input.ts'
import { ask, embeddedHistories, sorted, topicHistories, whenMarked, whenReady } from './outcome.ts'
import { brokerConfig, vainoNode } from './vaino-node.ts'

const partitions = 1
const kafka = await startKafka({ config: brokerConfig })
const { settings } = kafka
const reader = openLogReader(settings)

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
})

const scope = 'aws/-/-/queue'
const observed = (id: string, size: number) => ({
  ...{ kind: 'observed', scope },
  resource: { id, type: 'queue', provider: 'aws', configuration: { size } },
})

/** A node that was stopped after it had processed something, and what the group has committed. */
async function setUp(prefix: string) {
  const node = vainoNode(kafka, prefix, partitions)
  const producer = openTopicProducer(settings, { topic: `${prefix}.resources` })
  await node.start()
  const input = inputTo(producer, partitions)
  await input.records(observed('x', 1), observed('x', 2), observed('y', 1))
  await input.mark('before')
  await whenMarked(node, 'before', partitions)
  await node.stop()
  const names = { idPrefix: `${prefix}.processor`, group: `${prefix}.processors`, inputTopic: `${prefix}.resources` }
  return {
    ...{ node, input },
    /** Puts a position in the place of the committed one; again where a node that runs has taken the partition meanwhile. @returns that one */
    async commit(nextOffset: number, note: string) {
      for (;;) {
        await using owned = await takePartition(settings, names, 0)
        try {
          await owned.commit({ batches: [], nextOffset, note })
          return owned.position
        } catch (error) {
          // A broker may answer UNKNOWN_SERVER_ERROR where the node takes the partition in the midst of the commit.
          if (!(error instanceof VainoError) || !['fenced', 'broker_unreachable'].includes(error.code)) throw error
        }
      }
    },
    async [Symbol.asyncDispose]() {
      await producer[Symbol.asyncDispose]()
      await node[Symbol.asyncDispose]()
    },
  }
}

test('I2: where fewer changes are readable than were published, a partition waits for the others, says so, and goes on by itself', async () => {
  const prefix = 'behind'
  await using world = await setUp(prefix)
  const { node, input } = world
  const { nextOffset, note } = await world.commit(1, '1000000')
  await node.start()
  await input.records(observed('x', 3))
  await until('the node tells what it waits for', async () => {
    const { status, body } = await ask(node, '/readyz')
    return status === 503 && JSON.stringify(body).includes('1000000 changes were published')
  })
  expect(node.stderr).toContain('delete the offsets that the group has committed')
  await world.commit(nextOffset ?? 0, note)
  await input.mark('after')
  await whenMarked(node, 'after', partitions)
  await whenReady(node)
  expect(sorted(await topicHistories(reader, prefix, partitions))).toEqual(
    sorted(await embeddedHistories(reader, prefix, partitions)),
  )
}, 90_000)

test('I2, I11: processing does not resume from a position older than the topics record, such as a coordinator may still have', async () => {
  const prefix = 'older'
  await using world = await setUp(prefix)
  const { node, input } = world
  for (const withoutFiles of [false, true]) {
    await world.commit(0, '1')
    if (withoutFiles) rmSync(node.dataDir, { recursive: true })
    await node.start()
    const id = `after ${withoutFiles}`
    await input.mark(id)
    await whenMarked(node, id, partitions)
    await node.stop()
  }
  expect(sorted(await topicHistories(reader, prefix, partitions))).toEqual(
    sorted(await embeddedHistories(reader, prefix, partitions)),
  )
}, 90_000)
