import { DatabaseSync } from 'node:sqlite'
import type { VainoError } from '../../model/errors.ts'
import type { Scope } from '../../model/scope.ts'
import { type ChangeRow, type LogRow, type Row, readChange, readEntry, selectChanges, text } from '../change-row.ts'
import { asStorageError } from '../data-dir.ts'
import { offsetAt } from '../partition/offset-at.ts'
import { type Query, query } from './query.ts'

/** A resource's row in the file, with its current document if it is live. */
export interface ResourceRow {
  readonly id: number
  readonly name: string
  readonly last: number
  readonly version: number
  readonly state: number
  readonly firstSeenMs: number
  readonly changedAtMs: number
  readonly observedAtMs: number
  readonly document: string | null
}

/** Rows and bytes after which a page ends: what a reader holds of one partition at a time. */
export const pageRows = 256
export const pageBytes = 4 * 1024 * 1024

/** For {@link toResource}, of `resources`. */
export const resourceColumns = `resources.id, name, last, resources.version, state, first_seen, changed_at, resources.observed_at,
  CASE WHEN state > 0 THEN coalesce((SELECT document FROM refreshed WHERE resource = resources.id),
    (SELECT after FROM changes WHERE offset = last)) END AS document`

const statements = {
  head: `SELECT max(coalesce((SELECT max(offset) FROM changes), 0),
    coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'head'), 0)) AS head`,
  floor: "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'floor'), 0) AS floor",
  floorAt: `SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'floor_at'), 0) AS at`,
  recordedAt: 'SELECT recorded_at FROM changes WHERE offset = ?',
  change: `${selectChanges} WHERE changes.offset = ? AND op <> 'a'`,
  // Links of the chain alone: a row's documents lie behind them and are not read.
  chain: `WITH RECURSIVE chain(at, hops) AS (SELECT ?1, 0 UNION ALL
      SELECT prev, hops + 1 FROM chain JOIN changes ON changes.offset = at WHERE prev > ?2 AND hops < ?3)
    SELECT at, hops FROM chain ORDER BY hops DESC LIMIT 1`,
  ascending: `${selectChanges} WHERE changes.offset > ? AND changes.offset <= ? ORDER BY changes.offset LIMIT ?`,
  descending: `${selectChanges} WHERE changes.offset > ? AND changes.offset <= ? AND op <> 'a' ORDER BY changes.offset DESC LIMIT ?`,
  scope: 'SELECT * FROM scopes WHERE scope = ?',
  scopesBetween: 'SELECT * FROM scopes WHERE scope >= ? AND scope < ?',
  dataVersion: 'PRAGMA data_version',
  scopesAfter: 'SELECT * FROM scopes WHERE scope > ? ORDER BY scope LIMIT ?',
  resources: `SELECT ${resourceColumns} FROM resources WHERE scope = ? AND name > ? ORDER BY name LIMIT ?`,
  resource: `SELECT ${resourceColumns} FROM resources WHERE scope = (SELECT id FROM scopes WHERE scope = ?) AND name = ?`,
  firstSeen: 'SELECT first_seen FROM resources WHERE id = ?',
  maxResource: 'SELECT coalesce(max(id), 0) AS id FROM resources',
  heldNames: 'SELECT name FROM resources WHERE scope = ? AND state = 2 ORDER BY name LIMIT ?',
  deadLetters: 'SELECT * FROM dead_letters WHERE (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?',
  producer: 'SELECT epoch, seq, part FROM producers WHERE producer = ?',
  bytes: 'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
  confirmedAt: 'SELECT confirmed_at FROM scopes WHERE scope = ?',
} as const

const ofScopes = (count: number): string => `${selectChanges} WHERE changes.offset > ? AND changes.offset <= ?
  AND (${Array(count).fill('scopes.scope >= ? AND scopes.scope < ?').join(' OR ')}) ORDER BY changes.offset LIMIT ?`

