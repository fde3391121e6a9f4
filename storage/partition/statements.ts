import type { DatabaseSync, StatementSync } from 'node:sqlite'

const resourceColumns = 'id, name, last, version, state, hashes, uid, first_seen, changed_at, observed_at'

/** What the writing side asks of its file in the way of every record. */
const statements = {
  find: `SELECT ${resourceColumns} FROM resources WHERE scope = ? AND name = ?`,
  byId: `SELECT ${resourceColumns} FROM resources WHERE id = ?`,
  document: `SELECT coalesce((SELECT document FROM refreshed WHERE resource = ?),
    (SELECT after FROM changes WHERE offset = ?)) AS document`,
  insertChange: 'INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  insertReplica: 'INSERT OR IGNORE INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  insertResource: 'INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  updateResource: `UPDATE resources SET last = ?, version = ?, state = ?, hashes = ?, uid = ?, changed_at = ?, observed_at = ?
    WHERE id = ?`,
  confirm: 'UPDATE resources SET hashes = ?, uid = ?, observed_at = ? WHERE id = ?',
  refresh: `INSERT INTO refreshed VALUES (?, ?, ?)
    ON CONFLICT (resource) DO UPDATE SET document = excluded.document, observed_at = excluded.observed_at`,
  dropRefreshed: 'DELETE FROM refreshed WHERE resource = ?',
  dropChange: 'DELETE FROM changes WHERE offset = ?',
  dropHistory: `DELETE FROM changes WHERE offset > ? AND offset <= ?
    AND NOT EXISTS (SELECT 1 FROM resources WHERE id = changes.resource AND last = changes.offset AND state > 0)`,
  dropMoves: 'DELETE FROM class_moves WHERE block < ?',
  dropFormerLabels: 'DELETE FROM former_labels WHERE offset <= ?',
  setState: 'UPDATE resources SET state = ? WHERE id = ?',
  liveOfScope:
    'SELECT id, state FROM resources INDEXED BY resources_by_name WHERE scope = ? AND state > 0 ORDER BY name',
  heldOfScope: 'SELECT id FROM resources WHERE scope = ? AND state = 2 ORDER BY name',
  insertSeen: 'INSERT INTO seen (scope, marks) VALUES (?, ?)',
  dropSeen: 'DELETE FROM seen WHERE scope = ?',
  seenOfOpenScans: 'SELECT seen.marks, scopes.epoch FROM seen JOIN scopes ON scopes.id = seen.scope ORDER BY seen.id',
  producer: 'SELECT epoch, seq, part FROM producers WHERE producer = ?',
  setProducer: `INSERT INTO producers VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (producer) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, part = excluded.part, at = excluded.at`,
  history: `SELECT coalesce(sum(octet_length(fields) + coalesce(octet_length(before), 0) + coalesce(octet_length(after), 0)), 0) AS bytes,
    max(recorded_at) AS newest FROM changes WHERE offset > ? AND offset <= ?`,
  insertDeadLetter: 'INSERT INTO dead_letters (at, reason, source, preview) VALUES (?, ?, ?, ?)',
  trimDeadLetters: 'DELETE FROM dead_letters WHERE id <= (SELECT max(id) FROM dead_letters) - ?',
  attributable: `SELECT offset, prev, prev_at, version, observed_at, actor, occurred_at, header FROM changes
    WHERE offset = ?`,
  step: 'SELECT op, prev FROM changes WHERE offset = ?',
  recordedAt: 'SELECT recorded_at FROM changes WHERE offset = ?',
  lastChange: 'SELECT offset, recorded_at FROM changes ORDER BY offset DESC LIMIT 1',
  nextResource: 'SELECT coalesce(max(id), 0) + 1 AS n FROM resources',
  nextEpoch: 'SELECT coalesce(max(epoch), 0) + 1 AS n FROM scopes',
} as const

export type Statements = Record<keyof typeof statements, StatementSync>

export const prepareStatements = (db: DatabaseSync): Statements =>
  Object.fromEntries(Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)])) as Statements
