import type { Op } from '../../model/change.ts'
import { type DurationCounts, quantileMs } from './durations.ts'
import { residentBytes } from './own-memory.ts'
import type { WorkerCounters } from './worker-counters.ts'

/** The numbers of the status screen: totals since the start, and rates. */
export interface LiveStatus {
  readonly uptimeSeconds: number
  readonly records: number
  readonly changes: Readonly<Record<Op, number>>
  readonly deadLetters: number
  readonly suppressed: number
  readonly deletesHeld: number
  readonly scans: number
  readonly scansFailed: number
  /** Over the last five to ten seconds. */
  readonly recordsPerSecond: number
  /** Without first sights, which are no differences. */
  readonly changesPerSecond: number
  readonly commitP99Ms: number | null
  readonly residentBytes: number
}

const sampleEveryMs = 5_000

interface Sample {
  readonly atMs: number
  readonly records: number
  readonly changes: number
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0)

const drifted = ({ c, u, d }: Readonly<Record<Op, number>>): number => c + u + d

/**
 * @param now a monotonic clock, milliseconds
 * @returns a function that reads the status; the rates are between two of its calls, so call it every second or so
 */
export function createLiveStatus(
  totals: Readonly<WorkerCounters>,
  commits: { read(): DurationCounts },
  now: () => number,
): () => LiveStatus {
  const beganMs = now()
  const sampleNow = (): Sample => ({ atMs: now(), records: totals.records, changes: drifted(totals.changes) })
  let older = sampleNow()
  let newer = older
  return () => {
    const current = sampleNow()
    const seconds = (current.atMs - older.atMs) / 1000
    const rate = (of: 'records' | 'changes') => (seconds > 0 ? (current[of] - older[of]) / seconds : 0)
    const status: LiveStatus = {
      uptimeSeconds: (current.atMs - beganMs) / 1000,
      records: totals.records,
      changes: { ...totals.changes },
      deadLetters: sum(totals.deadLetters),
      suppressed: sum(totals.suppressed),
      deletesHeld: totals.deletesHeld,
      scans: totals.scansComplete,
      scansFailed: totals.scansIncomplete + totals.scansLost,
      recordsPerSecond: rate('records'),
      changesPerSecond: rate('changes'),
      commitP99Ms: quantileMs(commits.read(), 0.99),
      residentBytes: residentBytes(),
    }
    if (current.atMs - newer.atMs >= sampleEveryMs) {
      older = newer
      newer = current
    }
    return status
  }
}
