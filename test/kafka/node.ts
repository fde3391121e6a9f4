import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
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
export class KafkaNode {
  readonly id: number
  /** `HOST:PORT` for clients. */
  readonly address: string
  readonly #folder: string
  #process: ChildProcess | null = null
  /** The exit code, or the signal, of the process before. */
  #ending: number | NodeJS.Signals | null = null

  constructor(id: number, address: string, folder: string, config: Readonly<Record<string, string | number>>) {
    this.id = id
    this.address = address
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
    writeFileSync(this.#configFile, properties({ ...config, 'node.id': id, 'log.dirs': path.join(folder, 'data') }))
  }

  /** Makes the data folder what a broker expects. @param args more of `kafka-storage format`, for accounts */
  async format(clusterId: string, args: readonly string[]): Promise<void> {
    const all = ['format', '--ignore-formatted', `--cluster-id=${clusterId}`, '-c', this.#configFile, ...args]
    await run('java', java('kafka.tools.StorageTool', tool, all), { timeout: formatTimeoutMs })
  }

  start(): void {
    if (this.#process !== null) return
    const log = openSync(this.#logFile, 'a')
    const child = spawn('java', java('kafka.Kafka', broker, [this.#configFile]), { stdio: ['ignore', log, log] })
    closeSync(log)
    // A test that ends by an error must not leave it behind.
    const orphaned = () => void child.kill('SIGKILL')
    process.once('exit', orphaned)
    child.once('exit', (code, signal) => {
      this.#ending = signal ?? code
      process.off('exit', orphaned)
      if (this.#process === child) this.#process = null
    })
    this.#process = child
  }

  get isRunning(): boolean {
    return this.#process !== null
  }

  /** Sends a signal: `SIGKILL` for a crash, `SIGSTOP` and `SIGCONT` for a machine that hangs. */
  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal)
  }

  /** `SIGKILL`, and waits until the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
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

  /** Stops it as an operator would. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** How it ended last, and the end of what it logged. */
  get log(): string {
    return `${this.#ending ?? ''} ${readFileSync(this.#logFile, 'utf8').slice(-4000)}`
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    if (child === null) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill(signal)
    await gone
  }

  get #configFile(): string {
    return path.join(this.#folder, 'server.properties')
  }
  get #logFile(): string {
    return path.join(this.#folder, 'log.txt')
  }
}
