import { type HeldInstance, toHeld } from './drift-rows.ts'
import type { driftStatements } from './drift-statements.ts'
import type { Queries } from './queries.ts'

/** The instances that are held until a time. Each change of the log asks which are due, and mostly none is: then the file isn't asked. */
export class HeldInstances {
  readonly #sql: Queries<keyof typeof driftStatements>
  /** Nothing is held until an earlier time, Unix milliseconds; null: not known. */
  #earliestMs: number | null = null

  constructor(sql: Queries<keyof typeof driftStatements>) {
    this.#sql = sql
  }

  /** An instance is written that is held until a time; null: it isn't held. */
  noted(untilMs: number | null): void {
    if (untilMs !== null && this.#earliestMs !== null) this.#earliestMs = Math.min(this.#earliestMs, untilMs)
  }

  /** What was written since the transaction began is not in the file. */
  rolledBack(): void {
    this.#earliestMs = null
  }

  /** Those held until a time or earlier, the earliest first; a page. */
  due(timeMs: number): HeldInstance[] {
    if (this.#earliestMs !== null && timeMs < this.#earliestMs) return []
    const due = this.#sql.all('due', timeMs).map(toHeld)
    if (due.length === 0) this.#earliestMs = Number(this.#sql.get('earliestDue')?.until ?? Number.POSITIVE_INFINITY)
    return due
  }
}
