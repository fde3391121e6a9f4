import { afterAll, expect, test } from 'bun:test'
import { ensureTopics, openLogReader, openTopicProducer, takePartition } from '../../connectors/kafka/kafka.ts'
import type { VainoError } from '../../model/errors.ts'
import { startKafka } from './cluster.ts'
import { valuesIn } from './reading.ts'
import { topicBatches } from './topic-batches.ts'

const kafka = await startKafka()
const { settings } = kafka
const reader = openLogReader(settings)

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
})

async function make(name: string, cleanup: 'delete' | 'compact', config: Record<string, string> = {}): Promise<string> {
  const topics = [{ name, cleanup, maxMessageBytes: 1_000_000, config }]
  await ensureTopics(settings, { topics, partitions: 1, replication: 1, create: true })
  return name
}

/** What is thrown, soon: a producer that tries again and again is told to stop, which is another error. */
async function refusalOf(sending: (signal: AbortSignal) => Promise<unknown>): Promise<string> {
  try {
    await sending(AbortSignal.timeout(10_000))
    return 'accepted'
  } catch (error) {
    const { code, canRetry, message, hint } = error as VainoError
    return `${code}${canRetry ? ', to be tried again' : ''}: ${message}. ${hint}`
  }
}

test('a record that the broker refuses for what it is, is an error that says why, and what comes after it goes on', async () => {
  const compacted = await make('compacted', 'compact')
  const timed = await make('timed', 'delete', { 'message.timestamp.after.max.ms': '1000' })
  await using toCompacted = openTopicProducer(settings, { topic: compacted })
  await using toTimed = openTopicProducer(settings, { topic: timed })
  const withoutKey = { key: null, value: 'nobody could ask for it' }
  expect(await refusalOf((signal) => toCompacted.send(0, [withoutKey], signal))).toMatch(
    /^broker_refused: compacted\/0 could not be written: .*87 \(INVALID_RECORD\).*record.*\. .*without a key/i,
  )
  const ofTomorrow = { key: 'k', value: 'v', timestampMs: Date.now() + 86_400_000 }
  expect(await refusalOf((signal) => toTimed.send(0, [ofTomorrow], signal))).toMatch(
    /^broker_refused: timed\/0 could not be written: .*32 \(INVALID_TIMESTAMP\).*\. .*message\.timestamp/i,
  )
  for (const producer of [toCompacted, toTimed]) await producer.send(0, [{ key: 'k', value: 'good' }])
  expect(await valuesIn(reader, compacted)).toEqual(['good'])
  expect(await valuesIn(reader, timed)).toEqual(['good'])
})

test('a transaction with such a record says in which topic, and nothing of it is seen', async () => {
  const [input, changes, state] = ['input', 'changes', 'state']
  for (const topic of [input, changes]) await make(topic, 'delete')
  await make(state, 'compact')
  const names = { idPrefix: 'refused', group: 'refused', inputTopic: input }
  const commit = async (key: string | null) => {
    await using owned = await takePartition(settings, names, 0)
    const told = (topic: string, of: string | null) => ({ topic, key: of, value: 'v' })
    await owned.commit({ batches: topicBatches([told(changes, 'k'), told(state, key)]), nextOffset: 1 })
  }
  expect(await refusalOf(() => commit(null))).toMatch(
    /^broker_refused: the transaction of input\/0 failed: .*state\/0.*\(INVALID_RECORD\)/,
  )
  await commit('k')
  expect(await valuesIn(reader, changes)).toEqual(['v'])
  expect(await valuesIn(reader, state)).toEqual(['v'])
})
