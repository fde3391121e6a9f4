import { expect, test } from 'bun:test'
import { ensureTopics, openLogReader, takePartition } from '../../connectors/kafka/kafka.ts'
import { startKafka } from './cluster.ts'
import { valuesIn } from './reading.ts'
import { topicBatches } from './topic-batches.ts'

test('brokers that let no transaction take longer than a minute are asked for no more', async () => {
  await using kafka = await startKafka({ config: { 'transaction.max.timeout.ms': 60_000 } })
  const { settings } = kafka
  await ensureTopics(settings, {
    topics: ['in', 'out'].map((name) => ({ name, cleanup: 'delete', maxMessageBytes: 100_000 })),
    ...{ partitions: 1, replication: 1, create: true },
  })
  await using owned = await takePartition(settings, { idPrefix: 'p', group: 'g', inputTopic: 'in' }, 0)
  await owned.commit({ batches: topicBatches([{ topic: 'out', key: 'a', value: '1' }]), nextOffset: 1, note: '' })
  await using reader = openLogReader(settings)
  expect(await valuesIn(reader, 'out')).toEqual(['1'])
}, 120_000)
