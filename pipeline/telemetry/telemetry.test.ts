import { expect, test } from 'bun:test'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { VainoError } from '../../model/errors.ts'
import { deadLetterReasons } from '../../model/partition-state.ts'
import type { Scope } from '../../model/scope.ts'
import { fileDescriptor } from './destination.ts'
import { type EventSpec, eventTable } from './event-table.ts'
import { watchHeap } from './heap-watch.ts'
import { maxLinesPerMinute } from './line-limit.ts'
import { maxScopeSeries, metricTable } from './metric-table.ts'
import { partitionMetricNames } from './partition-gauges.ts'
import { processMetricNames } from './process-gauges.ts'
import { scopeMetricNames } from './scope-gauges.ts'
import { sourceMetricNames } from './source-gauges.ts'
import { createTelemetry, fedGauges, type TelemetryOptions } from './telemetry.ts'
import { createCounters } from './worker-counters.ts'
import { workerMetricNames } from './worker-metrics.ts'

/** A telemetry whose lines and clock are at hand. */
function open(options: Partial<TelemetryOptions> = {}) {
  const lines: string[] = []
  const clock = { ms: 0 }
  const telemetry = createTelemetry({
    version: '1.2.3',
    redact: (text) => text.replaceAll('hunter2', '***'),
    destination: { write: (line) => void lines.push(line) },
    now: () => clock.ms,
    ...options,
  })
  const value = async (series: string) => {
    const line = (await telemetry.metrics.render()).split('\n').find((one) => one.startsWith(`${series} `))
    return line === undefined ? undefined : Number(line.slice(series.length + 1).replace('+Inf', 'Infinity'))
  }
  return { telemetry, lines, clock, value, [Symbol.dispose]: () => telemetry[Symbol.dispose]() }
}

test('one event makes the log line and moves its metrics', async () => {
  using at = open({ level: 'debug' })
  at.telemetry.emit('snapshot_sent', { kind: 'full', resources: 12, bytes: 3456, duration_ms: 7.12345 })
  expect(JSON.parse(at.lines[0] ?? '')).toMatchObject({
    level: 'debug',
    event: 'snapshot_sent',
    resources: 12,
    duration_ms: 7.123,
    msg: 'a snapshot (full) was read: 12 resources, 3456 bytes in 7.1 ms',
  })
  expect(await at.value('vaino_snapshots_sent_total{kind="full"}')).toBe(1)
  expect(await at.value('vaino_snapshot_last_bytes{kind="full"}')).toBe(3456)
})

test('metrics move where the level lets no line through', async () => {
  using at = open({ level: 'silent' })
  at.telemetry.emit('source_waited', { source: 'ingest', wait_ms: 1500 })
  expect(at.lines).toEqual([])
  expect(await at.value('vaino_backpressure_events_total{source="ingest"}')).toBe(1)
  expect(await at.value('vaino_backpressure_wait_seconds_total{source="ingest"}')).toBe(1.5)
})

test('I9: a secret in a field, an error, its hint or its stack is in no log line and no metric', async () => {
  using at = open()
  const known = new VainoError('source_failed', 'password hunter2 refused', { hint: 'hunter2 expired' })
  at.telemetry.emit('source_failed', { source: 'http://u:hunter2@host/', part: 'list', error: known })
  at.telemetry.emit('http_failed', { method: 'GET', route: '/v1/x', error: new TypeError('hunter2') })
  expect(at.lines).toHaveLength(2)
  expect(at.lines.join('')).not.toContain('hunter2')
  expect(JSON.parse(at.lines[0] ?? '').error).toEqual({
    message: 'password *** refused',
    code: 'source_failed',
    hint: '*** expired',
  })
  expect(await at.telemetry.metrics.render()).not.toContain('hunter2')
})

test('text lines for people hold no control characters, and nothing is written where a live status has the terminal', () => {
  using text = open({ format: 'text' })
  text.telemetry.emit('scan_warning', { scope: 'terraform/a/-/state', warning: 'new\u001b[2J\nlineage' })
  expect(text.lines[0]).toMatch(/^\d\d:\d\d:\d\d warn {2}terraform\/a\/-\/state: new \[2J lineage\n$/)
  using none = open({ format: 'none' })
  none.telemetry.emit('storage_failed', { error: 'disk' })
  expect(none.lines).toEqual([])
})

test('I12: log lines over the limit are dropped, counted and reported a minute later', async () => {
  using at = open()
  const fail = () => at.telemetry.emit('scan_failed', { scope: 's', error: 'x', duration_ms: 1 })
  for (let i = 0; i < maxLinesPerMinute + 30; i++) fail()
  expect(at.lines).toHaveLength(maxLinesPerMinute)
  expect(await at.value('vaino_log_lines_dropped_total{reason="limit"}')).toBe(30)
  at.clock.ms = 60_000
  fail()
  expect(JSON.parse(at.lines[maxLinesPerMinute] ?? '').msg).toBe('30 more lines of scan_failed were dropped')
  expect(at.lines).toHaveLength(maxLinesPerMinute + 2)
})

test('a file descriptor gets every line whole and at once', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'log-'))
  const file = path.join(folder, 'log')
  const fd = openSync(file, 'w')
  const destination = fileDescriptor(fd)
  const lines = ['short\n', `${'é'.repeat(200_000)}\n`]
  for (const line of lines) destination.write(line)
  expect(readFileSync(file, 'utf8')).toBe(lines.join(''))
  closeSync(fd)
  expect(() => destination.write('late\n')).toThrow('EBADF')
  rmSync(folder, { recursive: true })
})

