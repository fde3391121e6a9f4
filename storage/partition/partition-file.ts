import { createHash } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { VainoError } from '../../model/errors.ts'
import { damageHint } from '../data-dir.ts'
import { FilesInPlace } from './files-in-place.ts'
import { Meta } from './meta.ts'
import { addedColumns, formatVersion, schema, writerPragmas } from './schema.ts'

export interface PartitionFileSettings {
  readonly path: string
  readonly logId: string
  /** The deployment's secret for redaction, hex: what is in the file was redacted with it. */
  readonly saltHex: string
  readonly partition: number
  /** SQLite's page cache for this file. */
  readonly pageCacheKiB: number
  /** A log outside is the truth, and the file a copy of it: a power cut may cost its last commits. */
  readonly isCopy: boolean
}

/** Tells keys apart and says nothing of them. */
const redactionDigest = (saltHex: string): string =>
  createHash('sha256').update(`vaino redaction ${saltHex}`).digest('hex').slice(0, 32)

/** One partition's file, opened for writing by its one owner, which every transaction checks. */
export class PartitionFile implements Disposable {
  readonly db: DatabaseSync
  readonly meta: Meta
  readonly #partition: number
  readonly #owner: string
  readonly #path: string
  readonly #files: FilesInPlace
  #lastCommitMs = 0

  /**
   * @param owner who writes from here on; an earlier owner's next transaction fails
   * @throws VainoError `storage_failed` when the file belongs to another log, partition or format, or was redacted with another key
   */
  constructor(settings: PartitionFileSettings, owner: string) {
    this.#partition = settings.partition
    this.#owner = owner
    this.#path = settings.path
    this.db = new DatabaseSync(settings.path)
    // The first statement makes the file, readable for everybody. SQLite's log, made after this, takes over the file's mode.
    // SQLite must make it: it then syncs the folder, so that a power cut can't take the file's name away.
    this.db.exec('PRAGMA schema_version')
    chmodSync(settings.path, 0o600)
    this.#refuseStranger()
    this.db.exec(writerPragmas(settings.pageCacheKiB, settings.isCopy))
    this.db.exec(schema)
    this.#addColumns()
    this.meta = new Meta(this.db)
    this.#adopt(settings)
    this.#files = new FilesInPlace(settings.path, `${settings.path}-wal`)
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

  /**
   * Ends the transaction; it is on the disk when this returns.
   * @throws VainoError `storage_damaged` when the file or its log was removed or replaced meanwhile: what is committed is then in no file
   */
  commit(): void {
    const startedAt = performance.now()
    this.db.exec('COMMIT')
    this.#lastCommitMs = performance.now() - startedAt
    if (this.#files.areAll(Date.now())) return
    throw new VainoError('storage_damaged', `${this.#path} or its -wal was removed or replaced while vaino ran`, {
      hint: damageHint,
    })
  }

  rollback(): void {
    if (this.db.isTransaction) this.db.exec('ROLLBACK')
  }

  /**
   * Moves the write-ahead log into the file and empties it: after a stop the file is whole by itself.
   * @returns whether it was moved; where a reader or the disk is in the way, the log stays, and the next open reads it
   */
  checkpoint(): boolean {
    if (this.db.isTransaction) return false
    const row = this.db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
    return Number(row?.busy) === 0
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

  /** vaino leaves SQLite's number for the user at 0: what sets it is another program, or a vaino that is not made yet. */
  #refuseStranger(): void {
    const version = Number(this.db.prepare('PRAGMA user_version').get()?.user_version)
    if (version === 0) return
    throw new VainoError('storage_failed', `${this.#path} has user_version ${version}; this vaino reads 0`, {
      hint: 'Another program or a later version of vaino wrote it: run that one, or name another directory with --data-dir.',
    })
  }

  #adopt({ path, logId, partition, saltHex }: PartitionFileSettings): void {
    const found = this.meta.get('identity')
    const identity = JSON.stringify({ format: formatVersion, logId, partition })
    if (found !== null && found !== identity) {
      throw new VainoError('storage_failed', `${path} holds ${found}, not ${identity}`, {
        hint: 'The file belongs to another data directory or another version of vaino; restore it or use a new directory.',
      })
    }
    const digest = redactionDigest(saltHex)
    const known = this.meta.get('redaction')
    if (known !== null && known !== digest) {
      throw new VainoError(
        'storage_failed',
        `${path} was redacted with another key than this data directory has now: each secret in it would look changed`,
        {
          hint: 'Restore the directory as a whole, identity.json too, or with Kafka the kafka.redaction_key of before. Or name another directory with --data-dir.',
        },
      )
    }
    this.db.exec('BEGIN IMMEDIATE')
    this.meta.set('identity', identity)
    this.meta.set('redaction', digest)
    this.meta.set('owner', this.#owner)
    this.db.exec('COMMIT')
  }
}
