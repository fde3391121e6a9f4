import type { Rules } from '../../model/rules.ts'
import { type Coverage, coverageOf, exitCodeOf, noCounts } from './coverage.ts'
import { headerOf, itemOf, type Known } from './drift-item.ts'
import type { OnceItem } from './drift-once.ts'
import { type JudgedItem, judgedItem } from './judged-item.ts'
import type { Why } from './why.ts'

/**
 * The item that `GET /v1/drift` has for the same documents. What only a running vaino knows (since when, who) is null.
 * @param nowMs rules may end
 */
export function driftItemOf({ state, live, desired, verdict, why }: OnceItem, rules: Rules, nowMs: number): JudgedItem {
  const { status, reason, ...found } = verdict
  const known: Known | null =
    status === 'in_sync' ? null : { status, ...found, since: null, actor: null, occurred_at: null }
  const instance = { address: desired.id, reason: why?.reason ?? reason, ...headerOf(desired) }
  return judgedItem(itemOf({ state, live }, instance, known, why), rules, nowMs)
}

/** Adds up states, one after another. */
export class Tally {
  readonly #counts = noCounts()
  /** States of which nothing is known, not even what they manage. */
  #unreadStates = 0

  add(items: readonly JudgedItem[], failure: Why | null): void {
    for (const { status, rule } of items) this.#counts[rule === null ? status : 'suppressed']++
    if (failure !== null && items.length === 0) this.#unreadStates++
  }

  get coverage(): Coverage {
    return coverageOf(this.#counts)
  }

  get exitCode(): 0 | 1 | 2 {
    return exitCodeOf(this.#counts, this.#unreadStates)
  }
}
