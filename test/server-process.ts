import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runtimeSettings } from '../cli/runtime-settings.ts'
import { hang } from './hang.ts'
import { repository } from './lanes.ts'
import { usageOf } from './process-usage.ts'

const runtime = path.join(repository, 'node_modules/.bin/bun')
const program = path.join(repository, 'cli/main.ts')

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the CLI to its end, in a folder where there is no configuration. */
export async function runCli(args: readonly string[], cwd = tmpdir()): Promise<Ended> {
  const child = spawn(runtime, [program, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

/** A real `vaino up` over a data directory that outlives it, to be killed and started again; the runtime is set as the launcher sets it. */
export class ServerProcess implements AsyncDisposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'vaino-server-'))
  readonly dataDir: string
  readonly #args: readonly string[]
  readonly #environment: NodeJS.ProcessEnv
  #child: ChildProcess | null = null
  /** Resolves with its exit code when it is gone; null where a signal ended it. */
  ended: Promise<number | null> = Promise.resolve(null)
  url = ''
  stderr = ''

  /** @param config what the configuration file says beside what every one of these servers has */
  constructor(config: object = {}, args: readonly string[] = [], environment: NodeJS.ProcessEnv = process.env) {
    this.#environment = { ...runtimeSettings, ...environment }
    this.dataDir = path.join(this.folder, 'data')
    this.#args = ['up', '--config', this.#file, ...args]
    this.configure(config)
  }

  get #file(): string {
    return path.join(this.folder, 'vaino.yaml')
  }

  /** What the configuration file says from the next start on. */
  configure(config: object): void {
    const settings = { data_dir: this.dataDir, listen: '127.0.0.1:0', partitions: 4, workers: 2, ...config }
    writeFileSync(this.#file, JSON.stringify(settings))
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Resolves when it listens; rejects with what it said when it ends before. */
  async start(): Promise<void> {
    const child = spawn(runtime, [program, ...this.#args], {
      cwd: this.folder,
      env: this.#environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#child = child
    const { promise: listening, resolve, reject } = Promise.withResolvers<string>()
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      said += text
      const url = /^vaino: listening on (http:\S+)$/m.exec(said)?.[1]
      if (url !== undefined) resolve(url)
    })
    child.on('error', reject)
    this.ended = new Promise((done) => child.on('close', (code) => done(code)))
    child.on('close', (code) => reject(new Error(`the server ended with code ${code}: ${said}`)))
    this.url = await listening
  }

  /** Bytes of memory that it has now; only on Linux. */
  get residentBytes(): number {
    return usageOf(this.pid).residentBytes
  }

  /** As a power switch for the process: nothing is flushed, nothing is closed. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL')
    await this.ended
  }

  /** Makes it hang until {@link goOn}. */
  async hang(): Promise<void> {
    await hang(this.pid)
  }

  goOn(): void {
    this.#child?.kill('SIGCONT')
  }

  async stop(): Promise<number | null> {
    this.#child?.kill('SIGTERM')
    return this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
