import { absent, isAt } from '../../model/filter.ts'
import type { Rules } from '../../model/rules.ts'
import type { DriftColumns } from '../../storage/drift/drift-rows.ts'
import type { DriftTally } from '../telemetry/drift-gauge.ts'
import { addCounts, type Coverage, coverageOf, type DriftCounts, noCounts } from './coverage.ts'
import type { DriftItem } from './drift-item.ts'
import type { DriftView } from './drift-view.ts'
import { judgedItem } from './judged-item.ts'
import { fieldsNotRead } from './why.ts'

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

/** Counts the view's instances: those in sync by their rows, all others judged by the rules that hold now. */
export class DriftCounter {
  readonly #view: DriftView
  readonly #rules: () => Rules
  /** The oldest first. */
  readonly #kept = new Map<string, { readonly counting: Promise<Counted>; readonly untilMs: number }>()
  #of: readonly [revision: number, rules: Rules | null] = [-1, null]

  constructor(view: DriftView, rules: () => Rules) {
    this.#view = view
    this.#rules = rules
  }

  /** By status and severity, `none` where it is in sync or ignored, for the metrics. */
  async tallies(): Promise<readonly DriftTally[]> {
    const { bySeverity } = await this.#counted({})
    const { in_sync } = this.#view.coverage()
    const { not_covered } = this.#view.beyond({}, undefined)
    const uncounted = [
      { status: 'in_sync', severity: 'none', count: in_sync },
      { status: 'unknown', severity: 'none', count: not_covered },
    ]
    return [...bySeverity, ...uncounted.filter(({ count }) => count > 0)]
  }

  /** What a rule ignores is suppressed, and counts as neither drift nor unknown. */
  async coverage(of: Counting = {}): Promise<Coverage> {
    const { state, ...columns } = of
    const all = this.#view.coverage(columns, state)
    const { ignore, driftIgnores } = this.#rules().set
    if (ignore.length === 0 && driftIgnores.length === 0) return all
    const { counts } = await this.#counted(of)
    const sum = { ...counts, in_sync: all.in_sync }
    addCounts(sum, this.#view.beyond(columns, state))
    return coverageOf(sum)
  }

  #counted(of: Counting): Promise<Counted> {
    const { state, provider, account, location, type } = of
    const key = JSON.stringify([state, provider, account, location, type])
    const [revision, rules] = [this.#view.revision, this.#rules()]
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

  async #count(of: Counting, rules: Rules): Promise<Counted> {
    const counts = noCounts()
    const tallies = new Map<string, DriftTally>()
    const nowMs = Date.now()
    let untilMs = performance.now() + sliceMs
    for (const item of this.#view.items(false)) {
      if (item !== null && isCounted(item, of)) {
        const { rule, severity } = judgedItem(item, rules, nowMs)
        if (rule === null) counts[item.status]++
        // What no state has is no part of what is managed.
        else if (item.status !== 'unmanaged') counts.suppressed++
        if (rule === null) countNotRead(counts, item)
        const one = { status: item.status, severity: (rule === null ? severity : null) ?? 'none' }
        const key = `${one.status} ${one.severity}`
        tallies.set(key, { ...one, count: (tallies.get(key)?.count ?? 0) + 1 })
      }
      if (performance.now() < untilMs) continue
      await new Promise<void>((resolve) => setImmediate(resolve))
      untilMs = performance.now() + sliceMs
    }
    return { counts, bySeverity: [...tallies.values()] }
  }
}

/** Of what is unknown, what is not read live: its key is the state's. */
function countNotRead(counts: DriftCounts, { status, key, state, reason }: DriftItem): void {
  if (status !== 'unknown' || !key.startsWith(`${state}/`)) return
  counts.not_covered++
  if (reason === fieldsNotRead) counts.exists++
}

/** As the view's rows are counted. */
const isCounted = (item: DriftItem, { state, provider, account, location, type }: Counting): boolean =>
  (state === undefined || item.state === state) &&
  (provider === undefined || item.provider === provider) &&
  (account === undefined || (item.account ?? absent) === account) &&
  (type === undefined || item.type === type) &&
  (location === undefined || isAt(location, item.region, item.namespace))
