import { deadLetterReasons } from '../../model/partition-state.ts'
import type { TargetState } from '../../model/status.ts'
import { type AlertQueue, collectQueues, showSinks } from './alert-gauges.ts'
import { fileDescriptor } from './destination.ts'
import { collectDrift, type DriftTally } from './drift-gauge.ts'
import { createEventLog } from './event-log.ts'
import { type EventName, type EventSpec, eventTable, type FieldsOf, type Level } from './event-table.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createLiveStatus, type LiveStatus } from './live-status.ts'
import type { LogDestination, LogFormat } from './log.ts'
import type { NameOf } from './metric-table.ts'
import { applyMove, collectQuantiles } from './moves.ts'
import { collectPartitions, type PartitionHealth } from './partition-gauges.ts'
import { createProcessGauges } from './process-gauges.ts'
import { RecentDurations } from './recent-durations.ts'
import { collectScopes, collectTargets, type ScopeHealth, ScopeReading, scopeLabels } from './scope-gauges.ts'
import { collectSources, nothing, type SourceReadings } from './source-gauges.ts'
import type { WorkerReport } from './worker-counters.ts'
import { createWorkerMetrics } from './worker-metrics.ts'

export interface TelemetryOptions {
  readonly version: string
  /** What is logged; metrics move whatever it is. */
  readonly level?: Level | 'silent'
  /** `none` where a live status has the terminal. */
  readonly format?: LogFormat
  /** stderr by default. */
  readonly destination?: LogDestination
  /** Masks secrets in a text before it is logged or labels a metric (see `Redactor.redactText`). */
  readonly redact: (text: string) => string
  /** A monotonic clock, milliseconds. */
  readonly now?: () => number
  /** Gets every event as it was emitted, before redaction. */
  readonly observe?: (event: EventName, fields: Readonly<Record<string, unknown>>) => void
}

/** A gauge without labels that its owner reads at scrape time. */
export type FedGauge = (typeof fedGauges)[number]
export const fedGauges = [
  'vaino_storage_bytes',
  'vaino_workers',
  'vaino_queue_records',
  'vaino_queue_bytes',
  'vaino_queue_limit_records',
  'vaino_queue_limit_bytes',
] as const satisfies readonly NameOf<'gauge'>[]

export interface Telemetry extends Disposable {
  /**
   * Says that something happened: one log line and whatever metrics it moves, as event-table.ts declares.
   *
   * @example
   * telemetry.emit('scan_failed', { scope, error, duration_ms: performance.now() - began })
   */
  emit<E extends EventName>(event: E, fields: FieldsOf<E>): void
  /** Adds what a worker counted since its last report. @param worker its number, from 0 */
  addWorker(worker: number, report: WorkerReport): void
  /** Names how a gauge is read; called at each scrape, so it must be quick. */
  feed(gauge: FedGauge, read: () => number): void
  /** Names how the scopes are read, for freshness, conditions and the number of resources. */
  feedScopes(read: () => Iterable<ScopeHealth>): void
  /** Names how the sources' targets are read, for their states. */
  feedTargets(read: () => readonly { readonly state: TargetState }[]): void
  /** Names how the rate limits of the sources' APIs are read, and what waits in their feeds. */
  feedSources(read: () => SourceReadings): void
  /** Names how drift is counted, by status and severity. */
  feedDrift(read: () => Promise<readonly DriftTally[]>): void
  /** Names how the queues of the alerts' sinks are read. */
  feedAlerts(read: () => readonly AlertQueue[]): void
  /** Names how the partitions of a Kafka node are read. */
  feedPartitions(read: () => readonly PartitionHealth[]): void
  readonly metrics: {
    readonly contentType: string
    /** The Prometheus text. */
    render(): Promise<string>
  }
  /** What the live status on a terminal shows. */
  status(): LiveStatus
}

/** How what is read at scrape time is read, as far as its owner has said so. */
interface Reads {
  readonly scopes?: ScopeReading
  readonly targets?: () => readonly { readonly state: TargetState }[]
  readonly sources?: () => SourceReadings
  readonly drift?: () => Promise<readonly DriftTally[]>
  readonly partitions?: () => readonly PartitionHealth[]
  readonly alerts?: () => readonly AlertQueue[]
}

