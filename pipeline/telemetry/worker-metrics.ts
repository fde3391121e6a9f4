import { suppressedReasons } from '../../model/partition-state.ts'
import type { ChangeCounts } from '../../operators/change-counts.ts'
import type { Ledger } from './ledger.ts'
import type { MetricName, NameOf } from './metric-table.ts'
import { RecentDurations } from './recent-durations.ts'
import type { Tally } from './tally.ts'
import { addInto, createCounters, type WorkerCounters, type WorkerReport } from './worker-counters.ts'

/** Every reason is there from the start, at 0: a series that appears with its first increase hides that increase from `rate()`. */
const byReason = (counts: Tally, reasons: readonly string[]) =>
  Object.entries({ ...Object.fromEntries(reasons.map((reason) => [reason, 0])), ...counts }).map(
    ([reason, count]) => [{ reason }, count] as const,
  )

/** Which metrics the workers' sums are, read at scrape time. */
const sums = {
  vaino_records_total: (c: WorkerCounters) => [[{}, c.records]],
  vaino_record_bytes_total: (c) => [[{}, c.bytes]],
  vaino_batches_total: (c) => [[{}, c.batches]],
  vaino_observations_total: (c) => [
    [{ result: 'unchanged_raw' }, c.unchangedRaw],
    [{ result: 'unchanged_canonical' }, c.unchangedCanonical],
    [{ result: 'compared' }, c.compared],
  ],
  vaino_changes_by_op_total: (c) => Object.entries(c.changes).map(([op, count]) => [{ op }, count] as const),
  vaino_attributions_total: (c) => [[{}, c.attributions]],
  vaino_suppressed_total: (c) => byReason(c.suppressed, suppressedReasons),
  vaino_deletes_held_total: (c) => [[{}, c.deletesHeld]],
  vaino_holds_ended_total: (c) => [
    [{ outcome: 'confirmed' }, c.holdsConfirmed],
    [{ outcome: 'seen_again' }, c.holdsSeenAgain],
    [{ outcome: 'released' }, c.holdsReleased],
    [{ outcome: 'dropped' }, c.holdsDropped],
  ],
  vaino_changes_reduced_total: (c) => [[{}, c.changesReduced]],
  vaino_changes_expired_total: (c) => [[{}, c.expired]],
  vaino_scans_total: (c) => [
    [{ outcome: 'complete' }, c.scansComplete],
    [{ outcome: 'incomplete' }, c.scansIncomplete],
    [{ outcome: 'lost' }, c.scansLost],
    [{ outcome: 'abandoned' }, c.scansAbandoned],
  ],
  vaino_commits_total: (c) => [[{}, c.commits]],
  vaino_storage_written_bytes_total: (c) => [[{}, c.bytesWritten]],
  vaino_cache_lookups_total: (c) => [
    [{ result: 'hit' }, c.cacheHits],
    [{ result: 'miss' }, c.cacheMisses],
  ],
} satisfies Partial<
  Record<MetricName, (c: WorkerCounters) => Iterable<readonly [Readonly<Record<string, string>>, number]>>
>

/** Names of the metrics that come from workers alone. */
export const workerMetricNames: readonly MetricName[] = [
  ...(Object.keys(sums) as (keyof typeof sums)[]),
  'vaino_changes_total',
  'vaino_diff_duration_seconds',
  'vaino_commit_duration_seconds',
  'vaino_fsync_duration_seconds',
  'vaino_worker_busy_seconds_total',
  'vaino_worker_heap_bytes',
]

export interface WorkerMetrics {
  /** What all workers counted so far. */
  readonly totals: Readonly<WorkerCounters>
  readonly recent: Readonly<Record<'diff' | 'commit' | 'fsync', RecentDurations>>
  add(worker: number, report: WorkerReport): void
  /** Writes the sums into the ledger. */
  collect(): void
}

/** Providers and types come with the input, so they pass the redactor; those then called the same are added up. */
const byType = (counts: ChangeCounts, redact: (text: string) => string) =>
  Object.entries(counts).flatMap(([kind, ops]) => {
    const [provider = '', type = ''] = kind.split(' ').map(redact)
    return Object.entries(ops).map(([op, count]) => [{ op, provider, type }, count] as const)
  })

/** @param now a monotonic clock, milliseconds @param redact masks secrets in a label */
export function createWorkerMetrics(
  ledger: Ledger,
  now: () => number,
  redact: (text: string) => string,
): WorkerMetrics {
  const totals = createCounters()
  const recent = {
    diff: new RecentDurations(now),
    commit: new RecentDurations(now),
    fsync: new RecentDurations(now),
  }
  return {
    totals,
    recent,
    add(worker, report) {
      addInto(totals, report)
      recent.diff.add(report.diffMs)
      recent.commit.add(report.commitMs)
      recent.fsync.add(report.fsyncMs)
      ledger.durations('vaino_diff_duration_seconds', {}).add(report.diffMs)
      ledger.durations('vaino_commit_duration_seconds', {}).add(report.commitMs)
      ledger.durations('vaino_fsync_duration_seconds', {}).add(report.fsyncMs)
      const labels = { worker: String(worker) }
      ledger.add('vaino_worker_busy_seconds_total', labels, report.busyMs / 1000)
      if (report.heapBytes > 0) ledger.set('vaino_worker_heap_bytes', labels, report.heapBytes)
      ledger.add('vaino_gc_runs_total', { thread: 'worker' }, report.gcRuns)
      ledger.add('vaino_gc_seconds_total', { thread: 'worker' }, report.gcMs / 1000)
    },
    collect() {
      for (const [name, read] of Object.entries(sums))
        ledger.replace(name as NameOf<'counter'>, read(totals) as Iterable<readonly [never, number]>)
      ledger.replace('vaino_changes_total', byType(totals.changesByType, redact))
    },
  }
}
