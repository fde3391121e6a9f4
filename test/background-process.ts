import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { hang } from './hang.ts'

/** A server that a test starts, kills and starts again; its output is appended to a file. */
export class BackgroundProcess {
  readonly #command: string
  readonly #logFile: string
  #process: ChildProcess | null = null
  /** The exit code, or the signal, of the process before. */
  #ending: number | NodeJS.Signals | null = null

  constructor(command: string, logFile: string) {
    this.#command = command
    this.#logFile = logFile
  }

  start(args: readonly string[], environment: NodeJS.ProcessEnv = process.env): void {
    if (this.#process !== null) return
    const log = openSync(this.#logFile, 'a')
    const child = spawn(this.#command, args, { stdio: ['ignore', log, log], env: environment })
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

  /** 0 while it doesn't run. */
  get pid(): number {
    return this.#process?.pid ?? 0
  }

  /** Makes it hang until {@link goOn}. */
  async hang(): Promise<void> {
    await hang(this.pid)
  }

  goOn(): void {
    this.#process?.kill('SIGCONT')
  }

  /** `SIGKILL`, and waits until the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
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
}
