import type { Rules } from '../../model/rules.ts'
import type { OnceStranger } from './collected-once.ts'
import { type Coverage, coverageOf, exitCodeOf, noCounts } from './coverage.ts'
import { collectedHeaderOf, headerOf, itemOf, type Known } from './drift-item.ts'
import type { OnceItem } from './drift-once.ts'
import { type JudgedItem, judgedItem } from './judged-item.ts'
import { fieldsNotRead, type Why } from './why.ts'

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

/** As {@link driftItemOf}, of a thing that no state has. */
export function strangerItemOf({ scope, thing, holder }: OnceStranger, rules: Rules, nowMs: number): JudgedItem {
  const none = { tier: null, fields: [], omitted: 0, replaced: false, since: null, actor: null, occurred_at: null }
  const instance = { address: thing.id, reason: null, holder, ...collectedHeaderOf(thing) }
  const pair = { state: scope, live: null, collection: thing.type }
  return judgedItem(itemOf(pair, instance, { status: 'unmanaged', ...none }), rules, nowMs)
}

/** Adds up states, one after another, and what is in none. */
export class Tally {
  readonly #counts = noCounts()
  #unread = 0

  add(items: readonly JudgedItem[], failure: Why | null): void {
    for (const { status, rule, reason, key, state } of items) {
      if (rule === null) this.#counts[status]++
      // What no state has is no part of what is managed.
      else if (status !== 'unmanaged') this.#counts.suppressed++
      if (rule !== null || status !== 'unknown' || !key.startsWith(`${state}/`)) continue
      this.#counts.not_covered++
      if (reason === fieldsNotRead) this.#counts.exists++
    }
    if (failure !== null && items.length === 0) this.#unread++
  }

  /** Adds objects that are as they were applied, and those to which nothing was. */
  addApplied(inSync: number, withoutApply: number): void {
    this.#counts.in_sync += inSync
    this.#counts.not_applied += withoutApply
  }

  get coverage(): Coverage {
    return coverageOf(this.#counts)
  }

  /** States, and kinds of a cluster, of which nothing is known, not even what they manage. */
  get unread(): number {
    return this.#unread
  }

  get exitCode(): 0 | 1 | 2 {
    return exitCodeOf(this.#counts, this.#unread)
  }
}
