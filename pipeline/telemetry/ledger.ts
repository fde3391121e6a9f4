import { Counter, Gauge, Registry } from 'prom-client'
import { DurationHistogram } from './duration-histogram.ts'
import type { Durations } from './durations.ts'
import { type LabelsOf, type LabelValues, type MetricName, metricTable, type NameOf } from './metric-table.ts'
import { RecentSummary, type SummaryReading } from './recent-summary.ts'

type Labels = Readonly<Record<string, string>>

/** The metrics of the table as prom-client objects, with every label kept to the values that the table allows. */
export interface Ledger {
  readonly contentType: string
  add(name: NameOf<'counter' | 'gauge'>, labels: Labels, by: number): void
  set(name: NameOf<'gauge'>, labels: Labels, value: number): void
  /** Replaces all values of a metric that is read anew at each scrape. */
  replace<N extends NameOf<'counter' | 'gauge'>>(name: N, values: Iterable<readonly [LabelsOf<N>, number]>): void
  durations(name: NameOf<'histogram'>, labels: Labels): Durations
  /** Replaces all series of a summary; the caller keeps the labels to those of the table. */
  summarise(name: NameOf<'summary'>, readings: readonly SummaryReading[]): void
  render(): Promise<string>
}

const labelsOf = (name: MetricName): Readonly<Record<string, LabelValues>> => {
  const spec = metricTable[name]
  return 'labels' in spec ? spec.labels : {}
}

/** Every combination of a metric's closed labels; nothing where one label is open. */
function combinations(labels: Readonly<Record<string, LabelValues>>): Labels[] {
  return Object.entries(labels).reduce<Labels[]>(
    (made, [name, values]) =>
      typeof values === 'number' ? [] : made.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  )
}

export function createLedger(): Ledger {
  const registry = new Registry()
  const amounts = new Map<MetricName, Counter | Gauge>()
  const histograms = new Map<MetricName, DurationHistogram>()
  const summaries = new Map<MetricName, RecentSummary>()
  const seen = new Map<string, Set<string>>()

  for (const [name, spec] of Object.entries(metricTable) as [MetricName, (typeof metricTable)[MetricName]][]) {
    const labelNames = Object.keys(labelsOf(name))
    const common = { name, help: spec.help, labelNames, registers: [registry] }
    if (spec.type === 'histogram')
      histograms.set(name, new DurationHistogram(name, spec.help, labelNames, spec.fromMs, registry))
    else if (spec.type === 'summary') summaries.set(name, new RecentSummary(name, spec.help, labelNames, registry))
    else amounts.set(name, spec.type === 'counter' ? new Counter(common) : new Gauge(common))
    // A counter that is there from the start at 0 shows its first step as a rate; one that appears at 1 doesn't.
    for (const labels of combinations(labelsOf(name))) amounts.get(name)?.inc(labels, 0)
  }

  const allowed = (metric: MetricName, label: string, values: LabelValues, value: string): boolean => {
    if (typeof values !== 'number') return values.includes(value)
    const id = `${metric} ${label}`
    const known = seen.get(id) ?? new Set<string>()
    if (!known.has(value) && known.size < values) seen.set(id, known.add(value))
    return known.has(value)
  }
  const bounded = (metric: MetricName, labels: Labels): Labels => {
    const kept: Record<string, string> = {}
    for (const [label, values] of Object.entries(labelsOf(metric))) {
      const value = labels[label] ?? ''
      kept[label] = allowed(metric, label, values, value) ? value : 'other'
    }
    return kept
  }
  const amount = (name: MetricName) => {
    const found = amounts.get(name)
    if (!found) throw new TypeError(`${name} counts durations`)
    return found
  }

  return {
    contentType: registry.contentType,
    add: (name, labels, by) => amount(name).inc(bounded(name, labels), by),
    set(name, labels, value) {
      const gauge = amount(name)
      if (gauge instanceof Gauge) gauge.set(bounded(name, labels), value)
    },
    replace(name, values) {
      const target = amount(name)
      target.reset()
      // A reset metric without labels is 0, which would claim a reading where there is none.
      if (Object.keys(labelsOf(name)).length === 0) target.remove()
      for (const [labels, value] of values) {
        if (target instanceof Gauge) target.set(labels, value)
        else target.inc(labels, value)
      }
    },
    durations(name, labels) {
      const found = histograms.get(name)
      if (!found) throw new TypeError(`${name} counts no durations`)
      return found.series(bounded(name, labels))
    },
    summarise: (name, readings) => summaries.get(name)?.replace(readings),
    render: () => registry.metrics(),
  }
}
