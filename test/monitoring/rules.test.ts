import { afterAll, describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { needs, repository } from '../lanes.ts'
import { documentedMetrics, unknownIn } from './metrics-page.ts'
import { alertRules, rulesFile } from './rules-file.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'vaino-rules-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const metrics = documentedMetrics()
const labels = (more: string) => `{job="vaino",instance="a:8420"${more === '' ? '' : `,${more}`}}`
/** A series of values, one a minute. */
const series = (name: string, more: string, values: string) => ({ series: `${name}${labels(more)}`, values })

/** For each alert: what makes it fire within `minutes`, in Prometheus's notation of series. */
const troubles: Readonly<Record<string, { readonly minutes: number; readonly series: readonly object[] }>> = {
  VainoDown: { minutes: 5, series: [series('up', '', '1 0x10')] },
  VainoScopeFailing: { minutes: 20, series: [series('vaino_scopes', 'status="failing"', '0 2x30')] },
  VainoScopeStale: { minutes: 20, series: [series('vaino_scopes', 'status="stale"', '0 1x30')] },
  VainoDeletesHeld: { minutes: 10, series: [series('vaino_scopes', 'status="held"', '0 1x30')] },
  // The first of its reason: no series was there before.
  VainoDeadLetters: { minutes: 10, series: [series('vaino_dead_letters_total', 'reason="bad_json"', '_x5 1x30')] },
  VainoDriftSevere: { minutes: 10, series: [series('vaino_drift', 'status="changed",severity="high"', '0 3x30')] },
  VainoDriftUnknown: {
    minutes: 70,
    series: [
      series('vaino_drift', 'status="unknown",severity="none"', '40x100'),
      series('vaino_drift', 'status="in_sync",severity="none"', '60x100'),
    ],
  },
  VainoSourceFailing: { minutes: 40, series: [series('vaino_source_failures_total', 'part="list"', '0+1x60')] },
  VainoFeedLag: { minutes: 20, series: [series('vaino_source_feed_lag_seconds', 'source="aws:"', '0 1800x30')] },
  VainoFeedDeadLetters: { minutes: 10, series: [series('vaino_source_feed_dead_letters', 'source="aws:"', '0 4x30')] },
  VainoRulesRefused: { minutes: 5, series: [series('vaino_rules_refused_total', '', '0 0 1x30')] },
  VainoAlertsUndelivered: {
    minutes: 10,
    series: [series('vaino_alert_messages_total', 'sink="ops",outcome="given_up"', '_x5 1x30')],
  },
  VainoAlertsWaiting: { minutes: 20, series: [series('vaino_alert_queue_messages', 'sink="ops"', '0 50x30')] },
  VainoStorageFailing: { minutes: 5, series: [series('vaino_storage_failures_total', '', '0 0 1x30')] },
  VainoWorkerLost: { minutes: 8, series: [series('vaino_worker_losses_total', 'reason="hung"', '0+1x30')] },
  VainoBackpressure: {
    minutes: 30,
    series: [series('vaino_backpressure_wait_seconds_total', 'source="collector"', '0+50x60')],
  },
  VainoFilesRunningOut: {
    minutes: 10,
    series: [series('process_open_fds', '', '100 900x30'), series('process_max_fds', '', '1000x30')],
  },
  VainoConsumerLag: { minutes: 15, series: [series('vaino_consumer_lag_messages', 'partition="0"', '0 20000x30')] },
  VainoReplicaLag: { minutes: 15, series: [series('vaino_replica_lag_changes', 'partition="0"', '0 20000x30')] },
  VainoPartitionUnowned: { minutes: 10, series: [series('vaino_partition_owned', 'partition="3"', '1 0x30')] },
}

/** A vaino in which nothing is wrong. */
const health = [
  series('up', '', '1x100'),
  ...['failing', 'stale', 'held'].map((status) => series('vaino_scopes', `status="${status}"`, '0x100')),
  series('vaino_scopes', 'status="fresh"', '50x100'),
  series('vaino_drift', 'status="in_sync",severity="none"', '95x100'),
  series('vaino_drift', 'status="unknown",severity="none"', '5x100'),
  series('vaino_drift', 'status="changed",severity="low"', '2x100'),
  // Letters and messages of long ago.
  series('vaino_dead_letters_total', 'reason="bad_json"', '7x100'),
  series('vaino_alert_messages_total', 'sink="ops",outcome="delivered"', '0+1x100'),
  series('vaino_alert_queue_messages', 'sink="ops"', '1x100'),
  series('vaino_backpressure_wait_seconds_total', 'source="collector"', '0+1x100'),
  series('vaino_source_feed_lag_seconds', 'source="aws:"', '3x100'),
  series('vaino_partition_owned', 'partition="3"', '1x100'),
  series('process_open_fds', '', '100x100'),
  series('process_max_fds', '', '1000x100'),
]

const firing = 'count by (alertname) (ALERTS{alertstate="firing"}) > bool 0'
const expecting = (series: readonly object[], minutes: number, alerts: readonly string[]) => ({
  interval: '1m',
  input_series: series,
  promql_expr_test: [
    {
      expr: firing,
      eval_time: `${minutes}m`,
      exp_samples: alerts.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
    },
  ],
})

function promtool(tests: readonly object[]): string {
  const file = path.join(folder, 'tests.json')
  writeFileSync(file, JSON.stringify({ rule_files: [rulesFile], evaluation_interval: '1m', tests }))
  const { stdout, stderr } = spawnSync(needs.promtool.found ?? '', ['test', 'rules', file], { encoding: 'utf8' })
  return `${stdout}${stderr}`
}

describe.skipIf(needs.promtool.found === null)('the rules, judged by Prometheus', () => {
  for (const [alert, { minutes, series }] of Object.entries(troubles))
    test(`${alert} fires for its trouble, and nothing else does`, () => {
      expect(promtool([expecting(series, minutes, [alert])])).toEndWith('SUCCESS\n\n')
    })

  test('nothing fires while nothing is wrong', () => {
    expect(promtool([30, 95].map((minutes) => expecting(health, minutes, [])))).toEndWith('SUCCESS\n\n')
  })
})

describe('the rules', () => {
  test('have a trouble each that they are tried on', () => {
    expect(
      alertRules()
        .map(({ alert }) => alert)
        .toSorted(),
    ).toEqual(Object.keys(troubles).toSorted())
  })

  test.each(alertRules())('%#: ask for metrics and labels that vaino exports', ({ alert, expr }) => {
    expect({ alert, problems: unknownIn(expr, metrics) }).toEqual({ alert, problems: [] })
  })

  test('an unknown metric, label or value is found', () => {
    const expression = 'sum by (shape) (vaino_scopes{status="odd", kind="x"}) > vaino_nothing_total'
    expect(unknownIn(expression, metrics)).toEqual([
      'vaino_scopes: status is never odd',
      'vaino_scopes has no label kind',
      'vaino_nothing_total is no metric of vaino',
      'nothing in it has the label shape',
    ])
  })

  test('have a section each in the runbook, and the runbook no other', () => {
    const runbook = readFileSync(path.join(repository, 'docs/runbook.md'), 'utf8')
    const sections = [...runbook.matchAll(/^### (Vaino\w+)$/gm)].map(([, name = '']) => name)
    expect(sections).toEqual(alertRules().map(({ alert }) => alert))
    for (const { alert, annotations } of alertRules())
      expect(annotations.runbook).toBe(`docs/runbook.md#${alert.toLowerCase()}`)
    for (const name of sections) {
      const section = runbook.slice(runbook.indexOf(`### ${name}\n`)).split(/^### |^## /m)[1] ?? ''
      for (const part of ['**Means**', '**Check**', '**Repair**'])
        expect({ name, part, has: section.includes(part) }).toEqual({ name, part, has: true })
    }
  })
})
