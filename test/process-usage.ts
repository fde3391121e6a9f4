import { readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** What a process has used so far, as the kernel counts it; Linux only. */
export interface Usage {
  /** Of all its threads, in user and in kernel mode. */
  readonly cpuUs: number
  readonly residentBytes: number
  /** The most that was resident at any time. */
  readonly peakBytes: number
}

/** The kernel tells processor time in hundredths of a second, whatever its own clock. */
const usPerTick = 10_000

/** The fields of `/proc/PID/stat` behind the command, which may hold anything: the first is the state. */
const statOf = (pid: number): string[] => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/**
 * Processor time of a process so far, microseconds, by the names of its threads; those of one name together, the first one as `main`. Of a
 * thread that has ended nothing is known.
 */
export function cpuByThread(pid: number): ReadonlyMap<string, number> {
  const byName = new Map<string, number>()
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`
    const name = thread === String(pid) ? 'main' : readFileSync(`${folder}/comm`, 'utf8').trim()
    const [nanoseconds = '0'] = readFileSync(`${folder}/schedstat`, 'utf8').split(' ')
    byName.set(name, (byName.get(name) ?? 0) + Number(nanoseconds) / 1000)
  }
  return byName
}

/** @throws Error where there is no such process any more */
export function usageOf(pid: number): Usage {
  const stat = statOf(pid)
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  // One that has ended and is still listed has none.
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1024
  return {
    cpuUs: (Number(stat[11]) + Number(stat[12])) * usPerTick,
    residentBytes: bytes('VmRSS'),
    peakBytes: bytes('VmHWM'),
  }
}

const pids = (): number[] => readdirSync('/proc').map(Number).filter(Number.isInteger)

/** The state of a process; null where it ended between the listing and the look. */
function statIfThere(pid: number): string[] | null {
  try {
    return statOf(pid)
  } catch {
    return null
  }
}

/** Processor time so far, microseconds, of a process and of all that it has started, those that have ended among them. */
export function cpuUsOfTree(root: number): number {
  const stats = new Map(pids().map((pid) => [pid, statIfThere(pid)]))
  const isOf = (pid: number): boolean => pid === root || (stats.has(pid) && isOf(Number(stats.get(pid)?.[1] ?? 0)))
  let ticks = 0
  for (const [pid, stat] of stats)
    if (stat !== null && isOf(pid)) for (const own of stat.slice(11, 15)) ticks += Number(own)
  return ticks * usPerTick
}

/** Processor time of all processes of the machine together. */
function busyUs(): number {
  // user, nice, system, idle, iowait, irq, softirq, steal
  const [user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8').split(/\s+/).slice(1).map(Number)
  return [user, nice, system, irq, softirq].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) * usPerTick
}

/**
 * How much of the machine is taken by processes that have nothing to do with the benchmark: what it tells can be believed as
 * far as this is little.
 * @param ours the benchmark's processes, besides this one
 * @returns says what share of all cores' time others had since
 */
export function watchOthers(ours: readonly number[]): () => number {
  const othersUs = () => busyUs() - [process.pid, ...ours].reduce((sum, pid) => sum + usageOf(pid).cpuUs, 0)
  const before = othersUs()
  const startedAt = performance.now()
  // Below 0 where it is less than the hundredths in which all this is counted.
  return () => Math.max(0, (othersUs() - before) / ((performance.now() - startedAt) * 1000 * cpus().length))
}

const isChild = (pid: number, command: string): boolean => {
  try {
    return (
      Number(statOf(pid)[1]) === process.pid &&
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(command)
    )
  } catch {
    // It ended between the listing and the look.
    return false
  }
}

/** The process that this one started and that has a word in its command line. */
export function childRunning(command: string): number {
  const found = pids().find((pid) => isChild(pid, command))
  if (found === undefined) throw new Error(`no process runs ${command}`)
  return found
}
