import { type EventSpec, eventTable, type Move } from './event-table.ts'
import { maxLinesPerMinute } from './line-limit.ts'
import { type LabelValues, type MetricSpec, metricTable } from './metric-table.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|')
const row = (...cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`
const table = (head: readonly string[], rows: readonly string[]): string =>
  [row(...head), row(...head.map(() => '---')), ...rows].join('\n')

const labelText = ([name, values]: [string, LabelValues]): string =>
  typeof values === 'number' ? `\`${name}\`` : `\`${name}\`: ${values.join(', ')}`

const metricRow = ([name, spec]: [string, MetricSpec]): string =>
  row(
    `\`${name}\``,
    spec.type,
    Object.entries(spec.labels ?? {})
      .map(labelText)
      .join('; ') || '–',
    spec.help,
  )

const moveText = (move: Move): string => `\`${move.metric}\``

const eventRow = ([name, spec]: [string, EventSpec]): string =>
  row(
    `\`${name}\``,
    spec.level,
    spec.message,
    Object.keys(spec.fields).join(', '),
    (spec.moves ?? []).map(moveText).join(' ') || '–',
  )

const questions = [
  ['Resources looked at a second', 'sum(rate(vaino_observations_total[1m]))'],
  ['Changes a second, by kind', 'sum by (op) (rate(vaino_changes_by_op_total[5m]))'],
  ['Types that change most', 'topk(5, sum by (provider, type) (rate(vaino_changes_total{op!="r"}[1h])))'],
  [
    'Share of observations that were never parsed',
    'sum(rate(vaino_observations_total{result="unchanged_raw"}[5m])) / sum(rate(vaino_observations_total[5m]))',
  ],
  ['How busy each worker is', 'rate(vaino_worker_busy_seconds_total[1m])'],
  ['p99 of a commit over any window', 'histogram_quantile(0.99, rate(vaino_commit_duration_seconds_bucket[10m]))'],
  ['Share of time that sources wait', 'rate(vaino_backpressure_wait_seconds_total[1m])'],
  ['A scope is not scanned any more (alert)', 'max(vaino_scopes{status="stale"}) > 0'],
  ['Kafka: the processors fall behind (alert)', 'sum(max by (partition) (vaino_consumer_lag_messages)) > 10000'],
  ['Kafka: a partition that nobody processes (alert)', 'sum by (partition) (vaino_partition_owned) == 0'],
  ['Input is lost to dead letters (alert)', 'sum by (reason) (increase(vaino_dead_letters_total[15m])) > 0'],
] as const

const fromVaino = [
  ['heap in use', '`vaino_heap_bytes`, `vaino_worker_heap_bytes`, `process_resident_memory_bytes`'],
  ['GC count', '`vaino_gc_runs_total`, and the time it took in `vaino_gc_seconds_total`'],
  [
    'pool hit rate',
    'nothing is pooled: resources travel as transferred bytes and are mostly never parsed, so there are no objects to reuse; what avoids work instead shows in `vaino_observations_total` and `vaino_cache_lookups_total`',
  ],
  [
    'backpressure events',
    '`vaino_backpressure_events_total`, `vaino_backpressure_wait_seconds_total`, `vaino_queue_*`',
  ],
  ['operations a second', 'the rate of any counter, see below'],
  ['p50, p95, p99', '`vaino_duration_quantile_seconds` for now, the histograms for any window'],
  ['worker utilisation', 'the rate of `vaino_worker_busy_seconds_total`'],
  ['cache hit rate', '`vaino_cache_lookups_total`'],
  ['resources a second', 'the rate of `vaino_observations_total`'],
  ['snapshot sizes', '`vaino_snapshot_last_bytes`, `vaino_snapshot_last_resources`, `vaino_snapshot_sent_bytes_total`'],
  ['storage I/O', '`vaino_storage_written_bytes_total`, `vaino_commits_total`, `vaino_fsync_duration_seconds`'],
] as const

/** The text of docs/metrics.md, made from the tables that the code uses. */
export const metricsPage =
  (): string => `<!-- Made from pipeline/telemetry/*-table.ts by: UPDATE_DOCS=1 npx bun test pipeline/telemetry/metrics-page.test.ts -->
# Metrics and logs

\`GET /metrics\` is Prometheus text. Counters end in \`_total\`, times are seconds, sizes bytes. No label holds a key or an id; a
label with open values keeps a fixed number of them apart and counts the rest as \`other\`.

${table(['metric', 'type', 'labels', 'meaning'], Object.entries(metricTable).map(metricRow))}

## What VAINO measured, and where it is now

${table(
  ['VAINO', 'here'],
  fromVaino.map(([theirs, ours]) => row(theirs, ours)),
)}

## Questions and their PromQL

${table(
  ['question', 'query'],
  questions.map(([question, query]) => row(question, `\`${query}\``)),
)}

## Log events

Log lines go to stderr: one JSON object a line with \`level\`, \`time\`, \`event\`, the fields below and \`msg\`; on a terminal, or with
\`log_format: text\`, the time, the level and \`msg\` for people. A line that does not begin with \`{\` is no log line: \`vaino: listening on URL\`, once,
when vaino answers, and the error with which it ends. Secrets are masked before a line
is written. An event of level info or above has at most ${maxLinesPerMinute} lines a minute; what is dropped is counted in
\`vaino_log_lines_dropped_total\` and reported in the next minute's first line. Metrics move whatever the level.

${table(['event', 'level', 'message', 'fields', 'moves'], Object.entries(eventTable).map(eventRow))}
`
