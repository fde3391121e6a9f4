import type { DatabaseSync } from 'node:sqlite'

/** The named values of a partition's file: its identity, its retention floor, its input position. */
export class Meta {
  readonly #read
  readonly #write
  readonly #delete

  constructor(db: DatabaseSync) {
    this.#read = db.prepare('SELECT value FROM meta WHERE name = ?')
    this.#delete = db.prepare('DELETE FROM meta WHERE name = ?')
    this.#write = db.prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value')
  }

  get(name: string): string | null {
    const row = this.#read.get(name)
    return row === undefined ? null : String(row.value)
  }

  number(name: string, otherwise: number): number {
    const text = this.get(name)
    return text === null ? otherwise : Number(text)
  }

  set(name: string, value: string | number): void {
    this.#write.run(name, String(value))
  }

  delete(name: string): void {
    this.#delete.run(name)
  }
}
