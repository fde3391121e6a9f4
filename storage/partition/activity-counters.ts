import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { EntryOp } from '../../model/change.ts'

export const minuteMs = 60_000

/** Older minutes are dropped: a month and a day, so that a chart of 31 days is whole. 46,000 minutes for each op and provider. */
const keptMs = 32 * 86_400_000

/** How many entries of each op and provider the log got in each minute, by the time at which they were recorded. */
export class ActivityCounters {
  readonly #upsert: StatementSync
  readonly #trim: StatementSync
  readonly #clear: StatementSync
  /** By minute, op and provider; bounded by what one transaction records. */
  readonly #counts = new Map<string, Count>()
  #last: Count | null = null

  constructor(db: DatabaseSync) {
    this.#upsert = db.prepare(
      'INSERT INTO minutes VALUES (?, ?, ?, ?) ON CONFLICT (minute, op, provider) DO UPDATE SET n = n + excluded.n',
    )
    this.#trim = db.prepare('DELETE FROM minutes WHERE minute < ?')
    this.#clear = db.prepare('DELETE FROM minutes')
  }

  recorded(op: EntryOp, provider: string, atMs: number): void {
    const minute = Math.floor(atMs / minuteMs)
    const last = this.#last
    if (last !== null && last.op === op && last.minute === minute && last.provider === provider) {
      last.n++
      return
    }
    const key = `${minute} ${op} ${provider}`
    let count = this.#counts.get(key)
    if (count === undefined) {
      count = { minute, op, provider, n: 0 }
      this.#counts.set(key, count)
    }
    count.n++
    this.#last = count
  }

  flush(): void {
    if (this.#counts.size === 0) return
    for (const { minute, op, provider, n } of this.#counts.values()) this.#upsert.run(minute, op, provider, n)
    this.#counts.clear()
    this.#last = null
  }

  trim(nowMs: number): void {
    this.#trim.run(Math.floor((nowMs - keptMs) / minuteMs))
  }

  clear(): void {
    this.#clear.run()
    this.#counts.clear()
    this.#last = null
  }
}

interface Count {
  readonly minute: number
  readonly op: EntryOp
  readonly provider: string
  n: number
}
