/** Statuses of instances that stand in no list. */
export const unlisted = "'part', 'unsettled', 'not_applied'"
const isListed = `status NOT IN (${unlisted})`

/** The filters by column, as four parameters: provider, account, type, location. Of `instances`, and of counts, where absent values are empty. */
export const passesColumns = (from: number): string => {
  const [provider, account, type, location] = [0, 1, 2, 3].map((at) => `?${from + at}`)
  return `(${provider} IS NULL OR provider = ${provider}) AND (${account} IS NULL OR coalesce(nullif(account, ''), '-') = ${account})
    AND (${type} IS NULL OR type = ${type}) AND (${location} IS NULL OR region = ${location} OR namespace = ${location}
      OR (${location} = '-' AND coalesce(region, '') = '' AND coalesce(namespace, '') = ''))`
}

const isCounted = `${passesColumns(1)} AND status NOT IN ('part', 'unsettled')`
const withProblem = `SELECT instances.*, problems.problem FROM instances
    LEFT JOIN problems ON problems.pair = instances.pair AND problems.address = instances.address`

/** What the drift view asks of its file. */
export const driftStatements = {
  meta: 'SELECT value FROM meta WHERE name = ?',
  setMeta: 'INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  pairs: 'SELECT * FROM pairs ORDER BY state',
  pairOf: 'SELECT * FROM pairs WHERE state = ?',
  pairAfter: 'SELECT * FROM pairs WHERE state > ? ORDER BY state LIMIT 1',
  pairById: 'SELECT * FROM pairs WHERE id = ?',
  addPair: 'INSERT INTO pairs (state, live, collection, added_at, loaded_to) VALUES (?, ?, ?, ?, ?)',
  setPair:
    'UPDATE pairs SET live = ?, loaded_to = ?, ended = ?, problem = ?, attempt_at = ?, every_ms = ? WHERE id = ?',
  dropPair: 'DELETE FROM pairs WHERE id = ?',
  instance: 'SELECT * FROM instances WHERE pair = ? AND address = ?',
  statusOf: 'SELECT status FROM instances WHERE pair = ? AND address = ?',
  put: `INSERT INTO instances VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (pair, address) DO UPDATE SET status = excluded.status, reason = excluded.reason, provider = excluded.provider,
      type = excluded.type, account = excluded.account, region = excluded.region, namespace = excluded.namespace,
      header = excluded.header, is_gone = excluded.is_gone, digest = excluded.digest,
      baseline = excluded.baseline, item = excluded.item, logged = excluded.logged, opened_at = excluded.opened_at,
      made_by = excluded.made_by, held_until = excluded.held_until, holder = excluded.holder`,
  remove: 'DELETE FROM instances WHERE pair = ? AND address = ?',
  unread: 'SELECT address FROM instances WHERE pair = ? AND reason = ? AND address > ? ORDER BY address LIMIT 256',
  addresses: 'SELECT address FROM instances WHERE pair = ? AND address > ? ORDER BY address LIMIT 256',
  open: 'SELECT address FROM instances WHERE pair = ? AND logged IS NOT NULL AND address > ? ORDER BY address LIMIT ?',
  isNulled: 'SELECT 1 FROM problems WHERE pair = ? AND address = ? AND problem LIKE \'{"reason":"null_once"%\'',
  isMissing: 'SELECT 1 FROM problems WHERE pair = ? AND address = ? AND problem IS NULL',
  missing: 'SELECT address FROM problems WHERE pair = ? AND problem IS NULL',
  setProblem: 'INSERT OR REPLACE INTO problems VALUES (?, ?, ?)',
  dropProblem: 'DELETE FROM problems WHERE pair = ? AND address = ?',
  dropProblems: 'DELETE FROM problems WHERE pair = ?',
  listedAll: `${withProblem}
    WHERE instances.pair = ?1 AND instances.address > ?2 AND ${isListed} AND ${passesColumns(3)} ORDER BY instances.address LIMIT 256`,
  listedOne: `${withProblem} WHERE instances.pair = ? AND instances.address = ? AND ${isListed}`,
  // Each half by an index of its own: what is in sync, which is most, isn't looked at. A cross join keeps its order: few have a problem.
  listed: `${withProblem}
      WHERE instances.pair = ?1 AND instances.address > ?2 AND status <> 'in_sync' AND ${isListed} AND ${passesColumns(3)}
    UNION ALL SELECT instances.*, problems.problem FROM problems
      CROSS JOIN instances ON instances.pair = problems.pair AND instances.address = problems.address
      WHERE problems.pair = ?1 AND problems.address > ?2 AND problems.problem IS NOT NULL AND status = 'in_sync' AND ${passesColumns(3)}
    ORDER BY address LIMIT 256`,
  counts: `SELECT pair, status, reason, sum(n) AS count FROM instance_counts WHERE ${isCounted} GROUP BY pair, status, reason`,
  problemCounts: `SELECT instances.pair, status, coalesce(reason, '') AS reason, count(*) AS count FROM problems
      CROSS JOIN instances ON instances.pair = problems.pair AND instances.address = problems.address
    WHERE problems.problem IS NOT NULL AND ${isCounted} GROUP BY 1, 2, 3`,
  due: `SELECT pair, address, held_until FROM instances WHERE held_until IS NOT NULL AND held_until <= ?
    ORDER BY held_until, pair, address LIMIT 256`,
  earliestDue: 'SELECT min(held_until) AS until FROM instances WHERE held_until IS NOT NULL',
  entriesOf: 'SELECT entry FROM log WHERE state = ? AND address = ? AND offset <= ? ORDER BY offset DESC LIMIT 1000',
  append: 'INSERT INTO log (at, state, address, is_open, entry) VALUES (?, ?, ?, ?, ?)',
  log: 'SELECT offset, at, entry FROM log WHERE offset > ? AND offset <= ? ORDER BY offset LIMIT ?',
  logHead: "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'log'), 0) AS head",
  lastAt: 'SELECT at FROM log ORDER BY offset DESC LIMIT 1',
  atOffset: 'SELECT at FROM log WHERE offset = ?',
  upTo: 'SELECT max(offset) AS last FROM log WHERE at <= ?',
  newest: `SELECT log.state, log.address, is_open, entry FROM log JOIN (
      SELECT max(offset) AS offset FROM log WHERE offset <= ? AND (state, address) > (?, ?)
      GROUP BY state, address ORDER BY state, address LIMIT 256
    ) AS newest ON newest.offset = log.offset ORDER BY log.state, log.address`,
  // What is open at the floor stays, so that the log says what was open at any offset from there on.
  trim: `DELETE FROM log WHERE offset <= ?1 AND (is_open = 0 OR EXISTS (
      SELECT 1 FROM log AS later WHERE later.state = log.state AND later.address = log.address
        AND later.offset > log.offset AND later.offset <= ?1))`,
} as const
