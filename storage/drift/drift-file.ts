import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { asStorageError } from '../data-dir.ts'
import { keepInstanceCounts } from './instance-counts.ts'

/**
 * The drift view's file. It is a cache: what is in it follows from the partitions' files, so a file that is missing, damaged or of another
 * version is rebuilt.
 *
 * - `pairs`: a state's scope, the live scope of the same path where there is one, and what the last ended live scan said of the scope as a
 *   whole; or a collected scope, whose type is its `collection`, in which things that no state has are looked for.
 * - `instances`: one row a managed instance, or a collected thing that no state has; `digest` and `baseline` say since when its readings are of one version of the state, `item` what
 *   is known, `logged` what the log said last, `made_by` who made the newest change of the real thing; until `held_until` an apply may be at work. Of a
 *   collected thing `holder` is the key of what it may be a part of.
 * - `wanted`: of a managed instance the type and id under which it is collected, and where: as its state says (`own_…`), and as the other
 *   instances of its provider configuration do. `rests` where it was not found there; `part`: what of the thing it writes, where others may write the rest. `accounts`: how many of them say which account.
 * - `siblings`: the texts by which an instance is known to others; `asked`: those that a verdict asked for, so that an instance that comes or goes touches only those.
 * - `problems`: addresses that the last ended live scan could not read, with the reason as JSON, or (null) believes to be missing.
 * - `instance_counts`: how many instances have which status, see `instance-counts.ts`.
 * - `judged`, `judged_counts`, `unjudged`: what isn't in sync as rules see it, see `judged-table.ts`.
 * - `log`: what opened, changed, was resolved. `at` never goes back.
 */
const formatVersion = 6

const schema = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pairs (
  id INTEGER PRIMARY KEY,
  state TEXT NOT NULL UNIQUE,
  live TEXT,
  collection TEXT,
  added_at INTEGER NOT NULL,
  loaded_to TEXT,
  ended TEXT NOT NULL DEFAULT '',
  problem TEXT,
  attempt_at INTEGER,
  every_ms INTEGER
);
CREATE TABLE IF NOT EXISTS instances (
  pair INTEGER NOT NULL,
  address TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT,
  provider TEXT NOT NULL,
  type TEXT NOT NULL,
  account TEXT,
  region TEXT,
  namespace TEXT,
  header TEXT NOT NULL,
  is_gone INTEGER NOT NULL,
  digest TEXT,
  baseline TEXT,
  item TEXT,
  logged TEXT,
  opened_at INTEGER,
  made_by TEXT,
  held_until INTEGER,
  holder TEXT
);
CREATE INDEX IF NOT EXISTS instances_by_holder ON instances (holder) WHERE holder IS NOT NULL;
CREATE TABLE IF NOT EXISTS wanted (
  pair INTEGER NOT NULL,
  address TEXT NOT NULL,
  provider TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  configuration TEXT NOT NULL,
  own_account TEXT,
  own_location TEXT,
  account TEXT,
  location TEXT,
  rests INTEGER NOT NULL,
  part TEXT,
  PRIMARY KEY (pair, address)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS wanted_by_name ON wanted (type, name, part);
CREATE INDEX IF NOT EXISTS wanted_by_account ON wanted (pair, configuration, own_account);
CREATE INDEX IF NOT EXISTS wanted_by_location ON wanted (pair, configuration, own_location);
CREATE INDEX IF NOT EXISTS wanted_resting ON wanted (provider, account, location, type) WHERE rests = 1;
CREATE TABLE IF NOT EXISTS accounts (provider TEXT, account TEXT, count INTEGER NOT NULL, PRIMARY KEY (provider, account)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS instances_held ON instances (held_until) WHERE held_until IS NOT NULL;
CREATE INDEX IF NOT EXISTS instances_open ON instances (pair, address) WHERE logged IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS instances_by_address ON instances (pair, address);
CREATE TABLE IF NOT EXISTS siblings (pair INTEGER, text TEXT, address TEXT, PRIMARY KEY (pair, text, address)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS siblings_by_address ON siblings (pair, address);
CREATE TABLE IF NOT EXISTS asked (pair INTEGER, text TEXT, address TEXT, PRIMARY KEY (pair, text, address)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS asked_by_address ON asked (pair, address);
CREATE TABLE IF NOT EXISTS problems (pair INTEGER, address TEXT, problem TEXT, PRIMARY KEY (pair, address)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log (
  offset INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  address TEXT NOT NULL,
  is_open INTEGER NOT NULL,
  entry TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS log_by_item ON log (state, address, offset);
CREATE INDEX IF NOT EXISTS log_by_time ON log (at);
`

/** What a view's file belongs to: the log that it follows. */
export interface DriftFileIdentity {
  readonly logId: string
  readonly partitions: number
}

export const driftFilePath = (dataDir: string): string => join(dataDir, 'drift.sqlite')

/** Opens the view's file; one that can't be used is replaced by an empty one. @throws VainoError `storage_full`, `storage_failed` */
export function openDriftFile(path: string, identity: DriftFileIdentity): DatabaseSync {
  try {
    const found = openExisting(path, identity)
    if (found !== null) return found
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true })
    const db = open(path)
    const values = { ...wanted(identity), drift_log: randomBytes(8).toString('hex') }
    const insert = db.prepare('INSERT INTO meta VALUES (?, ?)')
    for (const [name, value] of Object.entries(values)) insert.run(name, value)
    return db
  } catch (error) {
    throw asStorageError(error, path)
  }
}

const wanted = ({ logId, partitions }: DriftFileIdentity): Record<string, string> => ({
  format: String(formatVersion),
  log_id: logId,
  partitions: String(partitions),
})

/** Null where there is none, where it is damaged, and where it follows another log or has another form. */
function openExisting(path: string, identity: DriftFileIdentity): DatabaseSync | null {
  let db: DatabaseSync
  try {
    db = open(path)
  } catch (error) {
    if (asStorageError(error, path).code === 'storage_damaged') return null
    throw error
  }
  try {
    const rows = db.prepare('SELECT name, value FROM meta').all()
    const found = new Map(rows.map(({ name, value }) => [String(name), String(value)]))
    const isOurs = Object.entries(wanted(identity)).every(([name, value]) => found.get(name) === value)
    const [check] = db.prepare('PRAGMA quick_check(1)').all()
    if (isOurs && String(check?.quick_check) === 'ok') return db
  } catch (error) {
    db.close()
    if (asStorageError(error, path).code !== 'storage_damaged') throw error
    return null
  }
  db.close()
  return null
}

/** NORMAL: a power cut may take the last commits, and following the log from where the file stands makes them again. */
function open(path: string): DatabaseSync {
  const db = new DatabaseSync(path)
  try {
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 10000; PRAGMA cache_size = -4096; PRAGMA journal_size_limit = 16777216',
    )
    db.exec(schema)
    keepInstanceCounts(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}
