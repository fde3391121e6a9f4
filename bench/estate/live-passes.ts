import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** What a pass of a running vaino over a state cost, on the average of those that were looked at. */
export interface PassCost {
  /** Seconds from its begin to the commit of its end. */
  readonly wall: number
  /** Processor seconds of vaino and its providers from the end of one pass to the end of the next. */
  readonly cpu: number
  /** The highest resident memory of vaino without the providers. */
  readonly megabytes: number
}

const ticks = 100
/** Those of a process in which reads learn what moves by itself, and compilers work. */
const warmUp = 3

/** A process and all that it has started, by the kernel's list. */
function treeOf(root: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readOrNothing(`/proc/${name}/stat`) : ''
    const parent = /^\S+ /.exec(stat.replace(/^.*\) /, ''))
    if (parent !== null) parents.set(Number(name), Number(stat.replace(/^.*\) \S+ /, '').split(' ')[0]))
  }
  const isOf = (pid: number): boolean => pid === root || (parents.has(pid) && isOf(parents.get(pid) ?? 0))
  return [...parents.keys()].filter(isOf)
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Processor seconds of a process, of those that it has started, and of those of them that have ended. */
function cpuOf(root: number): number {
  let sum = 0
  for (const pid of treeOf(root)) {
    const fields = readOrNothing(`/proc/${pid}/stat`)
      .replace(/^.*\) /, '')
      .split(' ')
    for (const n of [11, 12, 13, 14]) sum += Number(fields[n] ?? 0)
  }
  return sum / ticks
}

/**
 * Runs `vaino up` over a configuration whose live scope is read again and again, and looks at so many of its passes.
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
      if (seen === warmUp) begunAt = cpuOf(pid)
      if (seen <= warmUp) continue
      walls.push(Number(/"duration_ms":([\d.]+)/.exec(line)?.[1]) / 1000)
      if (walls.length === passes) break
    }
    if (walls.length < passes) throw new Error(`vaino ended after ${walls.length} passes`)
    const cpu = (cpuOf(pid) - begunAt) / passes
    const peak = /VmHWM:\s+(\d+)/.exec(readOrNothing(`/proc/${pid}/status`))?.[1]
    return { wall: walls.reduce((sum, one) => sum + one, 0) / passes, cpu, megabytes: Number(peak) / 1024 }
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}
