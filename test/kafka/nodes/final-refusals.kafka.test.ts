import { afterAll, expect, test } from 'bun:test'
import { openTopicProducer } from '../../../connectors/kafka/kafka.ts'
import type { ServerProcess } from '../../server-process.ts'
import { freePorts, type KafkaCluster, startKafka } from '../cluster.ts'
import { until } from '../reading.ts'
import { RefusingProxy } from '../refusing-proxy.ts'
import { inputTo } from './input.ts'
import { ask, whenMarked, whenReady } from './outcome.ts'
import { brokerConfig, vainoNode } from './vaino-node.ts'

const unsupportedCompression = 76
const denied = 29
const [port = 0] = await freePorts(1)
const proxy = await RefusingProxy.open(() => port)
const kafka: KafkaCluster = await startKafka({
  ports: [port],
  config: { ...brokerConfig, 'advertised.listeners': `CLIENT://127.0.0.1:${proxy.port}` },
})
const { settings } = kafka
const partitions = 1

afterAll(async () => {
  proxy[Symbol.dispose]()
  await kafka[Symbol.asyncDispose]()
})

const failures = async ({ url }: ServerProcess): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^vaino_partition_failures_total (\d+)$/m.exec(text)?.[1] ?? 0)
}

test.each([
  [
    'resources',
    unsupportedCompression,
    /UNSUPPORTED_COMPRESSION_TYPE.*The brokers and vaino have not the same compressions/,
  ],
  ['resources', denied, /TOPIC_AUTHORIZATION_FAILED.*Allow READ, WRITE and DESCRIBE/],
  [
    'state',
    unsupportedCompression,
    /UNSUPPORTED_COMPRESSION_TYPE.*The brokers and vaino have not the same compressions/,
  ],
] as const)(
  'I12: a fetch of %s that brokers refuse for good, by error %d, is told once and counted, and asked again later and later',
  async (topic, code, told) => {
    const prefix = `refused-${topic}-${code}`
    await using owner = vainoNode(kafka, prefix, partitions)
    await owner.start()
    await whenReady(owner)
    // The owner of a partition reads its input, and who follows it reads its states.
    await using follower = vainoNode(kafka, prefix, partitions, { roles: ['api'] })
    await follower.start()
    await whenReady(follower)
    const node = topic === 'resources' ? owner : follower
    await using producer = openTopicProducer(settings, { topic: `${prefix}.resources` })
    const input = inputTo(producer, partitions)
    await input.mark('before')
    await whenMarked(node, 'before', partitions)

    proxy.refuses = { topic: `${prefix}.${topic}`, code }
    await until('it is not ready', async () => (await ask(node, '/readyz')).status === 503)
    await until('it was tried again', async () => (await failures(node)) >= 4)
    const { status, body } = await ask(node, '/readyz')
    expect([status, JSON.stringify(body)]).toEqual([503, expect.stringContaining(`${prefix}.${topic}/0`)])
    const lines = node.stderr.split('\n').filter((line) => line.includes(`${prefix}.${topic}/0`))
    expect(lines).toEqual([expect.stringMatching(told)])

    proxy.refuses = null
    await input.mark('after')
    await whenMarked(node, 'after', partitions)
    await whenReady(node)
  },
  120_000,
)
