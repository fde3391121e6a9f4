import type { DatabaseSync } from 'node:sqlite'
import { Queries } from './queries.ts'

const statements = {
  has: 'SELECT 1 FROM siblings WHERE pair = ? AND text = ? AND address <> ? LIMIT 1',
  texts: 'SELECT text FROM siblings WHERE pair = ? AND address = ?',
  add: 'INSERT OR IGNORE INTO siblings VALUES (?, ?, ?)',
  drop: 'DELETE FROM siblings WHERE pair = ? AND address = ?',
  ask: 'INSERT OR IGNORE INTO asked VALUES (?, ?, ?)',
  unask: 'DELETE FROM asked WHERE pair = ? AND address = ?',
  askers: 'SELECT address FROM asked WHERE pair = ? AND text = ? ORDER BY address',
} as const

/** The texts by which an instance is known to others of its state, and which verdicts asked for one. */
export class SiblingTable {
  readonly #sql: Queries<keyof typeof statements>

  constructor(db: DatabaseSync, path: string) {
    this.#sql = new Queries(db, path, statements)
  }

  has(pair: number, text: string, except: string): boolean {
    return this.#sql.get('has', pair, text, except) !== null
  }
  /** Sets the texts of an instance. @returns those that came or went */
  set(pair: number, address: string, texts: readonly string[]): string[] {
    const before = new Set(this.#sql.all('texts', pair, address).map((row) => String(row.text)))
    const now = new Set(texts)
    const moved = [...before.symmetricDifference(now)]
    if (moved.length === 0) return moved
    this.#sql.run('drop', pair, address)
    for (const text of now) this.#sql.run('add', pair, text, address)
    return moved
  }
  /** Notes which ids a verdict asked for. */
  setAsked(pair: number, address: string, ids: Iterable<string>): void {
    this.#sql.run('unask', pair, address)
    for (const id of ids) this.#sql.run('ask', pair, id, address)
  }
  /** The addresses whose verdicts asked for an id. */
  askers = (pair: number, id: string): string[] =>
    this.#sql.all('askers', pair, id).map(({ address }) => String(address))
  /** An instance that leaves. */
  remove(pair: number, address: string): void {
    this.#sql.run('unask', pair, address)
    this.#sql.run('drop', pair, address)
  }
}
