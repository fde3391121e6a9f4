/** Not told yet, and no longer held. */
const waiting = 'pending IS NOT NULL AND held_until IS NULL'

/** What the alerts ask of their file. */
export const alertStatements = {
  meta: 'SELECT value FROM meta WHERE name = ?',
  setMeta: 'INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  dropMeta: 'DELETE FROM meta WHERE name = ?',

  subject: 'SELECT * FROM subjects WHERE route = ? AND subject = ?',
  putSubject: `INSERT INTO subjects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (route, subject) DO UPDATE SET grouped = excluded.grouped, scope = excluded.scope, rank = excluded.rank,
      pending = excluded.pending, held_until = excluded.held_until, said = excluded.said, told = excluded.told,
      generation = excluded.generation`,
  told: 'SELECT told FROM subjects WHERE subject = ? AND told IS NOT NULL LIMIT 1',
  dropSubject: 'DELETE FROM subjects WHERE route = ? AND subject = ?',
  unseen: `SELECT * FROM subjects WHERE route = ? AND source = ? AND generation <> ? AND subject > ?
    AND pending IS NOT 'resolved' ORDER BY subject LIMIT 256`,
  waiting: `SELECT * FROM subjects WHERE route = ? AND grouped = ? AND ${waiting} ORDER BY rank, subject LIMIT ?`,
  waitingCounts: `SELECT pending, count(*) AS count FROM subjects WHERE route = ? AND grouped = ? AND ${waiting} GROUP BY pending`,
  open: `SELECT * FROM subjects WHERE route = ? AND grouped = ? AND told IS NOT NULL ORDER BY rank, subject LIMIT ?`,
  openCount: 'SELECT count(*) AS count FROM subjects WHERE route = ? AND grouped = ? AND told IS NOT NULL',
  dropResolved: `DELETE FROM subjects WHERE route = ? AND grouped = ? AND pending = 'resolved'`,
  setTold: `UPDATE subjects SET told = said, pending = NULL WHERE route = ? AND grouped = ? AND ${waiting}`,
  regroup: 'UPDATE subjects SET grouped = ? WHERE route = ? AND grouped = ?',
  hasAny: 'SELECT 1 FROM subjects WHERE route = ? AND grouped = ? LIMIT 1',

  heldScopes: 'SELECT DISTINCT scope FROM subjects WHERE held_until IS NOT NULL',
  released: 'SELECT DISTINCT route, grouped FROM subjects WHERE scope = ? AND held_until <= ?',
  release: 'UPDATE subjects SET held_until = NULL WHERE scope = ? AND held_until <= ?',
  scan: 'SELECT ended, count FROM scans WHERE scope = ?',
  setScan: 'INSERT OR REPLACE INTO scans VALUES (?, ?, ?)',
  dropScans: 'DELETE FROM scans WHERE scope NOT IN (SELECT scope FROM subjects WHERE held_until IS NOT NULL)',

  group: 'SELECT * FROM groups WHERE route = ? AND grouped = ?',
  putGroup: 'INSERT OR REPLACE INTO groups VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  dropGroup: 'DELETE FROM groups WHERE route = ? AND grouped = ?',
  groups: 'SELECT * FROM groups WHERE route = ? ORDER BY grouped',
  groupCount: 'SELECT count(*) AS count FROM groups WHERE route = ?',
  routes: 'SELECT route FROM groups UNION SELECT route FROM subjects',
  dropRouteSubjects: 'DELETE FROM subjects WHERE route = ?',
  dropRouteGroups: 'DELETE FROM groups WHERE route = ?',

  enqueue: `INSERT OR IGNORE INTO outbox (sink, id, incident, message, created_at, next_at) VALUES (?, ?, ?, ?, ?, ?)`,
  // Of each incident the first message only, so that none overtakes another.
  next: `SELECT * FROM outbox AS o WHERE sink = ?1 AND dead_at IS NULL AND seq <= ?3 AND (next_at <= ?2 OR next_at - ?2 > wait_ms)
    AND NOT EXISTS (SELECT 1 FROM outbox AS e WHERE e.sink = o.sink AND e.incident = o.incident AND e.dead_at IS NULL AND e.seq < o.seq)
    ORDER BY next_at, seq LIMIT 1`,
  nextAt: `SELECT min(next_at) AS at FROM outbox AS o WHERE sink = ? AND dead_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM outbox AS e WHERE e.sink = o.sink AND e.incident = o.incident AND e.dead_at IS NULL AND e.seq < o.seq)`,
  lastSeq: 'SELECT max(seq) AS seq FROM outbox',
  delivered: 'DELETE FROM outbox WHERE seq = ?',
  failed: 'UPDATE outbox SET attempts = attempts + 1, error = ?, next_at = ?, wait_ms = ? WHERE seq = ?',
  bury: 'UPDATE outbox SET dead_at = ?, dead_reason = ?, error = coalesce(?, error) WHERE seq = ?',
  depth: 'SELECT count(*) AS count FROM outbox WHERE sink = ? AND dead_at IS NULL',
  oldest: 'SELECT * FROM outbox WHERE sink = ? AND dead_at IS NULL ORDER BY seq LIMIT 1',
  pendingSinks: 'SELECT DISTINCT sink FROM outbox WHERE dead_at IS NULL',
  ofSink: 'SELECT * FROM outbox WHERE sink = ? AND dead_at IS NULL ORDER BY seq LIMIT 256',
  dead: 'SELECT * FROM outbox WHERE dead_at IS NOT NULL AND seq < ? ORDER BY seq DESC LIMIT ?',
  trimDead: `DELETE FROM outbox WHERE dead_at IS NOT NULL AND seq <= coalesce(
    (SELECT seq FROM outbox WHERE dead_at IS NOT NULL ORDER BY seq DESC LIMIT 1 OFFSET ?), 0)`,
} as const
