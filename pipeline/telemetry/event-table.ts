// Long because it is one table: everything that is logged.
import type { NameOf } from './metric-table.ts'

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error'

/**
 * `text` is redacted and cut at 2,000 characters; `context` is a text that may be absent; `error` gives its message, code and hint; the rest are
 * numbers.
 */
interface FieldTypes {
  text: string
  context: string | undefined
  count: number
  bytes: number
  ms: number
  error: unknown
}
export type FieldKind = keyof FieldTypes

/** A label's value: a word, or the field that holds it. */
type Labels<Field> = Readonly<Record<string, string | { readonly field: Field }>>

/** What an event does to a metric. Milliseconds become seconds on the way. */
export type Move<Field extends string = string> = { readonly labels?: Labels<Field> } & (
  | { readonly metric: NameOf<'counter' | 'gauge'>; readonly add: 1 | -1 | { readonly field: Field } }
  | { readonly metric: NameOf<'gauge'>; readonly set: { readonly field: Field } }
  | { readonly metric: NameOf<'histogram'>; readonly observe: { readonly field: Field } }
)

export interface EventSpec<Fields extends Readonly<Record<string, FieldKind>> = Readonly<Record<string, FieldKind>>> {
  readonly level: Level
  /** `{field}` stands for its value. */
  readonly message: string
  readonly fields: Fields
  readonly moves?: readonly Move<keyof Fields & string>[]
}

const event = <const Fields extends Readonly<Record<string, FieldKind>>>(spec: EventSpec<Fields>) => spec
const field = <const Name extends string>(name: Name) => ({ field: name })

const countForeign = {
  metric: 'vaino_foreign_messages_total',
  labels: { topic: field('topic'), reason: field('reason') },
  add: field('count'),
} as const

/**
 * Everything that is logged. One entry makes the log line and moves the metrics, so they can't disagree. What happens
 * thousands of times a second in a worker is counted there instead (worker-counters.ts).
 */
