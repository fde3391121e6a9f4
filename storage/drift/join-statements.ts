/** What {@link JoinStore} asks of the drift view's file. */
export const joinStatements = {
  wanted: 'SELECT * FROM wanted WHERE pair = ? AND address = ?',
  drop: 'DELETE FROM wanted WHERE pair = ? AND address = ?',
  add: `INSERT INTO wanted (pair, address, provider, type, name, configuration, own_account, own_location, account, location, rests, part)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  setRests: 'UPDATE wanted SET rests = ? WHERE pair = ? AND address = ?',
  wanting: 'SELECT * FROM wanted WHERE type = ? AND name = ? ORDER BY pair, address',
  writing: 'SELECT * FROM wanted WHERE type = ? AND name = ? AND part = ? ORDER BY pair, address',
  accountOf: `SELECT
    (SELECT own_account FROM wanted WHERE pair = ?1 AND configuration = ?2 AND own_account IS NOT NULL ORDER BY own_account LIMIT 1) AS least,
    (SELECT own_account FROM wanted WHERE pair = ?1 AND configuration = ?2 AND own_account IS NOT NULL ORDER BY own_account DESC LIMIT 1) AS most`,
  // Things without a region say nothing of the others.
  locationOf: `SELECT
    (SELECT own_location FROM wanted WHERE pair = ?1 AND configuration = ?2 AND own_location > '-' ORDER BY own_location LIMIT 1) AS least,
    (SELECT own_location FROM wanted WHERE pair = ?1 AND configuration = ?2 AND own_location > '-' ORDER BY own_location DESC LIMIT 1) AS most`,
  unplaced: `SELECT * FROM wanted WHERE pair = ? AND configuration = ? AND (own_account IS NULL OR own_location IS NULL) AND address > ?
    ORDER BY address LIMIT 256`,
  restingScopes: `SELECT provider, account, location, type, count(*) AS count FROM wanted
    WHERE rests = 1 AND account IS NOT NULL AND location IS NOT NULL GROUP BY provider, account, location, type`,
  resting: `SELECT pair, address FROM wanted WHERE rests = 1 AND provider = ? AND account = ? AND location = ? AND type = ?
    ORDER BY pair, address`,
  askersOf: `SELECT DISTINCT asked.address FROM siblings JOIN asked ON asked.pair = siblings.pair AND asked.text = siblings.text
    WHERE siblings.pair = ? AND siblings.address = ? ORDER BY asked.address`,
  heldBy: 'SELECT pair, address FROM instances WHERE holder = ? ORDER BY pair, address',
  hasAccount: 'SELECT 1 FROM accounts WHERE provider = ? AND account = ?',
  accounts: 'SELECT provider, account FROM accounts ORDER BY provider, account',
  countAccount: `INSERT INTO accounts VALUES (?, ?, ?)
    ON CONFLICT (provider, account) DO UPDATE SET count = count + excluded.count RETURNING count`,
  dropAccount: 'DELETE FROM accounts WHERE provider = ? AND account = ?',
} as const
