/**
 * One partition's file. Values live in the change log; a resource's row is narrow and says where its last change stands.
 *
 * - `changes`: the log; `prev` chains the changes of one resource, so history and as-of reads need no index.
 * - `resources`: one row a key, kept after a delete (the version goes on counting).
 * - `refreshed`: the current document where it differs from the log's only in what isn't compared.
 * - `scopes`: what is known of a scope and of its open scan; `seen`: what the open scan has observed, as packed marks.
 * - `waiting_attributions`: who made a change that hasn't come yet; `attributed_events`: the events that have made an entry of op `a`. Such an entry
 *   is a row of `changes`, so that offsets have no gap, outside of every chain: `prev` is the offset of the change that it is about, `prev_at` its
 *   resource, `reason` the event, and `resource` a resource of its own (see `attribution-table.ts`).
 * - `classes`: what resources are counted by, each with a number, which stands behind the hashes in `resources.hashes`, since `resources` can't
 *   get a column; `scope_classes`: live resources by scope and class; `minutes`: entries of the log by minute, op and provider;
 *   `labels`: what live resources are searched by, and `label_marks`: which pieces of text stand in them, by 64 resources. All five follow from the rest, and are made anew where they don't hold the log's last entry (see `count-anew.ts`).
 * - `class_moves`: how many more resources of each class a scope had after a block of the log than before it; `former_labels`: what a resource was
 *   searched by until an entry that deleted or renamed it. Both hold what came after `moves_since` in `meta`; before it the log is read instead.
 * - `ended_scans`: which scan of a scope ended last; files that are older than this table get it when they are opened.
 */
export const formatVersion = 1

/**
 * Columns that files of an earlier vaino lack; they are added when such a file is opened for writing. Each is null or 0 where
 * nothing is known, and a table that is new has them from here too, so that both ways lead to one shape.
 *
 * Only `scopes` gets columns: an earlier vaino names its columns when it writes there, and so can write the file again.
 */
export const addedColumns: readonly (readonly [table: string, column: string, type: string])[] = [
  ['scopes', 'live_at_begin', 'INTEGER'],
  ['scopes', 'head_at_begin', 'INTEGER'],
  ['scopes', 'seen_from_before', 'INTEGER NOT NULL DEFAULT 0'],
  ['scopes', 'outdated_scan', 'TEXT'],
  ['scopes', 'completed_at', 'INTEGER'],
  ['scopes', 'forgotten', 'INTEGER NOT NULL DEFAULT 0'],
  ['scopes', 'ended_at', 'INTEGER'],
  ['scopes', 'gone_since', 'INTEGER'],
  ['scopes', 'last_change', 'INTEGER'],
  ['scopes', 'last_change_at', 'INTEGER'],
]

export const schema = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scopes (
  id INTEGER PRIMARY KEY,
  scope TEXT NOT NULL UNIQUE,
  live INTEGER NOT NULL DEFAULT 0,
  held INTEGER NOT NULL DEFAULT 0,
  had_complete INTEGER NOT NULL DEFAULT 0,
  scan TEXT,
  scan_from INTEGER,
  epoch INTEGER NOT NULL DEFAULT 0,
  seen INTEGER NOT NULL DEFAULT 0,
  seen_under_scan INTEGER NOT NULL DEFAULT 0,
  last_attempt_at INTEGER,
  last_complete_at INTEGER,
  confirmed_at INTEGER,
  failed INTEGER NOT NULL DEFAULT 0,
  errors TEXT NOT NULL DEFAULT '[]',
  warnings TEXT NOT NULL DEFAULT '[]',
  attributes TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE IF NOT EXISTS ended_scans (scope INTEGER PRIMARY KEY, scan TEXT NOT NULL, began_at INTEGER);
CREATE TABLE IF NOT EXISTS resources (
  id INTEGER PRIMARY KEY,
  scope INTEGER NOT NULL,
  name TEXT NOT NULL,
  last INTEGER NOT NULL,
  version INTEGER NOT NULL,
  state INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  uid TEXT,
  first_seen INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  observed_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS resources_by_name ON resources (scope, name);
CREATE INDEX IF NOT EXISTS resources_by_time ON resources (changed_at) WHERE state > 0;
CREATE INDEX IF NOT EXISTS resources_held ON resources (scope) WHERE state = 2;
CREATE TABLE IF NOT EXISTS classes (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
  provider TEXT NOT NULL, account TEXT, region TEXT, namespace TEXT, type TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS scope_classes (
  scope INTEGER NOT NULL, class INTEGER NOT NULL, live INTEGER NOT NULL, PRIMARY KEY (scope, class)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS minutes (
  minute INTEGER NOT NULL, op TEXT NOT NULL, provider TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (minute, op, provider)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS labels (resource INTEGER PRIMARY KEY, text TEXT);
CREATE TABLE IF NOT EXISTS label_marks (block INTEGER PRIMARY KEY, marks BLOB);
CREATE TABLE IF NOT EXISTS class_moves (
  block INTEGER NOT NULL, scope INTEGER NOT NULL, class INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (block, scope, class)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS former_labels (offset INTEGER PRIMARY KEY, resource INTEGER NOT NULL, text TEXT);
CREATE TABLE IF NOT EXISTS changes (
  offset INTEGER PRIMARY KEY,
  resource INTEGER NOT NULL,
  prev INTEGER NOT NULL,
  prev_at INTEGER NOT NULL,
  op TEXT NOT NULL,
  version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  observed_at INTEGER NOT NULL,
  scan TEXT,
  reason TEXT,
  occurred_at TEXT,
  actor TEXT,
  header TEXT NOT NULL,
  fields TEXT NOT NULL,
  before TEXT,
  after TEXT
);
CREATE TABLE IF NOT EXISTS waiting_attributions (
  id INTEGER PRIMARY KEY,
  scope INTEGER NOT NULL,
  name TEXT NOT NULL,
  event_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  event TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS waiting_attributions_by_event ON waiting_attributions (scope, name, event_id);
CREATE TABLE IF NOT EXISTS attributed_events (
  id INTEGER PRIMARY KEY, scope INTEGER NOT NULL, name TEXT NOT NULL, event_id TEXT NOT NULL, UNIQUE (scope, name, event_id)
);
CREATE TABLE IF NOT EXISTS refreshed (resource INTEGER PRIMARY KEY, document TEXT NOT NULL, observed_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS seen (id INTEGER PRIMARY KEY, scope INTEGER NOT NULL, marks BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS seen_by_scope ON seen (scope);
CREATE TABLE IF NOT EXISTS dead_letters (
  id INTEGER PRIMARY KEY, at INTEGER NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL, preview TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS producers (
  producer TEXT PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
`

/** What `resources.state` means. */
export const resourceState = { deleted: 0, live: 1, held: 2 } as const
export type ResourceStateCode = (typeof resourceState)[keyof typeof resourceState]

/**
 * 16 KiB pages suit values of 1–2 KB; the page cache is bounded per connection (negative: KiB).
 * @param isCopy the truth is elsewhere. FULL is the only level at which an acknowledged commit survives a power cut; of a copy
 * it may take the last ones, since what is left is whole, and the rest comes again
 */
export const writerPragmas = (cacheKiB: number, isCopy: boolean): string => `
PRAGMA page_size = 16384;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = ${isCopy ? 'NORMAL' : 'FULL'};
PRAGMA busy_timeout = 10000;
PRAGMA cache_size = -${cacheKiB};
PRAGMA temp_store = MEMORY;
PRAGMA journal_size_limit = 67108864;
`
