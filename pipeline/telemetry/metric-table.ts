// Long because it is one table: every metric.
import { driftStatuses } from '../../model/drift.ts'
import { suppressedReasons } from '../../model/partition-state.ts'
import { severities } from '../../model/rules.ts'
import { feedOutcomes, scopeConditions, targetStates } from '../../model/status.ts'
import { maxChangeKinds } from '../../operators/change-counts.ts'
import { foreignReasons } from '../kafka/messages/foreign-messages.ts'

/**
 * What a label may be. A list is closed: what isn't in it counts as `other`. A number is how many values are kept apart
 * before the rest count as `other`. Keys and ids never label anything; a scope only where it is capped.
 */
export type LabelValues = readonly string[] | number

interface Declared {
  readonly help: string
  readonly labels?: Readonly<Record<string, LabelValues>>
}

interface CounterSpec extends Declared {
  readonly type: 'counter'
}
interface GaugeSpec extends Declared {
  readonly type: 'gauge'
}
interface HistogramSpec extends Declared {
  readonly type: 'histogram'
  /** The name under which its recent quantiles stand in `vaino_duration_quantile_seconds`. */
  readonly operation: string
  /** The lowest bucket that is shown, milliseconds. */
  readonly fromMs: number
}
/** Beside its labels it has `quantile`, as the convention wants it. */
interface SummarySpec extends Declared {
  readonly type: 'summary'
}
export type MetricSpec = CounterSpec | GaugeSpec | HistogramSpec | SummarySpec

const counter = <const S extends Declared>(spec: S) => ({ type: 'counter' as const, ...spec })
const gauge = <const S extends Declared>(spec: S) => ({ type: 'gauge' as const, ...spec })
const summary = <const S extends Declared>(spec: S) => ({ type: 'summary' as const, ...spec })
const histogram = <const S extends Declared & { operation: string; fromMs: number }>(spec: S) => ({
  type: 'histogram' as const,
  ...spec,
})

/** The scopes that have a freshness series of their own, the stalest first; how many have none is a number beside them. */
export const maxScopeSeries = 1000

/** APIs of sources, and feeds of sources, that have series of their own. */
export const maxApiSeries = 128
export const maxSourceSeries = 100

const snapshotKinds = ['full', 'incremental'] as const

/** Rules that have a series of their own. */
const maxRuleSeries = 200

/** Sinks of alerts that have a series of their own. */
const maxSinkSeries = 100

/** As many as a data directory can have. */
const maxPartitions = 256

/** The quantiles that are computed here; every other is PromQL's job, from the histograms. */
export const quantiles = [0.5, 0.95, 0.99] as const

/**
 * Every metric, in the order in which `/metrics` and docs/metrics.md show them. Each has one source: an event's move
 * (event-table.ts), a worker's count (worker-metrics.ts), the process (process-gauges.ts), or a reading that its owner
 * feeds at scrape time.
 */
