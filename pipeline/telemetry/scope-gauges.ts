import { type ScopeStatus, type TargetState, targetStates } from '../../model/status.ts'
import type { Ledger } from './ledger.ts'
import { type MetricName, maxScopeSeries } from './metric-table.ts'

/** Names of the metrics that are read from the scopes. */
export const scopeMetricNames = [
  'vaino_scopes',
  'vaino_resources',
  'vaino_scope_freshness_seconds',
  'vaino_scope_freshness_max_seconds',
  'vaino_scopes_unlisted',
] as const satisfies readonly MetricName[]

/** Masks the names of scopes for labels, and remembers the masked ones: twice as many as have series, all forgotten when there are more. */
export function scopeLabels(redact: (text: string) => string): (scope: string) => string {
  const known = new Map<string, string>()
  return (scope) => {
    const found = known.get(scope)
    if (found !== undefined) return found
    if (known.size >= 2 * maxScopeSeries) known.clear()
    const masked = redact(scope)
    known.set(scope, masked)
    return masked
  }
}

/** The gauges of a scope. */
export type ScopeHealth = Pick<ScopeStatus, 'scope' | 'status' | 'resources' | 'last_complete_at'>

/** What the metrics say of all scopes. */
export interface ScopeTotals {
  readonly conditions: Readonly<Record<ScopeStatus['status'], number>>
  readonly resources: number
  /** The {@link maxScopeSeries} stalest, seconds since their last complete scan, the stalest first. */
  readonly oldest: readonly (readonly [scope: string, age: number])[]
  /** Scopes that have a freshness. */
  readonly aged: number
}

/** Milliseconds of reading scopes between two turns of other work. */
const sliceMs = 8

/**
 * Goes through the scopes in slices and holds twice as many as have a series, whatever their number.
 * @param nowMs Unix milliseconds
 */
async function totalsOf(scopes: Iterable<ScopeHealth>, nowMs: number): Promise<ScopeTotals> {
  const conditions = { fresh: 0, stale: 0, failing: 0, held: 0, events: 0, gone: 0 }
  let resources = 0
  let aged = 0
  let oldest: (readonly [string, number])[] = []
  const cut = () => {
    // A difference of two infinities is NaN, which would leave the order undefined.
    oldest = oldest.sort(([, a], [, b]) => (a === b ? 0 : b - a)).slice(0, maxScopeSeries)
  }
  let untilMs = performance.now() + sliceMs
  for (const scope of scopes) {
    conditions[scope.status] += 1
    resources += scope.resources
    // Of `events` no scan is due, and none of a `gone` one can succeed: neither is late.
    if (scope.status !== 'events' && scope.status !== 'gone') {
      aged++
      const { last_complete_at } = scope
      const ageMs = last_complete_at === null ? Number.POSITIVE_INFINITY : nowMs - Date.parse(last_complete_at)
      oldest.push([scope.scope, Math.max(0, ageMs / 1000)])
      if (oldest.length >= 2 * maxScopeSeries) cut()
    }
    if (performance.now() < untilMs) continue
    await new Promise<void>((resolve) => setImmediate(resolve))
    untilMs = performance.now() + sliceMs
  }
  cut()
  return { conditions, resources, oldest, aged }
}

/** A scrape waits this long for the totals of a reading that is under way; then it shows those of the reading before. */
const longestWaitMs = 1000
/** Reading the scopes takes at most a twentieth of the time. */
const restPerWork = 20

/**
 * The totals, read anew for a scrape where that is quick. Of 600,000 scopes a reading takes seconds: scrapes then share one, and show
 * the totals of the last one that ended.
 */
export class ScopeReading {
  readonly #read: () => Iterable<ScopeHealth>
  #last: ScopeTotals | null = null
  #under: Promise<ScopeTotals> | null = null
  #againAtMs = 0

  constructor(read: () => Iterable<ScopeHealth>) {
    this.#read = read
  }

  /** @returns null while the first reading of very many scopes goes on @throws what reading throws */
  async totals(): Promise<ScopeTotals | null> {
    if (this.#under === null && this.#last !== null && performance.now() < this.#againAtMs) return this.#last
    this.#under ??= this.#readAll()
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), longestWaitMs)
    })
    try {
      return (await Promise.race([this.#under, late])) ?? this.#last
    } finally {
      clearTimeout(timer)
    }
  }

  async #readAll(): Promise<ScopeTotals> {
    const startedMs = performance.now()
    try {
      const totals = await totalsOf(this.#read(), Date.now())
      this.#last = totals
      const tookMs = performance.now() - startedMs
      this.#againAtMs = tookMs < longestWaitMs / 10 ? 0 : performance.now() + restPerWork * tookMs
      return totals
    } catch (error) {
      this.#last = null
      throw error
    } finally {
      this.#under = null
    }
  }
}

/**
 * A scope's name is its sender's, so secrets in it are masked before it labels anything; of scopes that are then called the same, the oldest counts.
 * @param totals null where they can't be read: then nothing is claimed of them
 */
export function collectScopes(ledger: Ledger, totals: ScopeTotals | null, labelOf: (scope: string) => string): void {
  if (totals === null) {
    for (const name of scopeMetricNames) ledger.replace(name, [])
    return
  }
  const { conditions, resources, oldest, aged } = totals
  ledger.replace(
    'vaino_scopes',
    Object.entries(conditions).map(([status, count]) => [{ status }, count] as const),
  )
  // The last of two equal labels would hold.
  ledger.replace(
    'vaino_scope_freshness_seconds',
    oldest.map(([scope, age]) => [{ scope: labelOf(scope) }, age] as const).reverse(),
  )
  ledger.set('vaino_resources', {}, resources)
  ledger.set('vaino_scope_freshness_max_seconds', {}, oldest[0]?.[1] ?? 0)
  ledger.set('vaino_scopes_unlisted', {}, Math.max(0, aged - maxScopeSeries))
}

/** How many targets are in each state. */
export function collectTargets(ledger: Ledger, targets: readonly { readonly state: TargetState }[]): void {
  const counts = new Map<TargetState, number>(targetStates.map((state) => [state, 0]))
  for (const { state } of targets) counts.set(state, (counts.get(state) ?? 0) + 1)
  ledger.replace(
    'vaino_targets',
    [...counts].map(([state, count]) => [{ state }, count] as const),
  )
}
