import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { createKafka } from '../../connectors/kafka/kafkajs/client.ts'
import { isFree, startKafka } from './cluster.ts'
import { consoleConsumer, consoleProducer } from './console.ts'

// What scripts/kafka runs; its head says what there is.

function fail(problem: string): never {
  process.stderr.write(`scripts/kafka: ${problem}\n`)
  process.exit(2)
}

function whole(text: string, least: number, most: number, flag: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  fail(`${flag} ${text}: expected a whole number from ${least} to ${most}`)
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        nodes: { type: 'string', default: '1' },
        port: { type: 'string', default: '9092' },
        data: { type: 'string' },
      },
    })
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error))
  }
}

async function serve(nodes: number, port: number, folder: string | undefined): Promise<void> {
  const ended = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.resolve())
  const ports = Array.from({ length: nodes }, (_, index) => port + index)
  for (const each of ports) {
    // Another broker there would answer for ours, which can't start.
    if (!(await isFree(each))) fail(`127.0.0.1:${each} is in use; --port PORT takes another`)
  }
  if (folder !== undefined) mkdirSync(folder, { recursive: true })
  await using kafka = await startKafka({
    nodes,
    ports,
    ...(folder === undefined ? {} : { folder: path.resolve(folder) }),
  })
  process.stdout.write(`kafka: ready on ${kafka.settings.brokers.join(',')}\n`)
  await ended.promise
  // A broker that is to go on later closes its files itself.
  if (folder !== undefined) await Promise.all(kafka.nodes.map((node) => node.stop()))
}

/** Kafka's own tools say nothing where no broker answers, or the topic isn't there, and wait for ever. */
async function checkTopic(broker: string, topic: string): Promise<void> {
  const admin = createKafka({ brokers: [broker] }, { retry: { retries: 0 } }).admin()
  try {
    await admin.connect()
    const topics = (await admin.listTopics()).filter((name) => !name.startsWith('__'))
    if (!topics.includes(topic))
      fail(`there is no topic ${topic}; there are: ${topics.toSorted().join(', ') || 'none'}`)
  } catch (error) {
    fail(
      `${broker}: ${error instanceof Error ? error.message : error}; is \`scripts/kafka\` running, and --port its port?`,
    )
  } finally {
    await admin.disconnect()
  }
}

const { values, positionals } = parse()
const port = whole(values.port, 1024, 65_000, '--port')
const broker = `127.0.0.1:${port}`
const [command = 'serve', topic, ...rest] = positionals
if (command === 'serve' && topic === undefined) {
  await serve(whole(values.nodes, 1, 5, '--nodes'), port, values.data)
} else if ((command === 'read' || command === 'write') && topic !== undefined && rest.length === 0) {
  await checkTopic(broker, topic)
  const tool = command === 'read' ? consoleConsumer([broker], topic) : consoleProducer([broker], topic)
  spawn('java', tool, { stdio: 'inherit' }).once('exit', (code) => {
    process.exitCode = code ?? 2
  })
} else fail(`"${positionals.join(' ')}": expected nothing, read TOPIC or write TOPIC`)
