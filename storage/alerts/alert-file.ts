import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { VainoError } from '../../model/errors.ts'
import { asStorageError } from '../data-dir.ts'

/**
 * The alerts' file. It is no cache: what waits in it to be sent is nowhere else.
 *
 * - `subjects`: a row for each thing that a route has been told of: a drift, a condition of vaino's own. `said` is how it is now, `told` how it was in
 *   the last message (null: in none yet), `pending` what the next message says of it. Until its scope has had `held_until` scans it waits.
 * - `groups`: what is told in one message. `due_at` is when the next one is due, `wait_ms` how long that was put off; `events` are changes, which have no end.
 * - `outbox`: one row for each message and sink until it is delivered; given up, it stays as a dead letter.
 * - `scans`: how many scans of a scope have ended since something of it began to wait.
 */
const formatVersion = 1

const schema = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS subjects (
  route TEXT NOT NULL,
  subject TEXT NOT NULL,
  source TEXT NOT NULL,
  grouped TEXT NOT NULL,
  scope TEXT NOT NULL,
  rank INTEGER NOT NULL,
  pending TEXT,
  held_until INTEGER,
  said TEXT NOT NULL,
  told TEXT,
  generation INTEGER NOT NULL,
  PRIMARY KEY (route, subject)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS subjects_by_group ON subjects (route, grouped, pending, rank);
CREATE INDEX IF NOT EXISTS subjects_held ON subjects (scope, held_until) WHERE held_until IS NOT NULL;
CREATE TABLE IF NOT EXISTS groups (
  route TEXT NOT NULL,
  grouped TEXT NOT NULL,
  labels TEXT NOT NULL,
  due_at INTEGER,
  wait_ms INTEGER NOT NULL DEFAULT 0,
  told_at INTEGER,
  events TEXT NOT NULL DEFAULT '[]',
  event_count INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (route, grouped)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  sink TEXT NOT NULL,
  id TEXT NOT NULL,
  incident TEXT NOT NULL,
  message TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  wait_ms INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  dead_at INTEGER,
  dead_reason TEXT,
  UNIQUE (sink, id)
);
CREATE INDEX IF NOT EXISTS outbox_pending ON outbox (sink, incident, seq) WHERE dead_at IS NULL;
CREATE INDEX IF NOT EXISTS outbox_dead ON outbox (seq) WHERE dead_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS scans (scope TEXT PRIMARY KEY, ended TEXT NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
`

/**
 * Opens the alerts' file, making it where there is none. A file of another log is begun anew: its positions mean nothing here.
 * FULL: a message is sent only after it is on the disk, so that one that is sent again has the same id.
 * @throws VainoError `storage_full`, `storage_failed`, `storage_damaged`
 */
export function openAlertFile(dataDir: string, logId: string): DatabaseSync {
  const path = alertFilePath(dataDir)
  try {
    const db = new DatabaseSync(path)
    try {
      db.exec(
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 10000; PRAGMA cache_size = -4096; PRAGMA journal_size_limit = 16777216',
      )
      chmodSync(path, 0o600)
      refuseLater(db, path)
      db.exec(schema)
      beginAnew(db, logId)
      return db
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    const found = asStorageError(error, path)
    if (found.code !== 'storage_damaged') throw found
    throw new VainoError('storage_damaged', found.message, { cause: error, hint: damagedHint })
  }
}

/** Not done by itself: what waited in it is lost with it. */
const damagedHint =
  'Move the file away: the next start makes a new one, in which what is open is told once more. Messages that waited in it are lost.'

export const alertFilePath = (dataDir: string): string => join(dataDir, 'alerts.sqlite')

/** What waits in it to be sent would be lost if an earlier vaino began it anew. @throws VainoError `storage_failed` */
function refuseLater(db: DatabaseSync, path: string): void {
  if (db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'meta'").get() === undefined) return
  const format = Number(db.prepare("SELECT value FROM meta WHERE name = 'format'").get()?.value ?? formatVersion)
  if (format <= formatVersion) return
  throw new VainoError(
    'storage_failed',
    `${path} has format ${format}, of a later version of vaino; this one reads ${formatVersion}`,
    {
      hint: 'Run that version again, or move the file away: messages that wait in it are then not sent, and what is open is told once more.',
    },
  )
}

const tables = ['meta', 'subjects', 'groups', 'outbox', 'scans']

function beginAnew(db: DatabaseSync, logId: string): void {
  const found = new Map(
    db
      .prepare('SELECT name, value FROM meta')
      .all()
      .map(({ name, value }) => [name, value]),
  )
  if (found.get('log_id') === logId && found.get('format') === String(formatVersion)) return
  for (const table of tables) db.exec(`DELETE FROM ${table}`)
  const insert = db.prepare('INSERT INTO meta VALUES (?, ?)')
  insert.run('log_id', logId)
  insert.run('format', String(formatVersion))
}
