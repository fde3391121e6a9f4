import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

/** The environment of a test's process: nothing of the developer's own configuration. */
export const environment = (more: Readonly<Record<string, string>> = {}) => ({
  PATH: process.env.PATH ?? '',
  HOME: os.tmpdir(),
  ...more,
})

const mainFile = path.join(root, 'cli/main.ts')
/** What the launcher gives the runtime before the arguments. */
export const runtimeFlags = [`--config=${path.join(root, 'bunfig.toml')}`, '--no-env-file', '--no-install', mainFile]

/** Runs the command line to its end, for tests. */
export const vaino = (args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  runProgram([process.execPath, ...runtimeFlags, ...args], options)

/** Runs any program to its end as {@link vaino} is run, for tests. */
export const runProgram = ([file = '', ...args]: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  ran(spawn(file, args, at(options)), options.stdin)

/** Runs a line of shell in which `vaino` is the command line, for tests. */
export function shell(line: string, options: RunOptions = {}): Promise<Ran> {
  const script = `vaino() { "$0" ${quoted(runtimeFlags)} "$@"; }; ${line}`
  return ran(spawn('sh', ['-c', script, process.execPath], at(options)), options.stdin)
}

const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ')

const at = (options: RunOptions) => ({ cwd: options.cwd ?? os.tmpdir(), env: environment(options.env) })

async function ran(child: ChildProcessWithoutNullStreams, stdin = ''): Promise<Ran> {
  child.stdin.on('error', () => undefined).end(stdin)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

/** A command that goes on, for tests: what it prints can be waited for. */
export interface Running extends AsyncDisposable {
  /** Everything printed so far, stdout and stderr in one. */
  readonly output: string
  /** Resolves with the match as soon as the output has it. @throws when the process ends first */
  until(pattern: RegExp): Promise<RegExpExecArray>
  kill(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void
  /** Its exit code; `null` when a signal ended it. */
  readonly ended: Promise<number | null>
}

export const startVaino = (args: readonly string[], options: RunOptions = {}): Running =>
  startProgram([process.execPath, ...runtimeFlags, ...args], options)

/** Starts any program as {@link startVaino} does, for tests. */
export function startProgram([file = '', ...args]: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(file, args, {
    cwd: options.cwd ?? os.tmpdir(),
    env: environment(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const listeners = new Set<() => void>()
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const add = (text: string) => {
    output += text
    for (const listener of listeners) listener()
  }
  child.stdout.setEncoding('utf8').on('data', add)
  child.stderr.setEncoding('utf8').on('data', add)
  return {
    get output() {
      return output
    },
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output)
          if (match === null) return
          listeners.delete(look)
          resolve(match)
        }
        listeners.add(look)
        look()
        ended.then((code) => reject(new Error(`it ended with ${code} before it printed ${pattern}:\n${output}`)))
      }),
    kill: (signal) => void child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** A folder of the test's own, gone when it is disposed. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'vaino-cli-'))
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** A Terraform state (format 4) of queues, each with its delay. */
export const stateOf = (delays: Readonly<Record<string, number>>, serial = 1): string =>
  JSON.stringify({
    version: 4,
    terraform_version: '1.11.0',
    serial,
    lineage: '00000000-0000-0000-0000-000000000001',
    outputs: {},
    resources: Object.entries(delays).map(([name, delay_seconds]) => ({
      mode: 'managed',
      type: 'aws_sqs_queue',
      name,
      provider: 'provider["registry.terraform.io/hashicorp/aws"]',
      instances: [{ schema_version: 0, attributes: { name, delay_seconds } }],
    })),
  })
