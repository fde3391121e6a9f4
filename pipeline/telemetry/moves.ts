import { quantileMs } from './durations.ts'
import type { EventSpec, Move } from './event-table.ts'
import type { Ledger } from './ledger.ts'
import { metricTable, quantiles } from './metric-table.ts'
import type { RecentDurations } from './recent-durations.ts'

/** Recent durations by operation, as the histograms of the table name them. */
export type Recent = Readonly<Record<string, RecentDurations>>

/** Does to a metric what an event's declaration says, with the fields that were given. */
export function applyMove(
  ledger: Ledger,
  recent: Recent,
  { fields }: EventSpec,
  move: Move,
  given: Readonly<Record<string, unknown>>,
): void {
  const labels = Object.fromEntries(
    Object.entries(move.labels ?? {}).map(([label, value]) => [
      label,
      typeof value === 'string' ? value : String(given[value.field]),
    ]),
  )
  const amount = (name: string) => Number(given[name]) / (fields[name] === 'ms' ? 1000 : 1)
  if ('observe' in move) {
    const ms = Number(given[move.observe.field])
    ledger.durations(move.metric, labels).observe(ms)
    recent[metricTable[move.metric].operation]?.observe(ms)
  } else if ('set' in move) ledger.set(move.metric, labels, amount(move.set.field))
  else ledger.add(move.metric, labels, typeof move.add === 'number' ? move.add : amount(move.add.field))
}

/** Computes the quantiles of what happened lately. */
export function collectQuantiles(ledger: Ledger, recent: Recent): void {
  const found = Object.entries(recent).map(([operation, durations]) => {
    const counts = durations.read()
    const known = quantiles.flatMap((quantile) => {
      const ms = quantileMs(counts, quantile)
      return ms === null ? [] : [[String(quantile), ms / 1000] as const]
    })
    return { labels: { operation }, quantiles: known, sumSeconds: durations.sumMs / 1000, count: durations.count }
  })
  ledger.summarise('vaino_duration_quantile_seconds', found)
}
