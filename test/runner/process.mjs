// Starts one command with a time limit, keeps what it prints, and leaves none of its children behind.

import { spawn } from 'node:child_process'

/** Output beyond this is cut in its middle: a test that prints without end must not fill the memory of the runner. */
const keptBytes = 256 * 1024

const running = new Set()

/** Ends a command and all that it started: each has a process group of its own. */
const killGroup = (child, signal) => {
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

export const killAll = () => {
  for (const child of running) killGroup(child, 'SIGKILL')
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd: string, env: NodeJS.ProcessEnv, timeoutMs: number}} options
 */
export function runCommand(command, args, { cwd, env, timeoutMs }) {
  const began = performance.now()
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    let head = ''
    let tail = ''
    let timedOut = false
    const keep = (chunk) => {
      if (head.length < keptBytes / 2) head += chunk
      else tail = (tail + chunk).slice(-keptBytes / 2)
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    const timer = setTimeout(() => {
      timedOut = true
      killGroup(child, 'SIGKILL')
    }, timeoutMs)
    const done = (code, signal) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ code, signal, timedOut, output: head + tail, seconds: (performance.now() - began) / 1000 })
    }
    child.on('error', (error) => {
      keep(`${command} could not be started: ${error.message}\n`)
      done(null, null)
    })
    child.on('exit', (code, signal) => {
      // A grandchild that holds the pipes would keep 'close' waiting.
      if (child.pid !== undefined) killGroup(child, 'SIGKILL')
      child.on('close', () => done(code, signal))
    })
  })
}

/** Does jobs in order, at most `width` at once. */
export async function inParallel(width, jobs, run) {
  const queue = [...jobs]
  const worker = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) await run(job)
  }
  await Promise.all(Array.from({ length: width }, worker))
}
