import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { descriptorLimit, runtime } from '../../runtime/runtime.ts'
import { watchHeap } from './heap-watch.ts'
import type { Ledger } from './ledger.ts'
import type { MetricName } from './metric-table.ts'
import { residentBytes } from './own-memory.ts'

/** Names of the metrics that the process has of itself. */
export const processMetricNames: readonly MetricName[] = [
  'vaino_heap_bytes',
  'vaino_gc_runs_total',
  'vaino_gc_seconds_total',
  'vaino_event_loop_delay_seconds',
  'vaino_build_info',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
  'process_open_fds',
  'process_max_fds',
]

const windowMs = 60_000
const sampleEveryMs = 20

export interface ProcessGauges extends Disposable {
  /** Reads the process and writes what it finds into the ledger: under a millisecond. */
  collect(): void
}

/** Memory, collections, processor time and pauses of this process and its main thread. */
export function createProcessGauges(ledger: Ledger, version: string): ProcessGauges {
  const heap = watchHeap()
  const delay = monitorEventLoopDelay({ resolution: sampleEveryMs })
  delay.enable()
  let previous = delaysOf(delay)
  const ended = { count: 0, sumSeconds: 0 }
  const turn = setInterval(() => {
    previous = delaysOf(delay)
    ended.count += previous.count
    ended.sumSeconds += previous.sumSeconds
    delay.reset()
  }, windowMs)
  turn.unref()
  ledger.set('vaino_build_info', { version, runtime: `${runtime.name} ${runtime.version}` }, 1)
  ledger.set('process_start_time_seconds', {}, Math.round(Date.now() / 1000 - process.uptime()))

  return {
    collect() {
      const { heapBytes, gcRuns, gcMs } = heap.read()
      ledger.set('vaino_heap_bytes', {}, heapBytes)
      ledger.set('process_resident_memory_bytes', {}, residentBytes())
      ledger.add('vaino_gc_runs_total', { thread: 'main' }, gcRuns)
      ledger.add('vaino_gc_seconds_total', { thread: 'main' }, gcMs / 1000)
      const { user, system } = process.cpuUsage()
      ledger.replace('process_cpu_seconds_total', [[{}, (user + system) / 1e6]])
      ledger.replace('process_open_fds', reading(openDescriptors))
      ledger.replace('process_max_fds', reading(descriptorLimit))
      const current = delaysOf(delay)
      const worse = (quantile: '0.5' | '0.99' | '1') =>
        [quantile, Math.max(previous[quantile], current[quantile])] as const
      ledger.summarise('vaino_event_loop_delay_seconds', [
        {
          labels: {},
          quantiles: [worse('0.5'), worse('0.99'), worse('1')],
          sumSeconds: ended.sumSeconds + current.sumSeconds,
          count: ended.count + current.count,
        },
      ])
    },
    [Symbol.dispose]() {
      heap[Symbol.dispose]()
      delay.disable()
      clearInterval(turn)
    },
  }
}

/** No reading if the system gives none: with every descriptor taken, `/proc` can't be read either. */
function reading(read: () => number | null): readonly (readonly [Readonly<Record<never, string>>, number])[] {
  try {
    const value = read()
    return value === null ? [] : [[{}, value]]
  } catch {
    // The metric is absent then, as its help says.
    return []
  }
}

/** Without the one with which the folder is read. */
const openDescriptors = (): number => readdirSync('/proc/self/fd').length - 1

const delaysOf = (delay: ReturnType<typeof monitorEventLoopDelay>) => {
  const seconds = (nanoseconds: number) => (delay.count === 0 ? 0 : nanoseconds / 1e9)
  return {
    '0.5': seconds(delay.percentile(50)),
    '0.99': seconds(delay.percentile(99)),
    '1': seconds(delay.max),
    count: delay.count,
    sumSeconds: seconds(delay.mean * delay.count),
  }
}
