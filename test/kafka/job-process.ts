import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { hang } from '../hang.ts'
import type { CopyJob, JobEvent } from './copy-job.ts'

const program = fileURLToPath(new URL('copy-job.ts', import.meta.url))

/** The copy job in a process of its own, to be killed, stopped and woken. */
export class JobProcess implements AsyncDisposable {
  readonly events: JobEvent[] = []
  readonly #process: ChildProcess
  readonly #gone: Promise<void>
  #errors = ''

  constructor(job: CopyJob) {
    this.#process = spawn(process.execPath, [program, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#gone = new Promise((resolve) => this.#process.once('exit', () => resolve()))
    const { stdout, stderr } = this.#process
    if (stdout) createInterface({ input: stdout }).on('line', (line) => this.events.push(JSON.parse(line)))
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4000)
    })
  }

  /** What it owns, as it last said. */
  get owned(): readonly number[] {
    return this.of('assigned').at(-1)?.owned ?? []
  }

  /** What it wrote to stderr: nothing, where all is well. */
  get errors(): string {
    return this.#errors
  }

  of<K extends JobEvent['kind']>(kind: K): Extract<JobEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<JobEvent, { kind: K }> => event.kind === kind)
  }

  /** Makes it hang until {@link goOn}. */
  async hang(): Promise<void> {
    await hang(this.#process.pid ?? 0)
  }

  goOn(): void {
    this.#process.kill('SIGCONT')
  }

  /** Ends it and waits until it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#process.kill(signal)
    await this.#gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
  }
}
