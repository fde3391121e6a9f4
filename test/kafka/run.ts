import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startKafka } from './cluster.ts'
import { consoleConsumer } from './console.ts'

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
  if (folder !== undefined) mkdirSync(folder, { recursive: true })
  await using kafka = await startKafka({
    nodes,
    ports: Array.from({ length: nodes }, (_, index) => port + index),
    ...(folder === undefined ? {} : { folder: path.resolve(folder) }),
  })
  process.stdout.write(`kafka: ready on ${kafka.settings.brokers.join(',')}\n`)
  await ended.promise
  // A broker that is to go on later closes its files itself.
  if (folder !== undefined) await Promise.all(kafka.nodes.map((node) => node.stop()))
}

const { values, positionals } = parse()
const port = whole(values.port, 1024, 65_000, '--port')
const [command = 'serve', topic] = positionals
if (command === 'serve') await serve(whole(values.nodes, 1, 5, '--nodes'), port, values.data)
else if (command === 'read' && topic !== undefined) {
  spawn('java', consoleConsumer([`127.0.0.1:${port}`], topic), { stdio: 'inherit' })
} else fail(`"${positionals.join(' ')}": expected nothing, or read TOPIC`)
