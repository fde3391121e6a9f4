import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { VainoError } from '../../model/errors.ts'
import { alertFilePath } from '../alerts/alert-file.ts'
import { asStorageError, type DataDirIdentity, damageHint, partitionPath } from '../data-dir.ts'
import { driftFilePath } from '../drift/drift-file.ts'
import { checkIsThere } from '../partition/file-checks.ts'

export const baselinesFile = 'baselines.json'

/** Pages of 16 KiB copied between two looks at the signal. */
const pagesAtOnce = 1024

interface FileInCut {
  /** Relative to the data directory. */
  readonly name: string
  readonly db: DatabaseSync
}

/**
 * All files of a data directory as of one moment, while a vaino writes to it or none does.
 *
 * Each database is read in a transaction that begins when the cut is made, so its copy is what was committed by then, however long copying takes;
 * until then its write-ahead log keeps what is written meanwhile. Followers are cut before what they follow: alerts, then the view of drift, then the
 * partitions. So no position in a copy is beyond the copy of the log that it is about, and what a follower lacks it follows after a restore. Between
 * partitions nothing has to agree: each scope is in one.
 */
export class ConsistentCut implements Disposable {
  readonly files: readonly FileInCut[]
  /** Null where there are no baselines. */
  readonly baselines: Buffer | null
  /** The last offset of each partition's change log. */
  readonly position: readonly number[]

  /** @throws VainoError `storage_damaged`, `storage_failed` */
  constructor(dataDir: string, { partitions }: DataDirIdentity) {
    const path = join(dataDir, baselinesFile)
    this.baselines = existsSync(path) ? readFileSync(path) : null
    const files: FileInCut[] = []
    try {
      for (const follower of [alertFilePath(dataDir), driftFilePath(dataDir)]) {
        if (existsSync(follower)) files.push({ name: follower.slice(dataDir.length + 1), db: openCut(follower) })
      }
      const position: number[] = []
      for (let partition = 0; partition < partitions; partition++) {
        const path = partitionPath(dataDir, partition)
        checkIsThere(path)
        const db = openCut(path)
        files.push({ name: `partitions/${partition}.sqlite`, db })
        position.push(headOf(db))
      }
      this.position = position
    } catch (error) {
      for (const { db } of files) db.close()
      throw error
    }
    this.files = files
  }

  /** Copies one file and lets its transaction go. @throws VainoError `storage_damaged` where the copy is not whole */
  async copy({ db, name }: FileInCut, to: string, signal?: AbortSignal): Promise<void> {
    await backup(db, to, { rate: pagesAtOnce, progress: () => signal?.throwIfAborted() })
    db.close()
    using copied = new DatabaseSync(to)
    // A copy is one file.
    copied.exec('PRAGMA journal_mode = DELETE')
    const [check] = copied.prepare('PRAGMA quick_check(1)').all()
    if (check?.quick_check === 'ok') return
    throw new VainoError('storage_damaged', `${name} is damaged and was not backed up: ${check?.quick_check}`, {
      hint: damageHint,
    })
  }

  [Symbol.dispose](): void {
    for (const { db } of this.files) if (db.isOpen) db.close()
  }
}

function openCut(path: string): DatabaseSync {
  try {
    const db = new DatabaseSync(path, { readOnly: true })
    try {
      db.exec('PRAGMA busy_timeout = 10000; PRAGMA cache_size = -1024; BEGIN')
      // The first read is what begins it.
      db.prepare('SELECT count(*) FROM sqlite_master').get()
      return db
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    throw asStorageError(error, path)
  }
}

function headOf(db: DatabaseSync): number {
  const row = db
    .prepare(
      "SELECT coalesce(max(offset), (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'floor'), 0) AS head FROM changes",
    )
    .get()
  return Number(row?.head)
}