test('a log that cannot be written is counted and stops nothing', async () => {
  using at = open({
    destination: {
      write() {
        throw new Error('EPIPE')
      },
    },
  })
  at.telemetry.emit('serving', { url: 'http://127.0.0.1:1' })
  expect(await at.value('vaino_log_lines_dropped_total{reason="write"}')).toBe(1)
})

test('what workers report is added up, each worker with its own busy time', async () => {
  using at = open()
  const counters = createCounters()
  counters.records = 10
  counters.changes.u = 4
  counters.busyMs = 250
  counters.commitMs.observe(3)
  counters.deadLetters.not_json = 2
  at.telemetry.addWorker(0, structuredClone(counters))
  at.telemetry.addWorker(1, structuredClone(counters))
  expect(await at.value('vaino_records_total')).toBe(20)
  expect(await at.value('vaino_changes_by_op_total{op="u"}')).toBe(8)
  expect(await at.value('vaino_dead_letters_total{reason="not_json"}')).toBe(4)
  expect(await at.value('vaino_worker_busy_seconds_total{worker="1"}')).toBe(0.25)
  expect(await at.value('vaino_commit_duration_seconds_count')).toBe(2)
  expect(await at.value('vaino_commit_duration_seconds_bucket{le="0.0025"}')).toBe(0)
  expect(await at.value('vaino_commit_duration_seconds_bucket{le="0.005"}')).toBe(2)
  expect(at.lines.filter((line) => line.includes('dead_letters'))).toHaveLength(2)
})

test('quantiles are of the last minutes and go when nothing happens any more', async () => {
  using at = open()
  const series = 'vaino_duration_quantile_seconds{operation="scan",quantile="0.5"}'
  const scan = (ms: number) => at.telemetry.emit('scan_complete', { scope: 's', resources: 1, duration_ms: ms })
  for (let i = 0; i < 100; i++) scan(10_000)
  expect(await at.value(series)).toBeCloseTo(9, 0)
  at.clock.ms += 70_000
  for (let i = 0; i < 300; i++) scan(10)
  expect(await at.value(series)).toBeLessThan(0.011)
  at.clock.ms += 200_000
  expect(await at.value(series)).toBeUndefined()
})

