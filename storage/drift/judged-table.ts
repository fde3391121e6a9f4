import type { DatabaseSync } from 'node:sqlite'
import { type Row, text } from '../change-row.ts'
import type { DriftColumns } from './drift-rows.ts'
import { passesColumns, unlisted } from './drift-statements.ts'
import { Queries } from './queries.ts'

/** What isn't in sync, as the rules that hold now see it: the part by which lists are narrowed and counted. */
export interface JudgedRow extends ItemPlace {
  readonly status: string
  readonly tier: string | null
  readonly severity: string | null
  /** The rule that ignores all of it; null: it counts. */
  readonly rule: string | null
  /** Unix milliseconds; null: not known. */
  readonly sinceMs: number | null
  readonly provider: string
  readonly type: string
  readonly account: string | null
  readonly region: string | null
  readonly namespace: string | null
  /** What it is found by, see `model/labels.ts`; null: too long to be kept. */
  readonly labels: string | null
  /** Whether it stands among what is not read live. */
  readonly notRead: NotRead
}

export type NotRead = 'read' | 'not_covered' | 'exists'

/** Where an instance stands in the list. */
export interface ItemPlace {
  readonly pair: number
  /** The pair's scope, by which lists are sorted. */
  readonly state: string
  readonly address: string
}

/** What a list asks of the columns; absent: anything. What passes here may still be refused by its document. */
export interface JudgedFilter extends DriftColumns {
  readonly pairs: readonly number[]
  readonly statuses?: readonly string[] | undefined
  readonly tiers?: readonly string[] | undefined
  readonly severities?: readonly string[] | undefined
  readonly ignoredToo: boolean
  readonly sinceMs?: number | undefined
  /** All of these texts stand in its labels. */
  readonly texts: readonly string[]
}

/** Where the rows of a list are looked for on. */
export type JudgedPlace = Omit<ItemPlace, 'pair'>

/** Rows that are looked at between two turns of other work: 2 µs each where a text is looked for in all of them. */
const rowsAtOnce = 4096

/** How many have these in common. */
export interface JudgedCount extends Pick<JudgedRow, 'pair' | 'status' | 'severity' | 'notRead'> {
  readonly isIgnored: boolean
  readonly count: number
}

const columns = [
  ...['state', 'address', 'pair', 'status', 'tier', 'severity', 'rule', 'since', 'provider', 'type'],
  ...['account', 'region', 'namespace', 'labels', 'not_read'],
] as const
const groups = [
  'pair',
  'status',
  'severity',
  'ignored',
  'not_read',
  'provider',
  'type',
  'account',
  'region',
  'namespace',
]

const valuesOf = (row: 'NEW' | 'OLD'): string =>
  groups.map((name) => (name === 'ignored' ? `${row}.rule IS NOT NULL` : `coalesce(${row}.${name}, '')`)).join(', ')
const add = (row: 'NEW' | 'OLD', n: 1 | -1): string =>
  `INSERT INTO judged_counts VALUES (${valuesOf(row)}, ${n}) ON CONFLICT DO UPDATE SET n = n + excluded.n;`

/** Whether an instance stands among the judged rows. One with a problem does, whatever its status. */
const hasJudgedRow = (row: 'NEW' | 'OLD'): string =>
  `(${row}.status NOT IN ('in_sync', ${unlisted}) OR EXISTS (SELECT 1 FROM problems WHERE (pair, address) = (${row}.pair, ${row}.address)))`
const shownColumns = [
  ...['status', 'reason', 'provider', 'type', 'account', 'region', 'namespace', 'header', 'item', 'holder'],
]
const isShownOtherwise = shownColumns.map((name) => `OLD.${name} IS NOT NEW.${name}`).join(' OR ')
/** Not `OR IGNORE`: the conflict clause of the statement that the trigger is for would take its place. */
const unjudge = (row: 'NEW' | 'OLD') =>
  `INSERT INTO unjudged VALUES (${row}.pair, ${row}.address) ON CONFLICT DO NOTHING;`

