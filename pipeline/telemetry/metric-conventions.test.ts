import { expect, test } from 'bun:test'
import { suppressedReasons } from '../../model/partition-state.ts'
import { countChange, maxChangeKinds } from '../../operators/change-counts.ts'
import { createTelemetry } from './telemetry.ts'
import { createCounters, resetCounters } from './worker-counters.ts'

function open() {
  const clock = { ms: 0 }
  const telemetry = createTelemetry({
    version: '1.2.3',
    level: 'silent',
    redact: (text) => text.replaceAll('hunter2', '***'),
    now: () => clock.ms,
  })
  const value = async (series: string) => {
    const line = (await telemetry.metrics.render()).split('\n').find((one) => one.startsWith(`${series} `))
    return line === undefined ? undefined : Number(line.slice(series.length + 1))
  }
  return { telemetry, clock, value, [Symbol.dispose]: () => telemetry[Symbol.dispose]() }
}

/** What `promtool check metrics` says of a text, as far as the table alone can't show it. */
function faultsOf(text: string): string[] {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]))
  return text.split('\n').flatMap((line) => {
    const [, series = '', labels = ''] = /^([a-z_]+)(?:\{(.*)\})? /.exec(line) ?? []
    if (series === '') return []
    const family = types.has(series) ? series : series.replace(/_(sum|count|bucket)$/, '')
    const type = types.get(family)
    const faults = type === undefined ? [`${line}: no type`] : []
    if (/(^|,)quantile=/.test(labels) && type !== 'summary') faults.push(`${line}: a quantile of a ${type}`)
    if (/(^|,)le=/.test(labels) && type !== 'histogram') faults.push(`${line}: a bucket of a ${type}`)
    if (/_(sum|count)$/.test(series) && type !== 'summary' && type !== 'histogram') faults.push(`${line}: a ${type}`)
    return faults
  })
}

test('what is served follows the conventions: quantiles stand in summaries, whose sum and count only grow', async () => {
  using at = open()
  const scan = (ms: number) => at.telemetry.emit('scan_complete', { scope: 's', resources: 1, duration_ms: ms })
  scan(1_000)
  scan(3_000)
  const text = await at.telemetry.metrics.render()
  expect(text).toContain('quantile="0.99"')
  expect(faultsOf(text)).toEqual([])
  const summary = 'vaino_duration_quantile_seconds'
  expect(await at.value(`${summary}_sum{operation="scan"}`)).toBe(4)
  expect(await at.value(`${summary}_count{operation="scan"}`)).toBe(2)
  expect(await at.value(`${summary}_count{operation="http"}`)).toBe(0)
  at.clock.ms += 500_000
  expect(await at.value(`${summary}{operation="scan",quantile="0.5"}`)).toBeUndefined()
  expect(await at.value(`${summary}_count{operation="scan"}`)).toBe(2)
  expect(await at.value('vaino_event_loop_delay_seconds_count')).toBeGreaterThanOrEqual(0)
  expect(await at.value('vaino_event_loop_delay_seconds_sum')).toBeGreaterThanOrEqual(0)
})

test('what was suppressed is counted from 0 on for every reason, before and after a worker reports', async () => {
  using at = open()
  const counted = async (reason: string) => at.value(`vaino_suppressed_total{reason="${reason}"}`)
  for (const reason of suppressedReasons) expect(await counted(reason), reason).toBe(0)
  const counters = createCounters()
  counters.suppressed.spelling = 2
  at.telemetry.addWorker(0, counters)
  expect(await counted('spelling')).toBe(2)
  expect(await counted('scan_outdated')).toBe(0)
})

test('changes are counted by provider and type up to a bound, without secrets, and by op from 0 on', async () => {
  using at = open()
  for (const op of ['r', 'c', 'u', 'd']) {
    expect(await at.value(`vaino_changes_by_op_total{op="${op}"}`)).toBe(0)
    expect(await at.value(`vaino_changes_total{op="${op}",provider="other",type="other"}`)).toBe(0)
  }
  const counters = createCounters()
  const change = (type: string) => countChange(counters.changesByType, 'd', { provider: 'aws', type })
  for (const type of ['aws_vpc', 'hunter2', 'two words', `long${'x'.repeat(200)}`]) change(type)
  at.telemetry.addWorker(0, counters)
  const deleted = (type: string, provider = 'aws') =>
    at.value(`vaino_changes_total{op="d",provider="${provider}",type="${type}"}`)
  expect(await deleted('aws_vpc')).toBe(1)
  expect(await at.value('vaino_changes_total{op="u",provider="aws",type="aws_vpc"}')).toBe(0)
  expect(await deleted('***')).toBe(1)
  expect(await deleted('other', 'other')).toBe(2)
  resetCounters(counters)
  for (let n = 0; n < 1_000; n++) change(`type_${n}`)
  at.telemetry.addWorker(1, counters)
  const text = await at.telemetry.metrics.render()
  expect(text.match(/^vaino_changes_total\{op="d"/gm)).toHaveLength(maxChangeKinds + 1)
  expect(await deleted('other', 'other')).toBe(2 + 1_000 - (maxChangeKinds - 2))
  expect(text).not.toContain('hunter2')
})
