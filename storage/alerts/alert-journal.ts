import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { Row } from '../change-row.ts'

/** A row of the alerts' file as others keep it; null: it is gone. */
export interface JournalEntry {
  /** JSON text: the table and the row's key. */
  readonly key: string
  /** JSON text: the whole row. */
  readonly value: string | null
}

/** Tables, and the columns of their keys. */
const tables: Readonly<Record<string, readonly string[]>> = {
  meta: ['name'],
  subjects: ['route', 'subject'],
  groups: ['route', 'grouped'],
  outbox: ['sink', 'id'],
  scans: ['scope'],
}
/** What a file is, it is for itself. */
const own = ['log_id', 'format']

/**
 * Notes which rows of the alerts' file have changed, so that a copy elsewhere can follow, and makes the file what such a copy says. The
 * notes are in memory: a file that was journaled is only used again after it was restored.
 */
export class AlertJournal {
  readonly #db: DatabaseSync
  readonly #page: StatementSync
  readonly #forget: StatementSync

  constructor(db: DatabaseSync) {
    this.#db = db
    db.exec('PRAGMA temp_store = MEMORY')
    db.exec('CREATE TEMP TABLE dirty (tbl TEXT, k1 TEXT, k2 TEXT, PRIMARY KEY (tbl, k1, k2)) WITHOUT ROWID')
    for (const [table, [first = '', second]] of Object.entries(tables)) {
      const note = (row: string) => {
        const keys = [`${row}.${first}`, second === undefined ? "''" : `${row}.${second}`]
        // Not OR IGNORE: what an insert does about a conflict is what the outer statement says.
        return `INSERT INTO dirty SELECT '${table}', ${keys.join(', ')}
          WHERE NOT EXISTS (SELECT 1 FROM dirty WHERE tbl = '${table}' AND k1 = ${keys[0]} AND k2 = ${keys[1]});`
      }
      for (const [event, row] of Object.entries({ INSERT: 'NEW', UPDATE: 'NEW', DELETE: 'OLD' }))
        db.exec(`CREATE TEMP TRIGGER ${table}_${event} AFTER ${event} ON main.${table} BEGIN ${note(row)} END`)
    }
    this.#page = db.prepare('SELECT tbl, k1, k2 FROM dirty LIMIT ?')
    this.#forget = db.prepare('DELETE FROM dirty WHERE tbl = ? AND k1 = ? AND k2 = ?')
  }

  get isEmpty(): boolean {
    return this.#page.get(1) == null
  }

  /** Rows that have changed, each as it is now; a page, which is forgotten with that. */
  take(limit: number): JournalEntry[] {
    const entries: JournalEntry[] = []
    for (const { tbl, k1, k2 } of this.#page.all(limit)) {
      const [table, first, second] = [String(tbl), String(k1), String(k2)]
      this.#forget.run(table, first, second)
      if (table === 'meta' && own.includes(first)) continue
      entries.push({ key: JSON.stringify([table, first, second]), value: this.#read(table, first, second) })
    }
    return entries
  }

  /** Empties the file, but for what it is. */
  clear(): void {
    for (const table of Object.keys(tables))
      this.#db.exec(
        table === 'meta' ? `DELETE FROM meta WHERE name NOT IN ('${own.join("', '")}')` : `DELETE FROM ${table}`,
      )
    this.#db.exec('DELETE FROM dirty')
  }

  /** Does in a file that was emptied what entries say, in their order; what is no row of ours is passed over. */
  restore(entries: Iterable<JournalEntry>): void {
    for (const { key, value } of entries) {
      const [table = '', first = '', second = ''] = JSON.parse(key) as string[]
      if (!Object.hasOwn(tables, table)) continue
      if (value === null) {
        const { where, keys } = whereOf(table, first, second)
        this.#db.prepare(`DELETE FROM ${table} WHERE ${where}`).run(...keys)
        continue
      }
      const row = JSON.parse(value) as Record<string, SQLInputValue>
      const columns = Object.keys(row)
      if (!columns.every((column) => /^[a-z_]+$/.test(column))) continue
      const places = columns.map(() => '?').join(', ')
      this.#db
        .prepare(`INSERT OR REPLACE INTO ${table} (${columns.join(', ')}) VALUES (${places})`)
        .run(...Object.values(row))
    }
    this.#db.exec('DELETE FROM dirty')
  }

  #read(table: string, first: string, second: string): string | null {
    const { where, keys } = whereOf(table, first, second)
    const row: Row | undefined = this.#db.prepare(`SELECT * FROM ${table} WHERE ${where}`).get(...keys)
    return row == null ? null : JSON.stringify(row)
  }
}

function whereOf(table: string, first: string, second: string): { readonly where: string; readonly keys: string[] } {
  const [one = '', other] = tables[table] ?? []
  return other === undefined
    ? { where: `${one} = ?`, keys: [first] }
    : { where: `${one} = ? AND ${other} = ?`, keys: [first, second] }
}
