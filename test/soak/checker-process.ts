import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { CheckerSettings, FromChecker, ToChecker } from './messages.ts'

type Result = Extract<FromChecker, { kind: 'result' }>

/** The checker as the soak sees it: a process of its own, spoken to in lines. */
export class CheckerProcess {
  readonly #child: ChildProcess
  #settled = Promise.withResolvers<void>()
  readonly #result = Promise.withResolvers<Result>()

  constructor(settings: CheckerSettings) {
    const script = path.join(import.meta.dirname, 'checker.ts')
    this.#child = spawn(process.execPath, [script, JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'inherit'] })
    if (this.#child.stdout === null) throw new Error('the checker has no output')
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as FromChecker
      if (message.kind === 'settled') this.#settled.resolve()
      else this.#result.resolve(message)
    })
    this.#child.on('exit', (code) => {
      const error = new Error(`the checker ended with ${code}`)
      this.#settled.reject(error)
      this.#result.reject(error)
    })
    // Whoever waits for them hears of it; nobody may wait now.
    this.#result.promise.catch(() => undefined)
    this.#settled.promise.catch(() => undefined)
  }

  readonly say = (message: ToChecker): void => {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`)
  }

  async settle(deadLetters: number): Promise<void> {
    this.#settled = Promise.withResolvers()
    this.say({ kind: 'settle', deadLetters })
    await this.#settled.promise
  }

  async end(): Promise<Result> {
    this.say({ kind: 'end' })
    return this.#result.promise
  }
}
