import { DatabaseSync } from 'node:sqlite'
import { VainoError } from '../../model/errors.ts'
import { Meta } from './meta.ts'
import { addedColumns, formatVersion, schema, writerPragmas } from './schema.ts'

export interface PartitionFileSettings {
  readonly path: string
  readonly logId: string
  readonly partition: number
  /** SQLite's page cache for this file. */
  readonly pageCacheKiB: number
  /** A log outside is the truth, and the file a copy of it: a power cut may cost its last commits. */
  readonly isCopy: boolean
}

/** One partition's file, opened for writing by its one owner, which every transaction checks. */
export class PartitionFile implements Disposable {
  readonly db: DatabaseSync
  readonly meta: Meta
  readonly #partition: number
  readonly #owner: string
  #lastCommitMs = 0

  /**
   * @param owner who writes from here on; an earlier owner's next transaction fails
   * @throws VainoError `storage_failed` when the file belongs to another log, partition or format
   */
  constructor(settings: PartitionFileSettings, owner: string) {
    this.#partition = settings.partition
    this.#owner = owner
    this.db = new DatabaseSync(settings.path)
    this.db.exec(writerPragmas(settings.pageCacheKiB, settings.isCopy))
    this.db.exec(schema)
    this.#addColumns()
    this.meta = new Meta(this.db)
    this.#adopt(settings)
  }

  /** How long the last `COMMIT` took: the write and the fsync. */
  get lastCommitMs(): number {
    return this.#lastCommitMs
  }

  /** Begins a transaction. @throws VainoError `storage_failed` when the file has another owner by now */
  begin(): void {
    this.db.exec('BEGIN IMMEDIATE')
    if (this.meta.get('owner') === this.#owner) return
    this.rollback()
    throw new VainoError('storage_failed', `partition ${this.#partition} was taken over by another owner`)
  }

  /** Ends the transaction; it is on the disk when this returns. */
  commit(): void {
    const startedAt = performance.now()
    this.db.exec('COMMIT')
    this.#lastCommitMs = performance.now() - startedAt
  }

  rollback(): void {
    if (this.db.isTransaction) this.db.exec('ROLLBACK')
  }

  [Symbol.dispose](): void {
    if (this.db.isOpen) this.db.close()
  }

  /** Brings the tables of a file that an earlier vaino made to the present shape. */
  #addColumns(): void {
    const known = this.db.prepare('SELECT name FROM pragma_table_info(?)')
    for (const [table, column, type] of addedColumns) {
      const isThere = known.all(table).some(({ name }) => name === column)
      if (!isThere) this.db.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`)
    }
  }

  #adopt({ path, logId, partition }: PartitionFileSettings): void {
    const found = this.meta.get('identity')
    const identity = JSON.stringify({ format: formatVersion, logId, partition })
    if (found !== null && found !== identity) {
      throw new VainoError('storage_failed', `${path} holds ${found}, not ${identity}`, {
        hint: 'The file belongs to another data directory or another version of vaino; restore it or use a new directory.',
      })
    }
    this.db.exec('BEGIN IMMEDIATE')
    this.meta.set('identity', identity)
    this.meta.set('owner', this.#owner)
    this.db.exec('COMMIT')
  }
}
