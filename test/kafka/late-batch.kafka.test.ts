import { expect, test } from 'bun:test'
import { ensureTopics, openLogReader, takePartition } from '../../connectors/kafka/kafka.ts'
import { freePorts, startKafka } from './cluster.ts'
import { valuesIn } from './reading.ts'
import { RefusingProxy } from './refusing-proxy.ts'
import { topicBatches } from './topic-batches.ts'

test('I2: a batch that reaches its broker after its transaction was given up is in none', async () => {
  const [port = 0] = await freePorts(1)
  using proxy = await RefusingProxy.open(() => port)
  await using kafka = await startKafka({
    ports: [port],
    config: {
      'advertised.listeners': `CLIENT://127.0.0.1:${proxy.port}`,
      // As brokers before Kafka 3.6, which don't ask whether a transaction goes on.
      'transaction.partition.verification.enable': 'false',
    },
  })
  const { settings } = kafka
  await ensureTopics(settings, {
    topics: ['in', 'out'].map((name) => ({ name, cleanup: 'delete', maxMessageBytes: 100_000 })),
    ...{ partitions: 1, replication: 1, create: true },
  })
  const names = { idPrefix: 'p', group: 'g', inputTopic: 'in' }
  const output = (value: string) => topicBatches([{ topic: 'out', key: null, value }])
  {
    await using owned = await takePartition(settings, names, 0)
    await owned.commit({ batches: output('first'), nextOffset: 1 })
    proxy.holds = 'produce'
    const lost = { batches: output('given up'), nextOffset: 2 }
    await expect(owned.commit(lost)).rejects.toMatchObject({ code: 'broker_unreachable' })
  }
  expect(await proxy.release()).toBeGreaterThan(0)
  await using again = await takePartition(settings, names, 0)
  expect(again.position.nextOffset).toBe(1)
  await again.commit({ batches: output('second'), nextOffset: 2 })
  await using reader = openLogReader(settings)
  expect(await valuesIn(reader, 'out')).toEqual(['first', 'second'])
}, 120_000)
