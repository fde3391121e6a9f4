// The current state of everything that vaino watches, from the topic `vaino.state` alone. Nothing of vaino is used here.
//
//   npm install kafkajs        (and Node 22.15 or later, or Bun: the topic is compressed with zstd)
//   node state.mjs --brokers 127.0.0.1:9092            prints a line a change, for ever
//   node state.mjs --brokers 127.0.0.1:9092 --once     reads to the topic's end and prints what is there, a JSON line each
//
// --topic vaino.state   another topic prefix
//
// What there is to know about the topic:
// - it is compacted: the last message of a key is what is true of it;
// - a key is a resource's, or `scope:` and a scope; `scope:` messages say how fresh the resources of a scope are;
// - keys that begin with `partition:` are vaino's own business;
// - a message without a value says that its resource is no more;
// - `held` marks a resource that a scan has missed together with many others: it may be gone, nobody has confirmed that;
// - vaino writes in transactions, so read what is committed (kafkajs does unless told otherwise).
import { parseArgs } from 'node:util'
import zlib from 'node:zlib'
import kafkajs from 'kafkajs'

const { values: flags } = parseArgs({
  options: {
    brokers: { type: 'string', default: '127.0.0.1:9092' },
    topic: { type: 'string', default: 'vaino.state' },
    once: { type: 'boolean', default: false },
  },
})

kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
  compress: async (encoder) => zlib.zstdCompressSync(encoder.buffer),
  decompress: async (buffer) => zlib.zstdDecompressSync(buffer),
})

const kafka = new kafkajs.Kafka({
  clientId: 'vaino-example',
  brokers: flags.brokers.split(','),
  logLevel: kafkajs.logLevel.ERROR,
})

/** Where each partition ends now: what is read up to there is the state as of now. */
async function ends() {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const offsets = await admin.fetchTopicOffsets(flags.topic)
    return new Map(offsets.map(({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }]))
  } finally {
    await admin.disconnect()
  }
}

const resources = new Map()
const scopes = new Map()

/** The whole of what a consumer has to do. */
function apply(key, value) {
  if (key.startsWith('scope:')) {
    if (value === null) scopes.delete(key.slice('scope:'.length))
    else scopes.set(key.slice('scope:'.length), value)
  } else if (value === null) resources.delete(key)
  else resources.set(key, value)
}

function show(key, value) {
  const what = value === null ? 'deleted' : `version ${value.version ?? '-'}${value.held ? ', held' : ''}`
  console.log(`${key}: ${what}`)
}

/** MessagePack is optional (`kafka.encoding: msgpack`): bring `@msgpack/msgpack` then. Integers above 2^53 lose digits here. */
async function read(message) {
  if (message.value === null) return null
  const type = message.headers?.['content-type']?.toString() ?? 'application/json'
  if (type === 'application/json') return JSON.parse(message.value.toString())
  const { decode } = await import('@msgpack/msgpack')
  return decode(message.value)
}

const waiting = await ends().catch((error) => {
  console.error(`state.mjs: ${flags.topic} at ${flags.brokers} can't be read: ${error.message}`)
  process.exit(2)
})
for (const [partition, { low, high }] of waiting) if (low >= high) waiting.delete(partition)

// A group of its own each time, and no commits: the state is built from the beginning, whoever asks.
const consumer = kafka.consumer({ groupId: `vaino-example-${process.pid}-${Date.now()}`, maxWaitTimeInMs: 500 })
const done = Promise.withResolvers()
consumer.on(consumer.events.CRASH, ({ payload }) => done.reject(payload.error))

/** Told of every batch, also of one that holds only the marks of transactions: their offsets count too. */
consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
  const end = waiting.get(payload.partition)
  if (end !== undefined && BigInt(payload.lastOffset) + 1n >= end.high) waiting.delete(payload.partition)
  if (flags.once && waiting.size === 0) done.resolve()
})
if (flags.once && waiting.size === 0) done.resolve()

await consumer.connect()
await consumer.subscribe({ topics: [flags.topic], fromBeginning: true })
await consumer.run({
  autoCommit: false,
  eachMessage: async ({ message }) => {
    if (message.key === null) return
    const key = message.key.toString()
    if (key.startsWith('partition:')) return
    const value = await read(message)
    apply(key, value)
    if (!flags.once) show(key, value)
  },
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => done.resolve())

await done.promise
await consumer.disconnect()
if (flags.once) {
  for (const key of [...resources.keys()].sort()) console.log(JSON.stringify(resources.get(key)))
  console.error(`${resources.size} resources, ${scopes.size} scopes`)
}
