import type { DatabaseSync } from 'node:sqlite'
import { type DriftColumns, type DriftCount, toCount } from './drift-rows.ts'
import type { Queries } from './queries.ts'

/**
 * How many instances have which status, by all that a count can be narrowed by: kept by triggers, in the transaction that changes an instance, so that a
 * coverage adds up some thousand rows and not a million. A file that an earlier vaino made is counted when it is opened; one that such a vaino
 * writes later has the triggers, and stays counted.
 *
 * Absent values are the empty text, as a key can't hold null.
 */
const groups = ['pair', 'status', 'reason', 'provider', 'type', 'account', 'region', 'namespace'] as const
const mayBeNull: readonly string[] = ['reason', 'account', 'region', 'namespace']

const valuesOf = (row: 'NEW' | 'OLD' | 'instances'): string =>
  groups.map((name) => (mayBeNull.includes(name) ? `coalesce(${row}.${name}, '')` : `${row}.${name}`)).join(', ')

const isOther = groups.map((name) => `OLD.${name} IS NOT NEW.${name}`).join(' OR ')
const add = (row: 'NEW' | 'OLD', n: 1 | -1): string =>
  `INSERT INTO instance_counts VALUES (${valuesOf(row)}, ${n}) ON CONFLICT DO UPDATE SET n = n + excluded.n;`
const dropZero = `DELETE FROM instance_counts WHERE (${groups.join(', ')}) = (${valuesOf('OLD')}) AND n = 0;`

const schema = `
CREATE TABLE IF NOT EXISTS instance_counts (
  ${groups.map((name) => `${name} ${name === 'pair' ? 'INTEGER' : 'TEXT'} NOT NULL`).join(', ')}, n INTEGER NOT NULL, PRIMARY KEY (${groups.join(', ')})
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS instances_not_in_sync ON instances (pair, address) WHERE status <> 'in_sync';
CREATE TRIGGER IF NOT EXISTS instance_came AFTER INSERT ON instances BEGIN ${add('NEW', 1)} END;
CREATE TRIGGER IF NOT EXISTS instance_went AFTER DELETE ON instances BEGIN ${add('OLD', -1)} ${dropZero} END;
CREATE TRIGGER IF NOT EXISTS instance_moved AFTER UPDATE ON instances WHEN ${isOther}
  BEGIN ${add('NEW', 1)} ${add('OLD', -1)} ${dropZero} END;
`

const countedName = 'instances_counted'

/** Makes the counts, and counts what a file has without them: 0.6 µs an instance, once. */
export function keepInstanceCounts(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE')
  db.exec(schema)
  if (db.prepare('SELECT 1 FROM meta WHERE name = ?').get(countedName) === undefined) {
    const sums = groups.map((_, at) => at + 1).join(', ')
    db.exec(
      `DELETE FROM instance_counts; INSERT INTO instance_counts SELECT ${valuesOf('instances')}, count(*) FROM instances GROUP BY ${sums}`,
    )
    db.prepare('INSERT INTO meta VALUES (?, ?)').run(countedName, '1')
  }
  db.exec('COMMIT')
}

/** Counts by pair, status and reason; those that were not read apart. */
export function countInstances(
  sql: Queries<'counts' | 'problemCounts'>,
  { provider, account, type, location }: DriftColumns,
): DriftCount[] {
  const filters = [provider ?? null, account ?? null, type ?? null, location ?? null]
  const unread = sql.all('problemCounts', ...filters).map((row) => toCount(row, true))
  const ofGroup = ({ pair, status, reason }: DriftCount) => JSON.stringify([pair, status, reason])
  const less = new Map(unread.map((one) => [ofGroup(one), one.count]))
  const all = sql.all('counts', ...filters).map((row) => toCount(row, false))
  return [...all.map((one) => ({ ...one, count: one.count - (less.get(ofGroup(one)) ?? 0) })), ...unread]
}
