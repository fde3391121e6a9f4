import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Block, missingLine } from './blocks.ts'

const blockTimeoutMs = 60_000
const pollMs = 20
const maxOutputLength = 4 * 1024 * 1024

/** What a page says the server listens on, and what it listens on here. */
const documentedAddress = /(?:127\.0\.0\.1|localhost):8420/g
const listening = /listening on http:\/\/([\w.:[\]]+)/

const skipped = new Set(['.git', '.vaino', '.cache', 'examples'])

/**
 * A folder that looks like a fresh clone: what a page's commands write stays in it. The examples are copied, the rest is
 * linked.
 */
function cloneOf(root: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'page-'))
  for (const name of readdirSync(root)) {
    if (!skipped.has(name)) symlinkSync(path.join(root, name), path.join(folder, name))
  }
  if (readdirSync(root).includes('examples')) {
    cpSync(path.join(root, 'examples'), path.join(folder, 'examples'), { recursive: true })
  }
  return folder
}

interface Running {
  readonly child: ChildProcess
  readonly output: () => string
}

function start(script: string, folder: string, env: NodeJS.ProcessEnv): Running {
  let text = ''
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-maxOutputLength)
    })
  }
  return { child, output: () => text }
}

const hasEnded = ({ child }: Running): boolean => child.exitCode !== null || child.signalCode !== null

/** Signals a command and all that it started. */
function signal({ child }: Running, name: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function end(running: Running): Promise<void> {
  if (!hasEnded(running)) {
    const ended = once(running.child, 'exit')
    signal(running, 'SIGTERM')
    const late = setTimeout(() => signal(running, 'SIGKILL'), 10_000)
    await ended
    clearTimeout(late)
  }
  // What it left in the background.
  signal(running, 'SIGKILL')
}

/** Waits until a command that goes on has printed what it should. */
async function untilShown(running: Running, shown: (output: string) => boolean, what: () => string): Promise<void> {
  const deadline = performance.now() + blockTimeoutMs
  while (!shown(running.output())) {
    if (hasEnded(running)) throw new Error(`it ended (code ${running.child.exitCode}) without ${what()}`)
    if (performance.now() > deadline) throw new Error(`after ${blockTimeoutMs / 1000} s there is still no ${what()}`)
    await delay(pollMs)
  }
}

/** Runs the blocks of one page, one after the other, in a folder of their own. @throws Error naming the block that fails */
export async function runPage(root: string, page: string, blocks: readonly Block[]): Promise<void> {
  const folder = cloneOf(root)
  const background: Running[] = []
  const env = { ...process.env, VAINO_LISTEN: '127.0.0.1:0' }
  let address: string | undefined
  try {
    for (const block of blocks) {
      const script = address === undefined ? block.script : block.script.replace(documentedAddress, address)
      const expected = block.output.map((line) => (address ? line.replace(documentedAddress, address) : line))
      // What a command finds by itself on the documented port, it finds here by this.
      const running = start(script, folder, address === undefined ? env : { ...env, VAINO_SERVER: `http://${address}` })
      background.push(running)
      try {
        if (block.kind === 'run') await runToEnd(running, block.exitCode, expected)
        else {
          const awaited = block.kind === 'background' && expected.length === 0 ? ['listening on'] : expected
          const isShown = (output: string) => missingLine(awaited.map(forgetAddress), output) === null
          await untilShown(
            running,
            isShown,
            () => `line "${missingLine(awaited.map(forgetAddress), running.output())}"`,
          )
          if (block.kind === 'stream') await end(running)
          else address = listening.exec(running.output())?.[1] ?? address
        }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        throw new Error(`${page}:${block.line}: ${reason}\n${script.trim()}\n--- it printed:\n${running.output()}`)
      }
    }
  } finally {
    for (const running of background) await end(running)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A server's first line is shown before its address is known. */
const forgetAddress = (line: string): string => line.replace(documentedAddress, '…')

async function runToEnd(running: Running, exitCode: number, expected: readonly string[]): Promise<void> {
  const late = setTimeout(() => signal(running, 'SIGKILL'), blockTimeoutMs)
  const [code, killedBy] = (await once(running.child, 'close')) as [number | null, NodeJS.Signals | null]
  clearTimeout(late)
  if (killedBy !== null) throw new Error(`was killed by ${killedBy} after at most ${blockTimeoutMs / 1000} s`)
  if (code !== exitCode) throw new Error(`ended with code ${code} instead of ${exitCode}`)
  const missing = missingLine(expected, running.output())
  if (missing !== null) throw new Error(`did not print "${missing}"`)
}