/** Made anew at each start: the file may have it as an earlier vaino wrote it. */
const trigger = (name: string, on: string, does: string): string =>
  `DROP TRIGGER IF EXISTS ${name}; CREATE TRIGGER ${name} ${on} BEGIN ${does} END;`

/**
 * `judged`: a row for each instance that isn't in sync, or was not read. Rules are no part of the file, so it is made anew when the file is opened.
 * `unjudged`: instances whose row is out of date, noted by triggers in the transaction that changes them. Until it is judged again an
 * instance keeps the row that it had: a list that is being read never misses it.
 */
const schema = `
DROP TABLE IF EXISTS judged; DROP TABLE IF EXISTS judged_counts; DROP TABLE IF EXISTS unjudged;
CREATE TABLE judged (
  state TEXT NOT NULL, address TEXT NOT NULL, pair INTEGER NOT NULL, status TEXT NOT NULL, tier TEXT, severity TEXT, rule TEXT, since INTEGER,
  provider TEXT NOT NULL, type TEXT NOT NULL, account TEXT, region TEXT, namespace TEXT, labels TEXT, not_read TEXT NOT NULL, PRIMARY KEY (state, address)
) WITHOUT ROWID;
CREATE TABLE judged_counts (
  ${groups.map((name) => `${name} NOT NULL`).join(', ')}, n INTEGER NOT NULL, PRIMARY KEY (${groups.join(', ')})
) WITHOUT ROWID;
CREATE TABLE unjudged (pair INTEGER, address TEXT, PRIMARY KEY (pair, address)) WITHOUT ROWID;
CREATE TRIGGER judged_came AFTER INSERT ON judged BEGIN ${add('NEW', 1)} END;
CREATE TRIGGER judged_went AFTER DELETE ON judged BEGIN ${add('OLD', -1)}
  DELETE FROM judged_counts WHERE (${groups.join(', ')}) = (${valuesOf('OLD')}) AND n = 0; END;
${trigger('unjudged_came', `AFTER INSERT ON instances WHEN ${hasJudgedRow('NEW')}`, unjudge('NEW'))}
${trigger('unjudged_went', `AFTER DELETE ON instances WHEN ${hasJudgedRow('OLD')}`, unjudge('OLD'))}
${trigger('unjudged_moved', `AFTER UPDATE ON instances WHEN (${isShownOtherwise}) AND (${hasJudgedRow('OLD')} OR ${hasJudgedRow('NEW')})`, unjudge('NEW'))}
${trigger('unread_came', 'AFTER INSERT ON problems', unjudge('NEW'))}
${trigger('unread_went', 'AFTER DELETE ON problems', unjudge('OLD'))}
${trigger('judged_pair_went', 'AFTER DELETE ON pairs', 'DELETE FROM judged WHERE pair = OLD.id;')}
`

const oneOf = (column: string, parameter: string): string =>
  `(${parameter} IS NULL OR ${column} IN (SELECT value FROM json_each(${parameter})))`

