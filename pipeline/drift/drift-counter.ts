import type { DriftStatus } from '../../model/drift.ts'
import type { Rules } from '../../model/rules.ts'
import type { DriftColumns, DriftPair } from '../../storage/drift/drift-rows.ts'
import type { JudgedCount } from '../../storage/drift/judged-table.ts'
import type { DriftTally } from '../telemetry/drift-gauge.ts'
import { addCounts, type Coverage, coverageOf, type DriftCounts, noCounts } from './coverage.ts'
import { listedOf } from './drift-list.ts'
import { type JudgedDrift, notReadOf } from './judged-drift.ts'
import { judgedItem } from './judged-item.ts'

/** Counts that were made are given again for this long, while neither the view nor the rules have changed. */
const keptMs = 10_000
/** Counts that are kept, each of one question. */
const maxKept = 32
/** Milliseconds of counting between two turns of other work. */
const sliceMs = 8

interface Counted {
  readonly counts: DriftCounts
  readonly bySeverity: readonly DriftTally[]
}

/** Which instances are counted; absent: all. */
export interface Counting extends DriftColumns {
  /** The state's scope. */
  readonly state?: string | undefined
}

/** Counts the view's instances: those in sync by their rows, all others as the rules that hold now see them. */
export class DriftCounter {
  readonly #drift: JudgedDrift
  /** The oldest first. */
  readonly #kept = new Map<string, { readonly counting: Promise<Counted>; readonly untilMs: number }>()
  #of: readonly [revision: number, rules: Rules | null] = [-1, null]

  constructor(drift: JudgedDrift) {
    this.#drift = drift
  }

  /** By status and severity, `none` where it is in sync or ignored, for the metrics. */
  async tallies(): Promise<readonly DriftTally[]> {
    const { bySeverity } = await this.#counted({})
    const { view } = this.#drift
    const { in_sync } = view.coverage()
    const { not_covered } = view.beyond({}, undefined)
    // What a rule ignores may be of the same status, and stands in the same number.
    const ignored = bySeverity.find(({ status, severity }) => status === 'unknown' && severity === 'none')
    const without = [
      { status: 'in_sync', severity: 'none', count: in_sync },
      { status: 'unknown', severity: 'none', count: not_covered + (ignored?.count ?? 0) },
    ]
    return [...bySeverity.filter((one) => one !== ignored), ...without.filter(({ count }) => count > 0)]
  }

  /** What a rule ignores is suppressed, and counts as neither drift nor unknown. */
  async coverage(of: Counting = {}): Promise<Coverage> {
    const { state, ...columns } = of
    const { view, rules } = this.#drift
    const all = view.coverage(columns, state)
    const { ignore, driftIgnores } = rules.set
    if (ignore.length === 0 && driftIgnores.length === 0) return all
    const { counts } = await this.#counted(of)
    const sum = { ...counts, in_sync: all.in_sync }
    addCounts(sum, view.beyond(columns, state))
    return coverageOf(sum)
  }

  #counted(of: Counting): Promise<Counted> {
    const { state, provider, account, location, type } = of
    const key = JSON.stringify([state, provider, account, location, type])
    const { rules, view } = this.#drift
    const { revision } = view
    if (this.#of[0] !== revision || this.#of[1] !== rules) this.#kept.clear()
    this.#of = [revision, rules]
    const found = this.#kept.get(key)
    if (found !== undefined && performance.now() < found.untilMs) return found.counting
    const counting = this.#count(of, rules)
    // A failure is for those that wait now; whoever asks later counts again.
    counting.catch(() => this.#kept.delete(key))
    this.#kept.delete(key)
    this.#kept.set(key, { counting, untilMs: performance.now() + keptMs })
    for (const oldest of this.#kept.keys()) if (this.#kept.size > maxKept) this.#kept.delete(oldest)
    return counting
  }

  /** From the counts of what is judged; what lies in states of which nothing is known is judged one by one. */
  async #count(of: Counting, rules: Rules): Promise<Counted> {
    const sum = new Sum()
    const judged = await this.#drift.upToDate()
    const { store, problemOf } = this.#drift.view
    if (store === null) return sum
    const pairs = store.pairs().filter(({ state }) => of.state === undefined || of.state === state)
    const isKnown = (pair: DriftPair) => judged !== null && problemOf(pair) === null
    const known = new Set(pairs.filter(isKnown).map(({ id }) => id))
    for (const row of store.judged.counts(of)) if (known.has(row.pair)) sum.add(row, row.count)
    const nowMs = Date.now()
    let untilMs = performance.now() + sliceMs
    for (const pair of pairs) {
      if (known.has(pair.id)) continue
      for (const item of listedOf(store, pair, problemOf(pair), { inSyncToo: false, columns: of })) {
        if (item !== null && item.status !== 'in_sync') {
          const { rule, severity } = judgedItem(item, rules, nowMs)
          sum.add({ ...item, severity, isIgnored: rule !== null, notRead: notReadOf(item) }, 1)
        }
        if (performance.now() < untilMs) continue
        await new Promise<void>((resolve) => setImmediate(resolve))
        untilMs = performance.now() + sliceMs
      }
    }
    return sum
  }
}

/** What was counted so far. */
class Sum implements Counted {
  readonly counts = noCounts()
  readonly #tallies = new Map<string, DriftTally>()

  get bySeverity(): readonly DriftTally[] {
    return [...this.#tallies.values()]
  }

  add(one: Pick<JudgedCount, 'status' | 'severity' | 'isIgnored' | 'notRead'>, count: number): void {
    const status = one.status as DriftStatus
    if (!one.isIgnored) this.counts[status] += count
    // What no state has is no part of what is managed.
    else if (status !== 'unmanaged') this.counts.suppressed += count
    if (!one.isIgnored && one.notRead !== 'read') this.counts.not_covered += count
    if (!one.isIgnored && one.notRead === 'exists') this.counts.exists += count
    const severity = (one.isIgnored ? null : one.severity) ?? 'none'
    const key = `${status} ${severity}`
    this.#tallies.set(key, { status, severity, count: (this.#tallies.get(key)?.count ?? 0) + count })
  }
}
