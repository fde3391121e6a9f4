import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { blockOf } from '../class-moves.ts'

/** Above each number of a class. */
const scopeFactor = 2 ** 26

/**
 * How many live resources of each class a scope has: what facets and totals are added up from; and how these counts moved in each block of the log, so
 * that those as of an earlier position can be told. Written with the transaction that changed them; a scope's numbers add up to its live resources.
 */
export class FacetCounters {
  readonly #upsert: StatementSync
  readonly #dropZeros: StatementSync
  readonly #upsertMove: StatementSync
  readonly #clear: readonly StatementSync[]
  /** By scope and class; bounded by what one transaction changes. */
  readonly #moved = new Map<number, number>()
  /** By block, then as {@link #moved}. */
  readonly #logged = new Map<number, Map<number, number>>()
  #hasLess = false

  constructor(db: DatabaseSync) {
    this.#upsert = db.prepare(
      'INSERT INTO scope_classes VALUES (?, ?, ?) ON CONFLICT (scope, class) DO UPDATE SET live = live + excluded.live',
    )
    this.#dropZeros = db.prepare('DELETE FROM scope_classes WHERE scope = ? AND class = ? AND live = 0')
    this.#upsertMove = db.prepare(
      'INSERT INTO class_moves VALUES (?, ?, ?, ?) ON CONFLICT (block, scope, class) DO UPDATE SET n = n + excluded.n',
    )
    this.#clear = ['scope_classes', 'class_moves'].map((table) => db.prepare(`DELETE FROM ${table}`))
  }

  /**
   * A resource of a scope was of one class and is of another; 0 where it was, or is, not live.
   * @param offset of the entry that says so; null: no new entry of the log does
   */
  moved(scope: number, from: number, to: number, offset: number | null): void {
    if (from === to) return
    if (from !== 0) this.#add(scope * scopeFactor + from, -1, offset)
    if (to !== 0) this.#add(scope * scopeFactor + to, 1, offset)
  }

  flush(): void {
    if (this.#moved.size === 0) return
    for (const [key, n] of this.#moved) if (n !== 0) this.#upsert.run(scopeIn(key), classIn(key), n)
    if (this.#hasLess) {
      for (const [key, n] of this.#moved) if (n < 0) this.#dropZeros.run(scopeIn(key), classIn(key))
    }
    for (const [block, moves] of this.#logged)
      for (const [key, n] of moves) if (n !== 0) this.#upsertMove.run(block, scopeIn(key), classIn(key), n)
    this.#forgetTransaction()
  }

  clear(): void {
    for (const statement of this.#clear) statement.run()
    this.#forgetTransaction()
  }

  #forgetTransaction(): void {
    this.#hasLess = false
    this.#moved.clear()
    this.#logged.clear()
  }

  #add(key: number, n: 1 | -1, offset: number | null): void {
    addTo(this.#moved, key, n)
    if (n < 0) this.#hasLess = true
    if (offset === null) return
    const block = blockOf(offset)
    let moves = this.#logged.get(block)
    if (moves === undefined) {
      moves = new Map()
      this.#logged.set(block, moves)
    }
    addTo(moves, key, n)
  }
}

const scopeIn = (key: number): number => Math.floor(key / scopeFactor)
const classIn = (key: number): number => key % scopeFactor

const addTo = (counts: Map<number, number>, key: number, n: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + n)