/** Reads one partition's file through a connection of its own; every call is one short read transaction. */
export class PartitionReader implements Disposable {
  readonly partition: number
  readonly #db: DatabaseSync
  readonly #sql: Record<keyof typeof statements, Query>
  /** Bounded by the texts that the code has. */
  readonly #prepared = new Map<string, Query>()
  readonly #failure: (thrown: unknown) => VainoError

  /** @param onDamage is called when the file turns out to be damaged; the caller gets the error too */
  constructor(path: string, partition: number, onDamage: (error: VainoError) => void) {
    const failure = (thrown: unknown): VainoError => {
      const error = asStorageError(thrown, path)
      if (error.code === 'storage_damaged') onDamage(error)
      return error
    }
    this.partition = partition
    this.#failure = failure
    this.#db = new DatabaseSync(path, { readOnly: true })
    this.#db.exec('PRAGMA busy_timeout = 10000; PRAGMA cache_size = -2048')
    this.#sql = Object.fromEntries(
      Object.entries(statements).map(([name, sql]) => [name, query(this.#db.prepare(sql), failure)]),
    ) as Record<keyof typeof statements, Query>
  }

  /** A statement of another module, prepared on first use: only a file that was opened for writing has its tables. */
  prepared(sql: string): Query {
    const known = this.#prepared.get(sql) ?? query(this.#db.prepare(sql), this.#failure)
    this.#prepared.set(sql, known)
    return known
  }
  /** Several reads of one moment. They hold up nobody, but must be short: the write-ahead log grows meanwhile. */
  atOnce<T>(read: () => T): T {
    this.#db.exec('BEGIN')
    try {
      return read()
    } finally {
      this.#db.exec('COMMIT')
    }
  }

  head(): number {
    return Number(this.#sql.head.get()?.head)
  }
  floor(): number {
    return Number(this.#sql.floor.get()?.floor)
  }
  /** When the change at the floor was recorded: an earlier time has no position. 0 where nothing was dropped. */
  floorAtMs(): number {
    return Number(this.#sql.floorAt.get()?.at)
  }
  /** The last offset recorded at or before a time, which is at most `through`; the floor where all that is kept is later. */
  offsetAt(timeMs: number, through = this.head()): number {
    return offsetAt((offset) => this.recordedAtMs(offset), Math.min(this.floor(), through), through, timeMs)
  }

  /** When an entry was recorded; null where it isn't kept. */
  recordedAtMs(offset: number): number | null {
    const row = this.#sql.recordedAt.get(offset)
    return row === undefined ? null : Number(row.recorded_at)
  }
  change(offset: number): ChangeRow | null {
    const row = this.#sql.change.get(offset)
    return row === undefined ? null : readChange(this.partition, row)
  }

  /** Goes back from a change to the earliest one of the same resource after `offset`, by at most `maxHops` steps. */
  earliestInChain(last: number, offset: number, maxHops: number): { readonly offset: number; readonly hops: number } {
    const row = this.#sql.chain.get(last, offset, maxHops)
    return { offset: Number(row?.at ?? last), hops: Number(row?.hops ?? 0) }
  }
  holds = (offset: number): boolean => this.recordedAtMs(offset) !== null
  /** Entries in `(after, through]`, oldest first; a page at most. */
  ascending(after: number, through: number, limit: number): LogRow[] {
    return this.#page(this.#sql.ascending, readEntry, limit, after, through)
  }
  /** As {@link ascending}, of the scopes that begin with one of these. The documents of a change in another scope are not read. */
  ascendingOf(scopes: readonly string[], after: number, through: number, limit: number): LogRow[] {
    const edges = scopes.flatMap((start) => [start, prefixEnd(start)])
    return this.#page(this.prepared(ofScopes(scopes.length)), readEntry, limit, after, through, ...edges)
  }
  /** As {@link ascending}, newest first, changes alone. */
  descending(after: number, through: number): ChangeRow[] {
    return this.#page(this.#sql.descending, readChange, pageRows, after, through)
  }

  /** The resources of a scope with names after `name`, live or not, by name; `maxRows` or a page's bytes, empty at the end. */
  resources(scopeId: number, afterName: string, maxRows: number): ResourceRow[] {
    const rows: ResourceRow[] = []
    let bytes = 0
    for (const row of this.#sql.resources.iterate(scopeId, afterName, maxRows)) {
      const resource = toResource(row)
      rows.push(resource)
      bytes += resource.document?.length ?? 0
      if (bytes > pageBytes) break
    }
    return rows
  }
  resource(scope: Scope, name: string): ResourceRow | null {
    const row = this.#sql.resource.get(scope, name)
    return row === undefined ? null : toResource(row)
  }
  firstSeenMs(resource: number): number {
    return Number(this.#sql.firstSeen.get(resource)?.first_seen ?? 0)
  }
  maxResource(): number {
    return Number(this.#sql.maxResource.get()?.id)
  }

  bytes(): number {
    return Number(this.#sql.bytes.get()?.bytes)
  }
  /** When the last complete scan of a scope ended; 0 for never. */
  confirmedAtMs(scope: Scope): number {
    return Number(this.#sql.confirmedAt.get(scope)?.confirmed_at ?? 0)
  }
  /** The scopes after one in byte order, forgotten ones too; a page at most, empty at the end. */
  scopesAfter(after: string): Row[] {
    return this.#sql.scopesAfter.all(after, pageRows)
  }
  /** One scope, forgotten or not. */
  scope(scope: Scope): Row | undefined {
    return this.#sql.scope.get(scope)
  }
  /** Names of listed scopes that begin so. */
  scopeNames(start: string): string[] {
    const rows = this.#sql.scopesBetween.all(start, prefixEnd(start))
    return rows.flatMap((row) => (Number(row.forgotten ?? 0) === 1 ? [] : [String(row.scope)]))
  }
  /** Another number whenever something was committed to the file. */
  dataVersion(): number {
    return Number(this.#sql.dataVersion.get()?.data_version)
  }
  heldNames(scopeId: number, limit: number): string[] {
    return this.#sql.heldNames.all(scopeId, limit).map(({ name }) => String(name))
  }
  /** Dead letters before one, newest first. */
  deadLetters(beforeAtMs: number, beforeId: number, limit: number): Row[] {
    return this.#sql.deadLetters.all(beforeAtMs, beforeId, limit)
  }
  producer(id: string): { epoch: number; seq: number; part: number } | null {
    const row = this.#sql.producer.get(id)
    return row === undefined ? null : { epoch: Number(row.epoch), seq: Number(row.seq), part: Number(row.part) }
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }

  #page<R extends LogRow>(
    statement: Query,
    read: (partition: number, row: Row) => R,
    limit: number,
    ...parameters: (string | number)[]
  ): R[] {
    const rows: R[] = []
    let bytes = 0
    for (const row of statement.iterate(...parameters, Math.min(limit, pageRows))) {
      const entry = read(this.partition, row)
      rows.push(entry)
      bytes += lengthOf(entry)
      if (bytes > pageBytes) break
    }
    return rows
  }
}

const lengthOf = (entry: LogRow): number =>
  entry.op === 'a'
    ? entry.actor.length + entry.event.length
    : (entry.before?.length ?? 0) + (entry.after?.length ?? 0) + entry.fields.length

/** The first text after all that begin with a prefix, which ends in ASCII. */
const prefixEnd = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)

export const toResource = (row: Row): ResourceRow => ({
  id: Number(row.id),
  name: String(row.name),
  last: Number(row.last),
  version: Number(row.version),
  state: Number(row.state),
  firstSeenMs: Number(row.first_seen),
  changedAtMs: Number(row.changed_at),
  observedAtMs: Number(row.observed_at),
  document: text(row.document),
})
