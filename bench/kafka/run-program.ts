import { spawn } from 'node:child_process'

/** Whatever is measured, as a process of its own. */
export interface RunningProgram {
  readonly pid: number
  /** Rejects, with what it said last, when it ended and nobody had asked it to. */
  readonly died: Promise<never>
  /** Resolves with what the pattern's first group is in a line that it writes to stderr. */
  says(pattern: RegExp): Promise<string>
  /** Ends it as an operator would, or as a crash does, and resolves when it is gone. */
  stop(): Promise<void>
  kill(): Promise<void>
}

const keptOutput = 8_000

export function runProgram(command: string, args: readonly string[]): RunningProgram {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  const listeners = new Set<() => void>()
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-keptOutput)
    for (const listener of listeners) listener()
  })
  // A benchmark that ends by an error must not leave it behind.
  const orphaned = () => void child.kill('SIGKILL')
  process.prependOnceListener('exit', orphaned)
  const gone = Promise.withResolvers<void>()
  const died = Promise.withResolvers<never>()
  // Whoever waits for something of it hears of it; nobody else has to.
  died.promise.catch(() => undefined)
  child.once('error', died.reject)
  child.once('close', (code, signal) => {
    process.off('exit', orphaned)
    gone.resolve()
    died.reject(new Error(`${command} ended with ${signal ?? `code ${code}`}: ${said}`))
  })
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await gone.promise
  }
  return {
    pid: child.pid ?? 0,
    died: died.promise,
    async says(pattern) {
      const found = Promise.withResolvers<string>()
      const look = () => {
        const match = pattern.exec(said)?.[1]
        if (match !== undefined) found.resolve(match)
      }
      listeners.add(look)
      look()
      try {
        return await Promise.race([found.promise, died.promise])
      } finally {
        listeners.delete(look)
      }
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}
