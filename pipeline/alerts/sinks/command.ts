import { spawn } from 'node:child_process'
import { z } from 'zod'
import { SinkFailure, type SinkKind } from './sink.ts'

const options = z.strictObject({
  argv: z
    .array(z.string())
    .min(1)
    .max(100)
    .meta({ description: 'The program and its arguments, as a list. No shell reads it.' }),
})

/** Milliseconds for a command to end; then it is killed, and tried again. */
const timeoutMs = 30_000
/** Characters of its errors that are shown. */
const maxSaid = 300

/** vaino's own secrets are no business of the command's. */
const environment = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VAINO_')))

export const command: SinkKind<z.output<typeof options>> = {
  summary: 'A command that gets the message as JSON on its standard input; it has taken it when it ends with 0.',
  short: null,
  options,
  open: ({ argv }) => ({
    send(message, signal) {
      const [program = '', ...rest] = argv
      return new Promise((resolve, reject) => {
        // A group of its own, so that what it has started ends with it.
        const child = spawn(program, rest, { stdio: ['pipe', 'ignore', 'pipe'], env: environment(), detached: true })
        let said = ''
        let isLate = false
        const end = () => {
          if (child.pid === undefined) return
          try {
            process.kill(-child.pid, 'SIGKILL')
          } catch {
            // It has ended by itself.
          }
        }
        const timer = setTimeout(() => {
          isLate = true
          end()
        }, timeoutMs)
        signal.addEventListener('abort', end, { once: true })
        const settle = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', end)
        }
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          said = (said + text).slice(-maxSaid)
        })
        child.on('error', (error) => {
          settle()
          reject(new SinkFailure(`${program} can't be started: ${error.message}`, { cause: error }))
        })
        // Not 'close': what it has left running may keep its standard error open.
        child.on('exit', (code, by) => {
          settle()
          if (code === 0) return resolve('it ended with 0')
          const how = isLate ? `it did not end within ${timeoutMs / 1000} s` : `it ended with ${code ?? by}`
          reject(new SinkFailure(`${how}${said === '' ? '' : `: ${said.trim()}`}`))
        })
        // One that reads nothing closes its end.
        child.stdin.on('error', () => child.stdin.destroy())
        child.stdin.end(`${JSON.stringify(message)}\n`)
      })
    },
  }),
}
