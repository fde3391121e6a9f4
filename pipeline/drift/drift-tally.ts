import type { Rules } from '../../model/rules.ts'
import type { DriftTally } from '../telemetry/drift-gauge.ts'
import type { DriftView } from './drift-view.ts'
import { judgedItem } from './judged-item.ts'

/** A scrape looks through the items at most this often. */
const keptMs = 10_000
/** Milliseconds of counting between two turns of other work. */
const sliceMs = 8

/** Counts the view's instances for the metrics: those in sync by their rows, all others judged by the rules that hold now. */
export class DriftCounter {
  readonly #view: DriftView
  readonly #rules: () => Rules
  #last: readonly DriftTally[] = []
  #againAtMs = 0

  constructor(view: DriftView, rules: () => Rules) {
    this.#view = view
    this.#rules = rules
  }

  async tallies(): Promise<readonly DriftTally[]> {
    if (performance.now() < this.#againAtMs) return this.#last
    const counts = new Map<string, DriftTally>()
    const add = (status: string, severity: string, count: number) => {
      const key = `${status} ${severity}`
      counts.set(key, { status, severity, count: (counts.get(key)?.count ?? 0) + count })
    }
    const { in_sync, not_covered } = this.#view.coverage()
    if (in_sync > 0) add('in_sync', 'none', in_sync)
    if (not_covered > 0) add('unknown', 'none', not_covered)
    const [rules, nowMs] = [this.#rules(), Date.now()]
    let untilMs = performance.now() + sliceMs
    for (const item of this.#view.items(false)) {
      if (item !== null) {
        const { rule, severity } = judgedItem(item, rules, nowMs)
        add(item.status, rule === null ? (severity ?? 'none') : 'none', 1)
      }
      if (performance.now() < untilMs) continue
      await new Promise<void>((resolve) => setImmediate(resolve))
      untilMs = performance.now() + sliceMs
    }
    this.#last = [...counts.values()]
    this.#againAtMs = performance.now() + keptMs
    return this.#last
  }
}