/** A counter that appears with its first increase hides that increase from `rate()`, and so from alerts. */
function showFromZero(ledger: Ledger): void {
  for (const reason of deadLetterReasons) ledger.add('vaino_dead_letters_total', { reason }, 0)
  ledger.add('vaino_rules_refused_total', {}, 0)
}

/** What the main thread measures. */
const recentDurations = (now: () => number) => ({
  scan: new RecentDurations(now),
  http: new RecentDurations(now),
  transaction: new RecentDurations(now),
})

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const now = options.now ?? (() => performance.now())
  const ledger = createLedger()
  const labelOf = scopeLabels(options.redact)
  const writeLine = createEventLog({
    format: options.format ?? 'json',
    level: options.level ?? 'info',
    destination: options.destination ?? fileDescriptor(2),
    redact: options.redact,
    now,
    onDropped: (reason) => ledger.add('vaino_log_lines_dropped_total', { reason }, 1),
  })
  const workers = createWorkerMetrics(ledger, now, options.redact)
  const processGauges = createProcessGauges(ledger, options.version)
  const recent = { ...recentDurations(now), ...workers.recent }
  showFromZero(ledger)
  const fed = new Map<FedGauge, () => number>()
  const reads: Reads = {}

  const emit = (event: EventName, fields: Readonly<Record<string, unknown>>) => {
    const spec: EventSpec = eventTable[event]
    for (const move of spec.moves ?? []) applyMove(ledger, recent, spec, move, fields)
    writeLine(event, spec, fields)
    options.observe?.(event, fields)
  }

  const unreadable = (gauge: string) => (error: unknown) => emit('gauge_unreadable', { gauge, error })

  // The other metrics are needed most when something can't be read.
  const readOr = <T>(fallback: T, gauge: string, read: () => T): T => {
    try {
      return read()
    } catch (error) {
      unreadable(gauge)(error)
      return fallback
    }
  }

  const totalsOr = (reading: ScopeReading) =>
    reading.totals().catch((error: unknown) => {
      unreadable('vaino_scopes')(error)
      return null
    })

  return {
    emit,
    addWorker(worker, report) {
      workers.add(worker, report)
      for (const [reason, count] of Object.entries(report.deadLetters)) emit('dead_letters', { count, reason })
    },
    feed: (gauge, read) => void fed.set(gauge, read),
    feedScopes: (read) => void Object.assign(reads, { scopes: new ScopeReading(read) }),
    feedTargets: (read) => void Object.assign(reads, { targets: read }),
    feedSources: (read) => void Object.assign(reads, { sources: read }),
    feedDrift: (read) => void Object.assign(reads, { drift: read }),
    feedAlerts: (read) => void Object.assign(reads, { alerts: showSinks(ledger, read) }),
    feedPartitions: (read) => void Object.assign(reads, { partitions: read }),
    metrics: {
      contentType: ledger.contentType,
      async render() {
        processGauges.collect()
        workers.collect()
        for (const [gauge, read] of fed)
          ledger.replace(
            gauge,
            readOr([], gauge, () => [[{}, read()]]),
          )
        if (reads.scopes) collectScopes(ledger, await totalsOr(reads.scopes), labelOf)
        if (reads.targets) collectTargets(ledger, readOr([], 'vaino_targets', reads.targets))
        if (reads.sources) collectSources(ledger, readOr(nothing, 'vaino_source_calls_limit', reads.sources), labelOf)
        if (reads.drift) await collectDrift(ledger, reads.drift, unreadable('vaino_drift'))
        if (reads.partitions) collectPartitions(ledger, readOr(null, 'vaino_partition_owned', reads.partitions))
        if (reads.alerts) collectQueues(ledger, readOr([], 'vaino_alert_queue_messages', reads.alerts))
        collectQuantiles(ledger, recent)
        return ledger.render()
      },
    },
    status: createLiveStatus(workers.totals, recent.commit, now),
    [Symbol.dispose]: () => processGauges[Symbol.dispose](),
  }
}