export const eventTable = {
  started: event({
    level: 'info',
    message: 'vaino {version} on {data_dir}: {partitions} partitions, {workers} workers',
    fields: { version: 'text', data_dir: 'text', partitions: 'count', workers: 'count' },
  }),
  serving: event({ level: 'info', message: 'serving {url}', fields: { url: 'text' } }),
  rules_changed: event({
    level: 'info',
    message: 'the rules have changed, from now on {file} holds: {ignore} ignore, {types} types compared otherwise',
    fields: { file: 'text', ignore: 'count', types: 'count' },
  }),
  rules_refused: event({
    level: 'error',
    message: '{file} has changed and can not be used; the rules as they were still hold: {error}',
    fields: { file: 'text', error: 'error' },
    moves: [{ metric: 'vaino_rules_refused_total', add: 1 }],
  }),
  rule_questionable: event({
    level: 'warn',
    message:
      '{place}: the rule {rule} {problem} of the {changes} changes of the last week; vaino rules check shows what each rule matches',
    fields: { rule: 'text', place: 'text', problem: 'text', changes: 'count' },
  }),
  rules_unexamined: event({
    level: 'warn',
    message: 'what the rules match could not be looked at: {error}',
    fields: { error: 'error' },
  }),
  changes_ignored: event({
    level: 'debug',
    message: '{count} changes are left out of streams by the rule {rule}',
    fields: { rule: 'text', count: 'count' },
    moves: [{ metric: 'vaino_ignored_changes_total', labels: { rule: field('rule') }, add: field('count') }],
  }),
  stopping: event({ level: 'info', message: 'stopping: {reason}', fields: { reason: 'text' } }),
  gauge_unreadable: event({
    level: 'warn',
    message: '{gauge} could not be read: {error}',
    fields: { gauge: 'text', error: 'error' },
  }),
  stopped: event({ level: 'info', message: 'stopped after {duration_ms} ms', fields: { duration_ms: 'ms' } }),
  config_warning: event({ level: 'warn', message: '{warning}', fields: { warning: 'text' } }),

  source_opened: event({ level: 'info', message: 'watching {source}', fields: { source: 'text' } }),
  source_failed: event({
    level: 'warn',
    message: '{source}: {part} failed: {error}',
    fields: { source: 'text', part: 'text', error: 'error' },
    moves: [{ metric: 'vaino_source_failures_total', labels: { part: field('part') }, add: 1 }],
  }),
  attributions_dropped: event({
    level: 'warn',
    message: '{source}: {count} words of who made a change dropped, because 10,000 newer ones wait to be written',
    fields: { source: 'text', count: 'count' },
    moves: [{ metric: 'vaino_attributions_dropped_total', add: field('count') }],
  }),
  source_messages: event({
    level: 'debug',
    message: '{source}: {messages} messages of its feed: {outcome}',
    fields: { source: 'text', outcome: 'text', messages: 'count' },
    moves: [{ metric: 'vaino_source_messages_total', labels: { outcome: field('outcome') }, add: field('messages') }],
  }),
  scope_refused: event({
    level: 'error',
    message: '{source} does not read {scope}: {reason}',
    fields: { source: 'text', scope: 'text', reason: 'text' },
    moves: [{ metric: 'vaino_source_failures_total', labels: { part: 'claim' }, add: 1 }],
  }),
  scan_complete: event({
    level: 'debug',
    message: '{scope}: {resources} resources in {duration_ms} ms',
    fields: { scope: 'text', resources: 'count', duration_ms: 'ms' },
    moves: [{ metric: 'vaino_scan_duration_seconds', labels: { outcome: 'complete' }, observe: field('duration_ms') }],
  }),
  scan_failed: event({
    level: 'warn',
    message: '{scope}: the scan is incomplete, nothing is deleted: {error}',
    fields: { scope: 'text', error: 'error', duration_ms: 'ms' },
    moves: [{ metric: 'vaino_scan_duration_seconds', labels: { outcome: 'failed' }, observe: field('duration_ms') }],
  }),
  scan_warning: event({
    level: 'warn',
    message: '{scope}: {warning}',
    fields: { scope: 'text', warning: 'text' },
    moves: [{ metric: 'vaino_scan_warnings_total', add: 1 }],
  }),
  deletes_held: event({
    level: 'warn',
    message: '{scope}: {deletes} of {of} resources are missing at once; held until the next complete scan or a release',
    fields: { scope: 'text', deletes: 'count', of: 'count' },
  }),
  hold_released: event({
    level: 'info',
    message: '{scope}: an operator released the hold, {deletes} deletes applied',
    fields: { scope: 'text', deletes: 'count' },
  }),
  scope_forgotten: event({
    level: 'info',
    message: '{scope}: the scope is forgotten, {deletes} resources deleted',
    fields: { scope: 'text', deletes: 'count' },
  }),
  dead_letters: event({
    level: 'warn',
    message: '{count} records could not be used: {reason}; see /v1/deadletters',
    fields: { count: 'count', reason: 'text' },
    moves: [{ metric: 'vaino_dead_letters_total', labels: { reason: field('reason') }, add: field('count') }],
  }),

  worker_ready: event({
    level: 'debug',
    message: 'worker {worker} is ready',
    fields: { worker: 'count', duration_ms: 'ms' },
  }),
  worker_lost: event({
    level: 'error',
    message: 'worker {worker} {reason}: {error}; its partitions go on in a new one',
    fields: { worker: 'count', reason: 'text', error: 'error' },
    moves: [{ metric: 'vaino_worker_losses_total', labels: { reason: field('reason') }, add: 1 }],
  }),
  source_waited: event({
    level: 'trace',
    message: 'a {source} waited {wait_ms} ms for permits',
    fields: { source: 'text', wait_ms: 'ms' },
    moves: [
      { metric: 'vaino_backpressure_events_total', labels: { source: field('source') }, add: 1 },
      { metric: 'vaino_backpressure_wait_seconds_total', labels: { source: field('source') }, add: field('wait_ms') },
    ],
  }),
  topic_created: event({ level: 'info', message: 'made the topic {topic}', fields: { topic: 'text' } }),
  partitions_assigned: event({
    level: 'info',
    message: 'this node owns the partitions {partitions}',
    fields: { partitions: 'text' },
    moves: [{ metric: 'vaino_rebalances_total', add: 1 }],
  }),
  membership_broken: event({
    level: 'warn',
    message: '{error}; it is joined again, and what this node had may move meanwhile',
    fields: { error: 'error' },
  }),
  partition_rebuilding: event({
    level: 'warn',
    message: 'partition {partition} is rebuilt from the topics: {reason}',
    fields: { partition: 'count', reason: 'text' },
    moves: [{ metric: 'vaino_rebuilds_total', add: 1 }],
  }),
  foreign_messages: event({
    level: 'warn',
    message:
      "{topic} partition {partition}: what stands at offset {offset} is not vaino's: {reason}. Such messages are passed over and counted",
    fields: { topic: 'text', partition: 'count', offset: 'count', reason: 'text', count: 'count' },
    moves: [countForeign],
  }),
  more_foreign_messages: event({
    level: 'debug',
    message: '{topic} partition {partition}: {count} more foreign messages from offset {offset} on: {reason}',
    fields: { topic: 'text', partition: 'count', offset: 'count', reason: 'text', count: 'count' },
    moves: [countForeign],
  }),
  deadly_message: event({
    level: 'error',
    message:
      '{topic} partition {partition}: a worker, or this whole node, died of what stands at offset {from} to {until}, for the {deaths}. time; the partition is not followed, and it is read again in {pause_ms} ms',
    fields: { partition: 'count', topic: 'text', from: 'count', until: 'count', deaths: 'count', pause_ms: 'ms' },
    moves: [{ metric: 'vaino_follower_deaths_total', labels: { topic: field('topic') }, add: 1 }],
  }),
  partition_failed: event({
    level: 'warn',
    message: 'partition {partition}: {error}; it is tried again',
    fields: { partition: 'count', error: 'error' },
    moves: [{ metric: 'vaino_partition_failures_total', add: 1 }],
  }),
  partition_still_failing: event({
    level: 'debug',
    message: 'partition {partition}: {error}, again',
    fields: { partition: 'count', error: 'error' },
    moves: [{ metric: 'vaino_partition_failures_total', add: 1 }],
  }),
  producer_fenced: event({
    level: 'warn',
    message: 'partition {partition} was taken over by another node while this one still processed it: {error}',
    fields: { partition: 'count', error: 'error' },
    moves: [{ metric: 'vaino_fenced_producers_total', add: 1 }],
  }),
  transaction_committed: event({
    level: 'trace',
    message: 'a transaction of partition {partition} took {duration_ms} ms',
    fields: { partition: 'count', duration_ms: 'ms' },
    moves: [{ metric: 'vaino_transaction_duration_seconds', observe: field('duration_ms') }],
  }),
  progress_unknown: event({
    level: 'warn',
    message: 'how far the processors are is not known: {error}; it is asked again',
    fields: { error: 'error' },
  }),
  position_forgotten: event({
    level: 'warn',
    message:
      'partition {partition}: the brokers have forgotten how far the input was processed; it goes on at offset {next}, as the states say',
    fields: { partition: 'count', next: 'count' },
  }),
  died_at_input: event({
    level: 'warn',
    message:
      'partition {partition}: the process before this one ended in the midst of the input from offset {from} to {until}. That makes {deaths} here; from two on records are taken one by one, until the one at fault is found',
    fields: { partition: 'count', from: 'count', until: 'count', deaths: 'count' },
  }),
  input_lost: event({
    level: 'error',
    message:
      'partition {partition}: the input from offset {from} to {earliest} is kept no more and was never processed',
    fields: { partition: 'count', from: 'count', earliest: 'count' },
  }),
  input_recreated: event({
    level: 'error',
    message:
      'partition {partition}: the input topic ends before what was processed of it: it was re-created, or has lost its end, and what nobody had processed is lost. What is an hour older than the last that was processed is passed over',
    fields: { partition: 'count' },
  }),
  storage_failed: event({
    level: 'error',
    message: 'the data directory failed: {error}',
    fields: { error: 'error' },
    moves: [{ metric: 'vaino_storage_failures_total', add: 1 }],
  }),
  snapshot_sent: event({
    level: 'debug',
    message: 'a snapshot ({kind}) was read: {resources} resources, {bytes} bytes in {duration_ms} ms',
    fields: { kind: 'text', resources: 'count', bytes: 'bytes', duration_ms: 'ms' },
    moves: [
      { metric: 'vaino_snapshots_sent_total', labels: { kind: field('kind') }, add: 1 },
      { metric: 'vaino_snapshot_sent_bytes_total', labels: { kind: field('kind') }, add: field('bytes') },
      { metric: 'vaino_snapshot_last_bytes', labels: { kind: field('kind') }, set: field('bytes') },
      { metric: 'vaino_snapshot_last_resources', labels: { kind: field('kind') }, set: field('resources') },
    ],
  }),

  ingest_ended: event({
    level: 'debug',
    message: 'ingest {outcome}: {records} records in {duration_ms} ms',
    fields: { outcome: 'text', records: 'count', duration_ms: 'ms' },
    moves: [{ metric: 'vaino_ingest_requests_total', labels: { outcome: field('outcome') }, add: 1 }],
  }),
  http_request: event({
    level: 'debug',
    message: '{method} {route} {status} in {duration_ms} ms',
    fields: { method: 'text', route: 'text', status: 'count', duration_ms: 'ms', traceparent: 'context' },
    moves: [
      {
        metric: 'vaino_http_requests_total',
        labels: { method: field('method'), route: field('route'), status: field('status') },
        add: 1,
      },
      {
        metric: 'vaino_http_request_duration_seconds',
        labels: { route: field('route') },
        observe: field('duration_ms'),
      },
    ],
  }),
  http_failed: event({
    level: 'error',
    message: '{method} {route} failed: {error}',
    fields: { method: 'text', route: 'text', error: 'error' },
  }),
  spans_sent: event({
    level: 'trace',
    message: '{count} spans were sent',
    fields: { count: 'count' },
    moves: [{ metric: 'vaino_trace_spans_total', labels: { outcome: 'sent' }, add: field('count') }],
  }),
  spans_delayed: event({
    level: 'warn',
    message: '{count} spans wait, and are sent again later: {reason}',
    fields: { count: 'count', reason: 'text' },
  }),
  spans_lost: event({
    level: 'warn',
    message: '{count} spans were dropped: {reason}',
    fields: { count: 'count', reason: 'text' },
    moves: [{ metric: 'vaino_trace_spans_total', labels: { outcome: 'lost' }, add: field('count') }],
  }),
  tls_renewed: event({
    level: 'info',
    message: 'new connections get the certificate that {file} holds now',
    fields: { file: 'text' },
  }),
  tls_refused: event({
    level: 'error',
    message: '{file} has changed and can not be used; the certificate as it was goes on: {error}',
    fields: { file: 'text', error: 'error' },
  }),
  audit_failed: event({
    level: 'error',
    message: 'the audit log lacks the end of something that was begun: {error}',
    fields: { error: 'error' },
  }),
  drift_failed: event({
    level: 'error',
    message: 'the drift view is not brought up to date: {error}; it tries again',
    fields: { error: 'error' },
  }),
  drift_unpublished: event({
    level: 'warn',
    message: 'partition {partition} of the drift topic is not written: {error}; it is tried again',
    fields: { partition: 'count', error: 'error' },
  }),
  alert_delivered: event({
    level: 'debug',
    message: '{sink} has taken, at attempt {attempts}: {title}',
    fields: { sink: 'text', title: 'text', attempts: 'count' },
    moves: [{ metric: 'vaino_alert_messages_total', labels: { sink: field('sink'), outcome: 'delivered' }, add: 1 }],
  }),
  alert_failed: event({
    level: 'warn',
    message: '{sink} did not take a message at attempt {attempts}: {error}; it is tried again in {wait_ms} ms',
    fields: { sink: 'text', error: 'text', attempts: 'count', wait_ms: 'ms' },
    moves: [{ metric: 'vaino_alert_messages_total', labels: { sink: field('sink'), outcome: 'failed' }, add: 1 }],
  }),
  alert_given_up: event({
    level: 'error',
    message: '{sink}: a message is given up ({reason}): {title}: {error}; see /v1/deadletters?of=alerts',
    fields: { sink: 'text', title: 'text', reason: 'text', error: 'text' },
    moves: [{ metric: 'vaino_alert_messages_total', labels: { sink: field('sink'), outcome: 'given_up' }, add: 1 }],
  }),
  alert_untold: event({
    level: 'trace',
    message: 'nothing was told: {reason}',
    fields: { reason: 'text' },
    moves: [{ metric: 'vaino_alerts_untold_total', labels: { reason: field('reason') }, add: 1 }],
  }),
  alerts_skipped: event({
    level: 'error',
    message: 'changes that alerts had not looked at were removed by retention; what is new is told of again',
    fields: {},
  }),
  alerts_failed: event({
    level: 'error',
    message: 'alerts are not brought up to date: {error}; it is tried again',
    fields: { error: 'error' },
  }),
  stream_opened: event({
    level: 'debug',
    message: 'a client reads by {kind}',
    fields: { kind: 'text' },
    moves: [{ metric: 'vaino_stream_clients', labels: { kind: field('kind') }, add: 1 }],
  }),
  stream_closed: event({
    level: 'debug',
    message: 'a client that read by {kind} is gone ({reason}) after {changes} changes',
    fields: { kind: 'text', reason: 'text', changes: 'count', duration_ms: 'ms' },
    moves: [
      { metric: 'vaino_stream_clients', labels: { kind: field('kind') }, add: -1 },
      { metric: 'vaino_streams_closed_total', labels: { reason: field('reason') }, add: 1 },
    ],
  }),
  stream_cut: event({
    level: 'warn',
    message:
      'a client that reads by {kind} is too slow, {queued_bytes} bytes wait; it is cut, with the cursor to resume from',
    fields: { kind: 'text', queued_bytes: 'bytes' },
    moves: [
      { metric: 'vaino_stream_clients', labels: { kind: field('kind') }, add: -1 },
      { metric: 'vaino_streams_closed_total', labels: { reason: 'slow' }, add: 1 },
    ],
  }),
} as const

export type EventName = keyof typeof eventTable
export type FieldsOf<E extends EventName> = {
  readonly [F in keyof (typeof eventTable)[E]['fields']]: (typeof eventTable)[E]['fields'][F] extends FieldKind
    ? FieldTypes[(typeof eventTable)[E]['fields'][F]]
    : never
}
