import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Above each number of a class. */
const scopeFactor = 2 ** 26

/**
 * How many live resources of each class a scope has: what facets and totals are added up from. Written with the transaction that
 * changed them; a scope's numbers add up to its live resources.
 */
export class FacetCounters {
  readonly #upsert: StatementSync
  readonly #dropZeros: StatementSync
  readonly #clear: StatementSync
  /** By scope and class; bounded by what one transaction changes. */
  readonly #moved = new Map<number, number>()
  #hasLess = false

  constructor(db: DatabaseSync) {
    this.#upsert = db.prepare(
      'INSERT INTO scope_classes VALUES (?, ?, ?) ON CONFLICT (scope, class) DO UPDATE SET live = live + excluded.live',
    )
    this.#dropZeros = db.prepare('DELETE FROM scope_classes WHERE scope = ? AND class = ? AND live = 0')
    this.#clear = db.prepare('DELETE FROM scope_classes')
  }

  /** A resource of a scope was of one class and is of another; 0 where it was, or is, not live. */
  moved(scope: number, from: number, to: number): void {
    if (from === to) return
    if (from !== 0) this.#add(scope, from, -1)
    if (to !== 0) this.#add(scope, to, 1)
  }

  flush(): void {
    if (this.#moved.size === 0) return
    for (const [key, n] of this.#moved)
      if (n !== 0) this.#upsert.run(Math.floor(key / scopeFactor), key % scopeFactor, n)
    if (this.#hasLess) {
      for (const [key, n] of this.#moved)
        if (n < 0) this.#dropZeros.run(Math.floor(key / scopeFactor), key % scopeFactor)
    }
    this.#hasLess = false
    this.#moved.clear()
  }

  clear(): void {
    this.#clear.run()
    this.#moved.clear()
  }

  #add(scope: number, number: number, n: 1 | -1): void {
    const key = scope * scopeFactor + number
    this.#moved.set(key, (this.#moved.get(key) ?? 0) + n)
    if (n < 0) this.#hasLess = true
  }
}
