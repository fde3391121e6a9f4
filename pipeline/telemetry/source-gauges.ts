import type { Ledger } from './ledger.ts'
import { type MetricName, maxApiSeries, maxSourceSeries } from './metric-table.ts'

/** Names of the metrics that are read from the sources of this process. */
export const sourceMetricNames = [
  'vaino_source_calls_total',
  'vaino_source_calls_throttled_total',
  'vaino_source_calls_limit',
  'vaino_source_calls_available',
  'vaino_source_feed_lag_seconds',
  'vaino_source_feed_messages',
  'vaino_source_feed_dead_letters',
] as const satisfies readonly MetricName[]

/** One rate limit of an API: of AWS there is one for each account, region and service. */
interface BudgetReading {
  readonly api: string
  readonly calls: number
  readonly throttles: number
  readonly perSecond: number
  readonly available: number
}

/** What waits in the feed of a source; null: not known. */
interface FeedReading {
  readonly source: string
  readonly lagMs: number
  readonly messages: number | null
  readonly deadLetters: number | null
}

export interface SourceReadings {
  readonly budgets: readonly BudgetReading[]
  readonly feeds: readonly FeedReading[]
}

/** Where they can't be read. */
export const nothing: SourceReadings = { budgets: [], feeds: [] }

/** @param labelOf masks a source's name */
export function collectSources(
  ledger: Ledger,
  { budgets, feeds }: SourceReadings,
  labelOf: (source: string) => string,
): void {
  collectBudgets(ledger, budgets)
  collectFeeds(ledger, feeds, labelOf)
}

/** The limits of an API together: sums of what was done, and the lowest of what may be done. */
function collectBudgets(ledger: Ledger, budgets: readonly BudgetReading[]): void {
  const byApi = [...Map.groupBy(budgets, ({ api }) => api)].slice(0, maxApiSeries)
  const show = (name: (typeof sourceMetricNames)[number], of: (ones: readonly BudgetReading[]) => number): void =>
    ledger.replace(
      name,
      byApi.map(([api, ones]) => [{ api }, of(ones)] as const),
    )
  show('vaino_source_calls_total', (ones) => sum(ones.map(({ calls }) => calls)))
  show('vaino_source_calls_throttled_total', (ones) => sum(ones.map(({ throttles }) => throttles)))
  show('vaino_source_calls_limit', (ones) => Math.min(...ones.map(({ perSecond }) => perSecond)))
  show('vaino_source_calls_available', (ones) => Math.min(...ones.map(({ available }) => available)))
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

function collectFeeds(ledger: Ledger, feeds: readonly FeedReading[], labelOf: (source: string) => string): void {
  const shown = feeds.slice(0, maxSourceSeries)
  const known = (of: (feed: FeedReading) => number | null) =>
    shown.flatMap((feed) => {
      const value = of(feed)
      return value === null ? [] : [[{ source: labelOf(feed.source) }, value] as const]
    })
  ledger.replace(
    'vaino_source_feed_lag_seconds',
    known(({ lagMs }) => lagMs / 1000),
  )
  ledger.replace(
    'vaino_source_feed_messages',
    known(({ messages }) => messages),
  )
  ledger.replace(
    'vaino_source_feed_dead_letters',
    known(({ deadLetters }) => deadLetters),
  )
}
