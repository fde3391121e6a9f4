import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { Row } from '../change-row.ts'
import { asStorageError } from '../data-dir.ts'

/** Prepared statements of the view's file, by name. What the disk says comes as a VainoError. */
export class Queries<Name extends string> {
  readonly #path: string
  readonly #sql: Record<Name, StatementSync>

  constructor(db: DatabaseSync, path: string, statements: Readonly<Record<Name, string>>) {
    this.#path = path
    this.#sql = Object.fromEntries(
      Object.entries<string>(statements).map(([name, sql]) => [name, db.prepare(sql)]),
    ) as Record<Name, StatementSync>
  }

  /** The first row; null for none. */
  get(name: Name, ...parameters: SQLInputValue[]): Row | null {
    return this.reporting(() => this.#sql[name].get(...parameters) ?? null)
  }

  all(name: Name, ...parameters: SQLInputValue[]): Row[] {
    return this.reporting(() => this.#sql[name].all(...parameters))
  }

  /** @returns the id of the row that was inserted last */
  run(name: Name, ...parameters: SQLInputValue[]): number {
    return this.reporting(() => Number(this.#sql[name].run(...parameters).lastInsertRowid))
  }

  /** @throws VainoError `storage_full`, `storage_damaged`, `storage_failed` */
  reporting<T>(act: () => T): T {
    try {
      return act()
    } catch (error) {
      throw asStorageError(error, this.#path)
    }
  }
}