test('scopes are listed up to the cap with the stalest first, and a scrape of them costs under 20 ms', async () => {
  using at = open()
  const scopes = Array.from({ length: maxScopeSeries + 500 }, (_, i) => ({
    scope: `aws/111122223333/eu-west-1/type_${i}` as Scope,
    status: i === 7 ? ('held' as const) : ('fresh' as const),
    resources: 2,
    last_complete_at: i === 0 ? null : new Date(Date.now() - i * 1000).toISOString(),
  }))
  at.telemetry.feedScopes(() => scopes)
  await at.telemetry.metrics.render()
  // Processor time, so that what else the machine does doesn't count.
  const before = process.cpuUsage()
  for (let i = 0; i < 10; i++) await at.telemetry.metrics.render()
  const { user, system } = process.cpuUsage(before)
  const text = await at.telemetry.metrics.render()
  expect(text.match(/^vaino_scope_freshness_seconds\{/gm)).toHaveLength(maxScopeSeries)
  expect(text).toContain('vaino_scope_freshness_seconds{scope="aws/111122223333/eu-west-1/type_0"} +Inf')
  expect(text).toContain('type_1499"}')
  expect(text).not.toContain('type_1"}')
  expect(await at.value('vaino_scopes_unlisted')).toBe(500)
  expect(await at.value('vaino_scopes{status="held"}')).toBe(1)
  expect(await at.value('vaino_resources')).toBe(2 * scopes.length)
  expect((user + system) / 10_000).toBeLessThan(20)
})

test("I9: a secret in a scope's or a file's name is masked in labels and in log lines; of scopes then called the same the oldest counts", async () => {
  using at = open({ level: 'trace' })
  const scope = (name: string, seconds: number) => ({
    scope: name as Scope,
    status: 'fresh' as const,
    resources: 1,
    last_complete_at: new Date(Date.now() - seconds * 1000).toISOString(),
  })
  at.telemetry.feedScopes(() => [scope('a/-/-/hunter2', 50), scope('a/-/-/***', 4000), scope('a/-/-/plain', 1)])
  expect(await at.telemetry.metrics.render()).not.toContain('hunter2')
  expect(await at.value('vaino_scope_freshness_seconds{scope="a/-/-/***"}')).toBeGreaterThan(3999)
  at.telemetry.emit('scan_complete', { scope: 'terraform/-/-/hunter2/terraform.tfstate', resources: 1, duration_ms: 1 })
  expect(at.lines.join()).toContain('terraform.tfstate')
  expect(at.lines.join()).not.toContain('hunter2')
})

test('I12: dead letters are counted from 0 on for every reason, so that an alert on their rate sees the first', async () => {
  using at = open()
  const text = await at.telemetry.metrics.render()
  for (const reason of deadLetterReasons) expect(text).toContain(`vaino_dead_letters_total{reason="${reason}"} 0`)
})

test('a label takes no more values than declared, and the rest count as other', async () => {
  using at = open({ level: 'silent' })
  for (let i = 0; i < 500; i++)
    at.telemetry.emit('http_request', {
      method: 'BREW',
      route: `/r/${i}`,
      status: 200,
      duration_ms: 1,
      traceparent: undefined,
    })
  const text = await at.telemetry.metrics.render()
  expect(text.match(/^vaino_http_requests_total\{/gm)).toHaveLength(49)
  expect(await at.value('vaino_http_requests_total{method="other",route="other",status="200"}')).toBe(452)
})

test('a gauge that cannot be read is absent and reported, and the others are there', async () => {
  using at = open()
  at.telemetry.feed('vaino_workers', () => 2)
  at.telemetry.feed('vaino_storage_bytes', () => {
    throw new Error('disk gone')
  })
  expect(await at.value('vaino_workers')).toBe(2)
  expect(await at.value('vaino_storage_bytes')).toBeUndefined()
  expect(at.lines[0]).toContain('vaino_storage_bytes could not be read: disk gone')
  at.telemetry.feedScopes(() => {
    throw new Error('disk gone')
  })
  expect(await at.value('vaino_resources')).toBeUndefined()
})

test('the process reports its memory, its collections and its pauses', async () => {
  using at = open({ level: 'silent', now: () => performance.now() })
  const kept: unknown[] = []
  const deadline = performance.now() + 5_000
  let runs: number | undefined = 0
  while (!runs && performance.now() < deadline) {
    for (let i = 0; i < 200_000; i++) kept[i % 1000] = { i, text: `x${i}` }
    await new Promise((resolve) => setImmediate(resolve))
    runs = await at.value('vaino_gc_runs_total{thread="main"}')
  }
  expect(runs).toBeGreaterThan(0)
  expect(await at.value('vaino_heap_bytes')).toBeGreaterThan(100_000)
  expect(await at.value('process_resident_memory_bytes')).toBeGreaterThan(1_000_000)
  expect(await at.value(`vaino_build_info{version="1.2.3",runtime="bun ${Bun.version}"}`)).toBe(1)
})

test('the process reports under the standard names of Prometheus its processor time, its start and its file descriptors', async () => {
  using at = open({ level: 'silent' })
  const used = process.cpuUsage()
  expect(await at.value('process_cpu_seconds_total')).toBeGreaterThanOrEqual((used.user + used.system) / 1e6)
  const startedAt = Date.now() / 1000 - process.uptime()
  expect(Math.abs(((await at.value('process_start_time_seconds')) ?? 0) - startedAt)).toBeLessThan(2)
  if (!existsSync('/proc/self/fd')) return
  const before = (await at.value('process_open_fds')) ?? Number.NaN
  const fds = Array.from({ length: 20 }, () => openSync('/dev/null', 'r'))
  const during = (await at.value('process_open_fds')) ?? Number.NaN
  for (const fd of fds) closeSync(fd)
  // Other tests of this process may open or close a few meanwhile.
  expect(during - before).toBeGreaterThan(10)
  expect(await at.value('process_max_fds')).toBeGreaterThan(during)
})

test('a worker adds its heap and its collections to its counters, at most once a second', () => {
  using heap = watchHeap()
  const counters = createCounters()
  heap.addTo(counters)
  expect(counters.heapBytes).toBeGreaterThan(100_000)
  counters.heapBytes = 0
  heap.addTo(counters)
  expect(counters.heapBytes).toBe(0)
})

test('the live status gives totals and rates', () => {
  using at = open({ level: 'silent' })
  const counters = createCounters()
  counters.records = 5000
  counters.changes.r = 7
  counters.changes.c = 100
  at.clock.ms = 1000
  at.telemetry.addWorker(0, counters)
  expect(at.telemetry.status()).toMatchObject({ records: 5000, recordsPerSecond: 5000, changesPerSecond: 100 })
  for (let i = 0; i < 4; i++) {
    at.clock.ms += 6000
    at.telemetry.status()
  }
  expect(at.telemetry.status().recordsPerSecond).toBe(0)
})

test('a partition has the gauges that are known of it and no others', async () => {
  using at = open()
  at.telemetry.feedPartitions(() => [
    { isOwned: true, inputLag: 3, changesBehind: 0 },
    { isOwned: false, inputLag: null, changesBehind: null },
  ])
  expect(await at.value('vaino_consumer_lag_messages{partition="0"}')).toBe(3)
  expect(await at.value('vaino_replica_lag_changes{partition="0"}')).toBe(0)
  expect(await at.value('vaino_partition_owned{partition="1"}')).toBe(0)
  expect(await at.value('vaino_consumer_lag_messages{partition="1"}')).toBeUndefined()
})

test('the calls of an API are those of all its accounts and regions, and its limit is the lowest of theirs', async () => {
  using at = open()
  const budget = { api: 'aws ec2', calls: 10, throttles: 1, perSecond: 20, available: 90 }
  at.telemetry.feedSources(() => ({
    budgets: [budget, { ...budget, calls: 5, throttles: 0, perSecond: 14, available: 0 }],
    feeds: [{ source: 'aws:ops', lagMs: 1500, messages: 4, deadLetters: null }],
  }))
  expect(await at.value('vaino_source_calls_total{api="aws ec2"}')).toBe(15)
  expect(await at.value('vaino_source_calls_throttled_total{api="aws ec2"}')).toBe(1)
  expect(await at.value('vaino_source_calls_limit{api="aws ec2"}')).toBe(14)
  expect(await at.value('vaino_source_calls_available{api="aws ec2"}')).toBe(0)
  expect(await at.value('vaino_source_feed_lag_seconds{source="aws:ops"}')).toBe(1.5)
  expect(await at.value('vaino_source_feed_messages{source="aws:ops"}')).toBe(4)
  expect(await at.value('vaino_source_feed_dead_letters{source="aws:ops"}')).toBeUndefined()
})

test('every metric has exactly one source, and every placeholder of a message is a field', () => {
  const moved = Object.values<EventSpec>(eventTable).flatMap((spec) => spec.moves ?? [])
  const sources = [
    ...new Set(moved.map((move) => move.metric)),
    ...workerMetricNames,
    ...processMetricNames,
    ...scopeMetricNames,
    ...partitionMetricNames,
    ...sourceMetricNames,
    ...fedGauges,
    'vaino_targets',
    'vaino_drift',
    'vaino_alert_queue_messages',
    'vaino_duration_quantile_seconds',
    'vaino_log_lines_dropped_total',
  ]
  expect(sources.toSorted()).toEqual(Object.keys(metricTable).toSorted())
  for (const [name, spec] of Object.entries(eventTable))
    for (const [, placeholder] of spec.message.matchAll(/\{(\w+)\}/g))
      expect(Object.keys(spec.fields), name).toContain(placeholder ?? '')
})

test('metric names and units follow the conventions of Prometheus', () => {
  for (const [name, spec] of Object.entries(metricTable)) {
    expect(name).toMatch(/^(vaino|process)_[a-z][a-z0-9_]*$/)
    expect(name.endsWith('_total'), name).toBe(spec.type === 'counter')
    if (spec.type === 'histogram') expect(name).toEndWith('_seconds')
    expect(name).not.toMatch(/_ms|milliseconds|kilobytes|_mb/)
  }
})

test('the totals of very many scopes are read in slices, and a scrape meanwhile shows those of the reading before', async () => {
  using at = open()
  let count = 3
  function* scopes() {
    for (let n = 0; n < count; n++) {
      // A reading that takes longer than a slice, as one of 600,000 scopes does.
      const untilMs = performance.now() + (count > 3 ? 10 : 0)
      while (performance.now() < untilMs);
      yield {
        scope: `a/${n}/-/b` as Scope,
        status: 'fresh' as const,
        resources: 2,
        last_complete_at: '2026-01-01T00:00:00Z',
      }
    }
  }
  at.telemetry.feedScopes(scopes)
  expect(await at.value('vaino_resources')).toBe(6)
  count = 150
  let turns = 0
  const turning = setInterval(() => turns++, 1)
  expect(await at.value('vaino_resources')).toBe(6)
  expect(turns).toBeGreaterThan(20)
  clearInterval(turning)
  let seen: number | undefined
  while (seen !== 300) seen = await at.value('vaino_resources')
})
