import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { cpuUsOfTree, usageOf } from '../../test/process-usage.ts'

/** What a pass of a running vaino over a state costs: the mean of several. */
export interface PassCost {
  /** Seconds from its begin to the commit of its end. */
  readonly wall: number
  /** Processor seconds of vaino and its providers from the end of one pass to the end of the next. */
  readonly cpu: number
  /** The highest resident memory of vaino without the providers. */
  readonly megabytes: number
}

/** Passes before the measured ones: in the first two vaino learns which fields move by themselves, and its compilers work. */
const warmUp = 3

/**
 * Runs `vaino up` and measures some passes of its live reading. The configuration must read a state live again and again.
 * @param passes measured ones, after those of the warm-up
 * @throws Error when vaino ends, or a pass fails
 */
export async function livePasses(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  passes: number,
): Promise<PassCost> {
  const env = { ...options.env, VAINO_LOG_LEVEL: 'debug' }
  const child = spawn(command, args, { ...options, env, stdio: ['ignore', 'ignore', 'pipe'] })
  const pid = child.pid ?? 0
  const ended = once(child, 'exit')
  const walls: number[] = []
  let begunAt = 0
  let seen = 0
  try {
    for await (const line of createInterface({ input: child.stderr })) {
      const said = /"event":"(scan_complete|scan_failed)"/.exec(line)?.[1]
      if (said === undefined || !line.includes('/-/live"')) continue
      if (said === 'scan_failed') throw new Error(line)
      seen++
      if (seen === warmUp) begunAt = cpuUsOfTree(pid)
      if (seen <= warmUp) continue
      walls.push(Number(/"duration_ms":([\d.]+)/.exec(line)?.[1]) / 1000)
      if (walls.length === passes) break
    }
    if (walls.length < passes) throw new Error(`vaino ended after ${walls.length} passes`)
    const cpu = (cpuUsOfTree(pid) - begunAt) / 1e6 / passes
    const wall = walls.reduce((sum, one) => sum + one, 0) / passes
    return { wall, cpu, megabytes: usageOf(pid).peakBytes / 2 ** 20 }
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}
