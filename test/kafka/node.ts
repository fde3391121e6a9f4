import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { BackgroundProcess } from '../background-process.ts'
import { kafkaJars } from './jars.ts'

/** Small and quick to start: a test's broker is neither large nor long-lived. */
const broker = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData']
const tool = ['-Xmx64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', '-Xshare:auto']
const quiet = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true']
const formatTimeoutMs = 60_000
const run = promisify(execFile)

const java = (mainClass: string, jvm: readonly string[], args: readonly string[]): string[] => [
  ...jvm,
  ...quiet,
  '-cp',
  `${kafkaJars()}/*`,
  mainClass,
  ...args,
]

const properties = (entries: Readonly<Record<string, string | number>>): string =>
  Object.entries(entries)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')

/** One broker, which is a controller too, in a process of its own with a folder of its own. */
export class KafkaNode extends BackgroundProcess {
  readonly id: number
  /** `HOST:PORT` for clients. */
  readonly address: string
  readonly #folder: string

  constructor(id: number, address: string, folder: string, config: Readonly<Record<string, string | number>>) {
    mkdirSync(folder, { recursive: true })
    super('java', path.join(folder, 'log.txt'))
    this.id = id
    this.address = address
    this.#folder = folder
    writeFileSync(this.#configFile, properties({ ...config, 'node.id': id, 'log.dirs': path.join(folder, 'data') }))
  }

  /** Makes the data folder what a broker expects. @param args more of `kafka-storage format`, for accounts */
  async format(clusterId: string, args: readonly string[]): Promise<void> {
    const all = ['format', '--ignore-formatted', `--cluster-id=${clusterId}`, '-c', this.#configFile, ...args]
    await run('java', java('kafka.tools.StorageTool', tool, all), { timeout: formatTimeoutMs })
  }

  override start(): void {
    super.start(java('kafka.Kafka', broker, [this.#configFile]))
  }

  /** What Kafka's own tool shows of a partition's log: batches with their producers, records, transaction markers; a line each. */
  async dump(topic: string, partition: number): Promise<string[]> {
    const file = path.join(this.#folder, 'data', `${topic}-${partition}`, `${'0'.repeat(20)}.log`)
    const decoder = topic === '__consumer_offsets' ? ['--offsets-decoder'] : []
    const args = ['--print-data-log', ...decoder, '--files', file]
    const dumped = await run('java', java('org.apache.kafka.tools.DumpLogSegments', tool, args), { maxBuffer: 1e9 })
    return dumped.stdout.split('\n')
  }

  /** Takes the end of a partition's log away, as a power cut may: everything from the last batch on that holds some bytes. */
  loseEnd(topic: string, partition: number, holds: string): void {
    const file = path.join(this.#folder, 'data', `${topic}-${partition}`, `${'0'.repeat(20)}.log`)
    const bytes = readFileSync(file)
    const from = bytes.lastIndexOf(holds)
    let at = 0
    // Offset and length stand before each batch.
    for (let next = 0; next <= from; next += 12 + bytes.readInt32BE(next + 8)) at = next
    truncateSync(file, at)
  }

  get #configFile(): string {
    return path.join(this.#folder, 'server.properties')
  }
}