export const metricTable = {
  vaino_records_total: counter({ help: 'Input records processed by the partitions.' }),
  vaino_record_bytes_total: counter({ help: 'Bytes of those records.' }),
  vaino_batches_total: counter({ help: 'Batches in which they came.' }),
  vaino_observations_total: counter({
    help: 'Observations by how far they had to be looked at: same bytes, same canonical hash, or parsed and compared.',
    labels: { result: ['unchanged_raw', 'unchanged_canonical', 'compared'] },
  }),
  vaino_changes_total: counter({
    help: `Changes recorded: first sight, created, updated, deleted. ${maxChangeKinds} pairs of provider and type are kept apart, the rest is \`other\`.`,
    labels: { op: ['r', 'c', 'u', 'd'], provider: maxChangeKinds, type: maxChangeKinds },
  }),
  vaino_changes_by_op_total: counter({
    help: 'The same by op alone, from 0 on: an alert on it sees the first change of a type too.',
    labels: { op: ['r', 'c', 'u', 'd'] },
  }),
  vaino_attributions_total: counter({ help: 'Entries of op `a`: who made a change, recorded after the change.' }),
  vaino_ignored_changes_total: counter({
    help: `Changes that were recorded and that this node leaves out of streams, by the rule that ignores them. ${maxRuleSeries} rules are kept apart, the rest is \`other\`.`,
    labels: { rule: maxRuleSeries },
  }),
  vaino_rules_refused_total: counter({
    help: 'Times that changed rules, or the configuration that names them, could not be used; the former ones hold on.',
  }),
  vaino_suppressed_total: counter({
    help: 'Differences that are no change (`spelling`, `not_compared`), values with too many nodes to say which fields differ (`field_detail`), and records that do nothing, by reason: `gone_unknown`, `scan_repeated`, `scan_outdated`; who made a change where the event came twice (`attribution_repeated`), no change came within ten minutes (`attribution_unmatched`), or 10,000 newer ones wait in the partition (`attribution_crowded`).',
    labels: { reason: suppressedReasons },
  }),
  vaino_dead_letters_total: counter({ help: 'Records that could not be used, by reason.', labels: { reason: 32 } }),
  vaino_deletes_held_total: counter({ help: 'Deletes that the guard held back.' }),
  vaino_holds_ended_total: counter({
    help: 'Held deletes by what became of them: missed again, seen again, released or dropped by an operator.',
    labels: { outcome: ['confirmed', 'seen_again', 'released', 'dropped'] },
  }),
  vaino_changes_reduced_total: counter({
    help: 'Changes too large for a Kafka message, published without `before`, `fields` or `actor`.',
  }),
  vaino_changes_expired_total: counter({ help: 'Changes that retention removed from the log.' }),

  vaino_scans_total: counter({
    help: 'Scans ended in a partition: complete, incomplete by their collector, lost records on the way, or abandoned for a newer one.',
    labels: { outcome: ['complete', 'incomplete', 'lost', 'abandoned'] },
  }),
  vaino_scan_duration_seconds: histogram({
    help: 'From the begin of a scan to the commit of its end.',
    labels: { outcome: ['complete', 'failed'] },
    operation: 'scan',
    fromMs: 1,
  }),
  vaino_source_failures_total: counter({
    help: 'Failures of a source beside its scans: its list of targets, its feed of events, a follow, the sink, a scope that another source reads.',
    labels: { part: ['list', 'events', 'follow', 'sink', 'claim'] },
  }),
  vaino_attributions_dropped_total: counter({
    help: 'Words of feeds about who made a change that were dropped, because 10,000 newer ones waited to be written.',
  }),
  vaino_source_messages_total: counter({
    help: 'Messages of the feeds of sources, such as a queue of CloudTrail events, by what became of them.',
    labels: { outcome: feedOutcomes },
  }),
  vaino_source_calls_total: counter({
    help: 'Calls that sources made to an API, such as `aws ec2`, of all accounts and regions.',
    labels: { api: maxApiSeries },
  }),
  vaino_source_calls_throttled_total: counter({
    help: 'Of those, refused for their rate. The rate is lowered then, and grows while nothing is refused.',
    labels: { api: maxApiSeries },
  }),
  vaino_source_calls_limit: gauge({
    help: 'Calls a second that sources make to an API at most, as learnt so far: the lowest of its accounts and regions.',
    labels: { api: maxApiSeries },
  }),
  vaino_source_calls_available: gauge({
    help: 'Calls that sources may make to an API at once: the lowest of its accounts and regions. 0 while they wait for its rate.',
    labels: { api: maxApiSeries },
  }),
  vaino_source_feed_lag_seconds: gauge({
    help: 'Age of the oldest of the messages that a feed received last; 0 when its queue was empty.',
    labels: { source: maxSourceSeries },
  }),
  vaino_source_feed_messages: gauge({
    help: 'Messages that wait in the queue of a feed, within a minute, as the queue estimates it; absent while it is not known.',
    labels: { source: maxSourceSeries },
  }),
  vaino_source_feed_dead_letters: gauge({
    help: "Messages in that queue's queue of dead letters: they were received and never removed. Absent without one, and while it is not known.",
    labels: { source: maxSourceSeries },
  }),
  vaino_scan_warnings_total: counter({
    help: 'Scans that stand and are worth a look: a new lineage, a serial that went back.',
  }),
  vaino_scopes: gauge({
    help: 'Scopes by condition.',
    labels: { status: scopeConditions },
  }),
  vaino_drift: gauge({
    help: 'Managed instances of all states, and unmanaged things, by status and severity (`none` where it is in sync or ignored by a rule).',
    labels: { status: driftStatuses, severity: [...severities, 'none'] },
  }),
  vaino_targets: gauge({
    help: 'Scopes that the sources of this process know, by what is done with them.',
    labels: { state: targetStates },
  }),
  vaino_resources: gauge({ help: 'Live resources in all scopes.' }),
  vaino_scope_freshness_seconds: gauge({
    help: `Time since a scope's last complete scan; +Inf before the first. None for scopes that are gone or fed by events alone. The ${maxScopeSeries} stalest scopes.`,
    labels: { scope: maxScopeSeries },
  }),
  vaino_scope_freshness_max_seconds: gauge({ help: 'The stalest scope of all, listed or not.' }),
  vaino_scopes_unlisted: gauge({ help: 'Scopes that have no freshness series of their own.' }),

  vaino_diff_duration_seconds: histogram({
    help: 'Parsing and comparing one resource.',
    operation: 'diff',
    fromMs: 0.01,
  }),
  vaino_commit_duration_seconds: histogram({
    help: 'One transaction of a partition, until it is on disk.',
    operation: 'commit',
    fromMs: 0.1,
  }),
  vaino_fsync_duration_seconds: histogram({
    help: 'The COMMIT in it alone: write and fsync.',
    operation: 'fsync',
    fromMs: 0.01,
  }),
  vaino_commits_total: counter({ help: 'Transactions committed.' }),
  vaino_storage_written_bytes_total: counter({ help: 'Bytes written to the partition files.' }),
  vaino_storage_bytes: gauge({ help: 'Size of the data directory.' }),
  vaino_storage_failures_total: counter({ help: 'Reads and writes of the data directory that failed.' }),
  vaino_cache_lookups_total: counter({
    help: 'Look-ups of a fingerprint in memory before the partition file is asked.',
    labels: { result: ['hit', 'miss'] },
  }),
  vaino_snapshots_sent_total: counter({ help: 'Snapshots read to their end.', labels: { kind: snapshotKinds } }),
  vaino_snapshot_sent_bytes_total: counter({ help: 'Bytes of those, uncompressed.', labels: { kind: snapshotKinds } }),
  vaino_snapshot_last_bytes: gauge({
    help: 'Size of the snapshot read last, uncompressed.',
    labels: { kind: snapshotKinds },
  }),
  vaino_snapshot_last_resources: gauge({ help: 'Lines in it.', labels: { kind: snapshotKinds } }),

  vaino_alert_messages_total: counter({
    help: 'Attempts to deliver messages of alerts: delivered; failed, to be tried again; given up, a dead letter from then on.',
    labels: { sink: maxSinkSeries, outcome: ['delivered', 'failed', 'given_up'] },
  }),
  vaino_alert_queue_messages: gauge({
    help: 'Messages of alerts that wait to be delivered.',
    labels: { sink: maxSinkSeries },
  }),
  vaino_alerts_untold_total: counter({
    help: 'Alerts that no message has told of: over before one was due, or no longer what the route is about.',
    labels: { reason: ['never_told', 'no_match'] },
  }),

  vaino_workers: gauge({ help: 'Workers that are ready.' }),
  vaino_worker_busy_seconds_total: counter({
    help: 'Time a worker spent working; its rate is its utilisation.',
    labels: { worker: 64 },
  }),
  vaino_worker_heap_bytes: gauge({ help: "A worker's heap when it last reported.", labels: { worker: 64 } }),
  vaino_worker_losses_total: counter({
    help: 'Workers that were replaced: ended by themselves, or silent for too long.',
    labels: { reason: ['ended', 'hung'] },
  }),
  vaino_rebalances_total: counter({ help: 'Times that the partitions were shared out anew between the nodes.' }),
  vaino_rebuilds_total: counter({ help: 'Partitions whose file was rebuilt from the topics.' }),
  vaino_foreign_messages_total: counter({
    help: 'Kafka: messages that another program wrote where vaino alone should write, passed over by this node as it read them, each once.',
    labels: { topic: ['changes', 'state'], reason: foreignReasons },
  }),
  vaino_follower_deaths_total: counter({
    help: 'Kafka: workers that died at messages of other nodes. These are not passed over, and are read again after growing pauses.',
    labels: { topic: ['changes', 'state'] },
  }),
  vaino_partition_failures_total: counter({
    help: 'Failures after which a partition was taken over or followed again.',
  }),
  vaino_partition_owned: gauge({
    help: 'Kafka: 1 where this node processes the partition, 0 where it follows it.',
    labels: { partition: maxPartitions },
  }),
  vaino_consumer_lag_messages: gauge({
    help: 'Kafka: input messages of a partition that no processor has committed yet. The same on every node; absent while it is not known.',
    labels: { partition: maxPartitions },
  }),
  vaino_replica_lag_changes: gauge({
    help: "Kafka: changes of a partition that this node's copy lacks; absent while it is not known.",
    labels: { partition: maxPartitions },
  }),
  vaino_transaction_duration_seconds: histogram({
    help: 'Kafka: one transaction of a partition, from its first record to its commit.',
    operation: 'transaction',
    fromMs: 1,
  }),
  vaino_fenced_producers_total: counter({
    help: 'Kafka: times that another node had taken over a partition that this node still processed.',
  }),
  vaino_queue_records: gauge({ help: 'Records let in and not yet committed.' }),
  vaino_queue_bytes: gauge({ help: 'Bytes of those records.' }),
  vaino_queue_limit_records: gauge({ help: 'Where a source has to wait.' }),
  vaino_queue_limit_bytes: gauge({ help: 'Where a source has to wait.' }),
  vaino_backpressure_events_total: counter({
    help: 'Times that a source waited for permits.',
    labels: { source: ['collector', 'ingest'] },
  }),
  vaino_backpressure_wait_seconds_total: counter({
    help: 'How long they waited.',
    labels: { source: ['collector', 'ingest'] },
  }),

  vaino_ingest_requests_total: counter({
    help: 'Ingests by how they ended: committed, duplicate, or the code of the error that refused them.',
    labels: { outcome: 24 },
  }),
  vaino_http_requests_total: counter({
    help: 'HTTP requests by route pattern.',
    labels: { method: ['GET', 'POST', 'HEAD', 'OPTIONS'], route: 48, status: 32 },
  }),
  vaino_http_request_duration_seconds: histogram({
    help: 'Until the head of the answer is ready; a stream is not counted to its end.',
    labels: { route: 48 },
    operation: 'http',
    fromMs: 0.1,
  }),
  vaino_stream_clients: gauge({
    help: 'Clients that follow changes, or read a long answer, now.',
    labels: { kind: ['sse', 'long_poll', 'snapshot', 'diff'] },
  }),
  vaino_streams_closed_total: counter({
    help: 'Streams ended: read to the end, left by the client, cut because it was too slow (with the cursor to resume from), closed because the server stops, or broken by an error.',
    labels: { reason: ['done', 'client', 'slow', 'shutdown', 'expired', 'error'] },
  }),

  vaino_duration_quantile_seconds: summary({
    help: `Quantiles ${quantiles.join(', ')} of the last one to two minutes, absent while nothing was measured; sum and count since the start.`,
    labels: { operation: ['scan', 'diff', 'commit', 'fsync', 'transaction', 'http'] },
  }),
  vaino_heap_bytes: gauge({ help: "The main thread's heap; the workers' stand in vaino_worker_heap_bytes." }),
  vaino_gc_runs_total: counter({ help: 'Garbage collections.', labels: { thread: ['main', 'worker'] } }),
  vaino_gc_seconds_total: counter({ help: 'Time in garbage collections.', labels: { thread: ['main', 'worker'] } }),
  vaino_event_loop_delay_seconds: summary({
    help: 'How late the main thread ran its timers in the last one to two minutes, quantiles 0.5, 0.99 and 1, the longest pause; sum and count since the start.',
  }),
  vaino_trace_spans_total: counter({
    help: 'Spans of traces, where an endpoint for them is configured: sent, or dropped.',
    labels: { outcome: ['sent', 'lost'] },
  }),
  vaino_log_lines_dropped_total: counter({
    help: 'Log lines not written: over the limit of their event a minute, or the log could not be written.',
    labels: { reason: ['limit', 'write'] },
  }),
  vaino_build_info: gauge({ help: 'Always 1.', labels: { version: 1, runtime: 1 } }),

  process_cpu_seconds_total: counter({ help: 'Processor time of the process, user and system.' }),
  process_resident_memory_bytes: gauge({ help: 'Resident memory of the process.' }),
  process_start_time_seconds: gauge({ help: 'When the process started, Unix time.' }),
  process_open_fds: gauge({
    help: 'Open file descriptors; absent where the system has no /proc or none is left to look.',
  }),
  process_max_fds: gauge({
    help: 'The most file descriptors that may be open; absent where it is unlimited or the system has no /proc.',
  }),
} as const satisfies Record<string, MetricSpec>

export type MetricName = keyof typeof metricTable
export type NameOf<T extends MetricSpec['type']> = {
  [N in MetricName]: (typeof metricTable)[N]['type'] extends T ? N : never
}[MetricName]
/** The labels that a metric has, each with a text. */
export type LabelsOf<N extends MetricName> = (typeof metricTable)[N] extends { labels: infer L }
  ? { readonly [K in keyof L]: string }
  : Readonly<Record<never, string>>
