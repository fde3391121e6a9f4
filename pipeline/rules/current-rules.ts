import { noRules, type Rules } from '../../model/rules.ts'
import type { RuleUsage } from '../../model/rules-usage.ts'
import type { LoggedEntry } from '../../storage/state-reader.ts'

/** The rules that hold now; what reads by them asks each time, for they change while vaino runs. */
export class CurrentRules {
  #rules: Rules = noRules
  #places: ReadonlyMap<string, string> = new Map()
  /** What they matched of the changes of a week, when that was last looked at; null: it was not yet. */
  week: RuleUsage | null = null
  readonly #listeners = new Set<() => void>()

  get rules(): Rules {
    return this.#rules
  }

  /** Where an ignore rule stands: `rules.yaml:3:5`; null for one that is not there any more. */
  placeOf(name: string): string | null {
    return this.#places.get(name) ?? null
  }

  set(rules: Rules, places: ReadonlyMap<string, string> = new Map()): void {
    this.#rules = rules
    this.#places = places
    this.week = null
    for (const listener of [...this.#listeners]) listener()
  }

  /** @returns how to stop listening */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The rule that ignores a change, as of when it was recorded; null for none. */
  ruleOf(change: LoggedEntry): string | null {
    if (!this.#rules.ignoresChanges) return null
    return this.#rules.ignoring(change.subject(), change.recordedAtMs)?.name ?? null
  }
}
