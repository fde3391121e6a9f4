import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startKafka } from './cluster.ts'

const whole = (text: string, least: number, most: number, flag: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  process.stderr.write(`scripts/kafka: ${flag} ${text}: expected a whole number from ${least} to ${most}\n`)
  process.exit(2)
}

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1' },
    port: { type: 'string', default: '9092' },
    data: { type: 'string' },
  },
})
const nodes = whole(values.nodes, 1, 5, '--nodes')
const port = whole(values.port, 1024, 65_000, '--port')
const folder = values.data === undefined ? undefined : path.resolve(values.data)
if (folder !== undefined) mkdirSync(folder, { recursive: true })

const ended = Promise.withResolvers<void>()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.resolve())
await using kafka = await startKafka({
  nodes,
  ports: Array.from({ length: nodes }, (_, index) => port + index),
  ...(folder === undefined ? {} : { folder }),
})
process.stdout.write(`kafka: ready on ${kafka.settings.brokers.join(',')}\n`)
await ended.promise
// The data are kept only by a broker that closes its files itself.
if (folder !== undefined) await Promise.all(kafka.nodes.map((node) => node.stop()))