const statements = {
  narrowed: `SELECT pair, state, address FROM judged WHERE (state, address) > (?1, ?2) AND (state, address) <= (?15, ?16) AND ${oneOf('pair', '?3')} AND ${oneOf('status', '?4')}
    AND ${oneOf('tier', '?5')} AND ${oneOf('severity', '?6')} AND (?7 OR rule IS NULL) AND (?8 IS NULL OR since >= ?8) AND ${passesColumns(9)}
    AND (?13 = '[]' OR labels IS NULL OR NOT EXISTS (SELECT 1 FROM json_each(?13) WHERE instr(labels, value) = 0))
    ORDER BY state, address LIMIT ?14`,
  nth: `SELECT state, address FROM judged WHERE (state, address) > (?, ?) AND state <= ? ORDER BY state, address LIMIT 1 OFFSET ${rowsAtOnce - 1}`,
  last: 'SELECT state, address FROM judged WHERE state <= ? ORDER BY state DESC, address DESC LIMIT 1',
  counts: `SELECT pair, status, severity, ignored, not_read, sum(n) AS count FROM judged_counts WHERE ${passesColumns(1)} GROUP BY 1, 2, 3, 4, 5`,
  unjudged: 'SELECT pair, address FROM unjudged LIMIT ?',
  noLongerUnjudged: 'DELETE FROM unjudged WHERE pair = ? AND address = ?',
  drop: 'DELETE FROM judged WHERE state = ? AND address = ?',
  put: `INSERT INTO judged (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
} as const

const placeOf = (row: Row): JudgedPlace => ({ state: String(row.state), address: String(row.address) })

/** Makes the tables. Its statements are written in the transaction that the caller has open. */
export class JudgedTable {
  readonly #sql: Queries<keyof typeof statements>

  constructor(db: DatabaseSync, path: string) {
    db.exec(`BEGIN IMMEDIATE; ${schema} COMMIT`)
    this.#sql = new Queries(db, path, statements)
  }

  /**
   * Instances that pass, after a place and up to a state, by state and address; of the next {@link rowsAtOnce} rows.
   * @returns also where it goes on; null: there are no more
   */
  narrowed(
    of: JudgedFilter,
    after: JudgedPlace,
    lastState: string,
    limit: number,
  ): { readonly places: readonly ItemPlace[]; readonly next: JudgedPlace | null } {
    const nth = this.#sql.get('nth', after.state, after.address, lastState)
    const end = nth ?? this.#sql.get('last', lastState)
    if (end === null) return { places: [], next: null }
    const places = this.#passing(of, after, placeOf(end), limit)
    const isFull = places.length >= limit
    return { places, next: isFull ? (places.at(-1) ?? null) : nth === null ? null : placeOf(nth) }
  }

  #passing(of: JudgedFilter, after: JudgedPlace, end: JudgedPlace, limit: number): ItemPlace[] {
    const json = (list: readonly (string | number)[] | undefined) => (list === undefined ? null : JSON.stringify(list))
    const rows = this.#sql.all(
      'narrowed',
      ...[after.state, after.address, json(of.pairs), json(of.statuses), json(of.tiers), json(of.severities)],
      ...[Number(of.ignoredToo), of.sinceMs ?? null, of.provider ?? null, of.account ?? null],
      ...[of.type ?? null, of.location ?? null, JSON.stringify(of.texts), limit],
      ...[end.state, end.address],
    )
    return rows.map((row) => ({ pair: Number(row.pair), ...placeOf(row) }))
  }

  counts({ provider, account, type, location }: DriftColumns): JudgedCount[] {
    return this.#sql.all('counts', provider ?? null, account ?? null, type ?? null, location ?? null).map((row) => ({
      pair: Number(row.pair),
      status: String(row.status),
      severity: text(row.severity === '' ? null : row.severity),
      notRead: String(row.not_read) as NotRead,
      isIgnored: Number(row.ignored) === 1,
      count: Number(row.count),
    }))
  }

  /** Instances whose row is out of date; some of them. */
  unjudged(limit: number): Omit<ItemPlace, 'state'>[] {
    return this.#sql.all('unjudged', limit).map((row) => ({ pair: Number(row.pair), address: String(row.address) }))
  }

  /** Sets what is said of an instance now. @param row null: it is in no list */
  judge({ state, pair, address }: ItemPlace, row: JudgedRow | null): void {
    this.#sql.run('noLongerUnjudged', pair, address)
    this.#sql.run('drop', state, address)
    if (row === null) return
    const { status, tier, severity, rule, sinceMs, provider, type, account, region, namespace, labels, notRead } = row
    this.#sql.run(
      'put',
      ...[state, address, pair, status, tier, severity, rule, sinceMs, provider, type],
      ...[account, region, namespace, labels, notRead],
    )
  }

  /** An instance whose pair is gone, and its row with it, is judged no more. */
  leave({ pair, address }: Omit<ItemPlace, 'state'>): void {
    this.#sql.run('noLongerUnjudged', pair, address)
  }
}
