import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { panicFinder } from './panic.ts'

export interface PluginExit {
  /** As a shell says it: 128 and the signal's number for a process that a signal ended; null when its end was ordered or it never began. */
  readonly code: number | null
  /** The function in which it panicked. */
  readonly panic: string | null
}

export interface PluginProcess {
  /** The first line of its output, or what came instead of a line, cut; null where its output ended before. */
  readonly firstLine: Promise<string | null>
  /** Never rejects. */
  readonly exited: Promise<PluginExit>
  readonly hasExited: () => boolean
  /** Ends it and what it started, at once. */
  readonly kill: () => void
}

/**
 * Ends the provider when vaino ends, in whatever way: a killed process closes its end of the pipe. POSIX shell, so that it works on every unix.
 * The provider and what it starts are a process group; the socket's folder goes too, for nobody else is left to remove it.
 */
const watchdog = `
exec 3<&0 </dev/null
"$0" 3<&- &
provider=$!
(exec >/dev/null 2>&1; read -r _ <&3; rm -rf "$PLUGIN_UNIX_SOCKET_DIR"; kill -9 -$$ || kill -9 $provider) &
watcher=$!
exec 3<&-
wait $provider
code=$?
kill -9 $watcher
exit $code
`

/** How long output that was written before the end may take to come out of the pipe. */
const drainMs = 500

/** Starts a program under the watchdog and reads its output to the end of its life. @param maxLineBytes of the first line */
export function startPluginProcess(
  program: string,
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly maxLineBytes: number },
): PluginProcess {
  const child = spawn('/bin/sh', ['-c', watchdog, program], {
    cwd: options.cwd,
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  // The watchdog reads nothing; a pipe that closes first is how it ends.
  child.stdin.on('error', () => {})
  const panic = panicFinder()
  child.stderr.on('data', panic.take)
  const firstLine = lineOf(child.stdout, options.maxLineBytes)
  let exit: PluginExit | null = null
  const exited = endOf(child).then((code) => {
    child.stdin.destroy()
    exit = { code, panic: panic.found() }
    return exit
  })
  return {
    firstLine,
    exited,
    hasExited: () => exit !== null || child.exitCode !== null || child.signalCode !== null,
    kill() {
      if (child.pid === undefined || exit !== null) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // The whole group is gone already.
      }
    },
  }
}

/** When the process has ended and its output has been read, or is held open by something that it started. */
async function endOf(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<number | null> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const code = await new Promise<number | null>((resolve) => {
    child.once('exit', (exitCode) => resolve(exitCode))
    child.once('error', () => resolve(null))
  })
  const drained = new AbortController()
  await Promise.race([closed, pause(drainMs, undefined, { signal: drained.signal }).catch(() => {})])
  drained.abort()
  return code
}

function lineOf(output: Readable, maxBytes: number): Promise<string | null> {
  return new Promise((resolve) => {
    let text = ''
    output.setEncoding('utf8')
    const take = (chunk: string): void => {
      text += chunk
      const end = text.indexOf('\n')
      if (end < 0 && text.length < maxBytes) return
      output.off('data', take)
      // What comes later is read and dropped: a full pipe would stop the provider.
      output.resume()
      resolve(text.slice(0, end < 0 ? maxBytes : end))
    }
    output.on('data', take)
    output.once('close', () => resolve(null))
    output.once('end', () => resolve(null))
  })
}
