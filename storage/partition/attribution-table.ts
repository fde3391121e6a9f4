import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { AttributableChange } from '../../model/attribution.ts'
import { type Attributed, maxKnownEvents, maxLookedAt, maxWaiting, waitMs } from '../../model/attribution.ts'
import { parseJson } from '../../model/json.ts'
import { type AttributionRow, text } from '../change-row.ts'
import type { WaitingAttribution } from '../replica.ts'
import { noHashes, packHashes } from './resource-row.ts'
import { resourceState } from './schema.ts'
import type { Statements } from './statements.ts'

/**
 * The resource that entries of op `a` belong to in the table `changes`; no scope of a source has this name. An earlier vaino takes the last row
 * of a resource for its last change, and one without documents for a delete: so these rows belong to a resource that never was.
 */
const ownScope = 'vaino/-/-/attributions'

/**
 * Who made which change, as far as a partition's file knows: what waits for its change, which events have made an entry, and the entries.
 * Its tables are its own, so an earlier vaino that opens the file passes over them.
 */
export class AttributionTable {
  readonly #sql: Statements
  readonly #db: DatabaseSync
  readonly #statements: Readonly<Record<keyof typeof statements, StatementSync>>
  #waiting: number
  #known: number
  #ownResource: number | null

  constructor(db: DatabaseSync, sql: Statements) {
    this.#db = db
    this.#sql = sql
    this.#statements = prepare(db)
    this.#waiting = Number(this.#statements.countWaiting.get()?.n)
    this.#known = Number(this.#statements.countKnown.get()?.n)
    this.#ownResource = this.#findOwn()
  }

  get waiting(): number {
    return this.#waiting
  }

  /** Whether the event has made an entry for the resource, or waits. */
  knows(scope: number, name: string, eventId: string): boolean {
    return this.#statements.knows.get(scope, name, eventId, scope, name, eventId) !== undefined
  }

  /** @returns its number, see {@link WaitingAttribution}, and how many older ones were dropped for it */
  add(scope: number, name: string, attributed: Attributed, nowMs: number): { number: number; dropped: number } {
    const number = this.#wait(null, scope, name, attributed, nowMs)
    return { number, dropped: this.#dropped(this.#statements.dropOldest.run(number - maxWaiting)) }
  }

  /**
   * What waits in the owner's file, as its owner published it. What is too old to wait beside it is dropped: its owner has done so. Others
   * that its owner has dropped stay until then, at most as many again as wait.
   */
  restore(scope: number, { number, sinceMs, name, ...attributed }: WaitingAttribution): void {
    const eventId = attributed.event.id
    this.dropUntil(sinceMs - waitMs)
    this.drop(number)
    this.#dropped(this.#statements.dropEvent.run(scope, name, eventId))
    this.#wait(number, scope, name, attributed, sinceMs)
    this.#dropped(this.#statements.dropOldest.run(number - maxWaiting))
  }

  #wait(
    number: number | null,
    scope: number,
    name: string,
    { occurredAtMs, actor, event }: Attributed,
    sinceMs: number,
  ): number {
    const texts = [JSON.stringify(actor), JSON.stringify(event)] as const
    const made = this.#statements.wait.run(number, scope, name, event.id, sinceMs, occurredAtMs, ...texts)
    this.#waiting++
    return Number(made.lastInsertRowid)
  }

  drop(number: number): void {
    this.#dropped(this.#statements.drop.run(number))
  }

  take(
    scope: number,
    name: string,
    [fromMs, toMs]: readonly [number, number],
    manager: string | null,
  ): { number: number; attributed: Attributed } | null {
    const row = this.#statements.find.get(scope, name, fromMs, toMs, manager)
    if (row === undefined) return null
    const number = Number(row.id)
    this.drop(number)
    const [actor, event] = [parseJson(String(row.actor)), JSON.parse(String(row.event))]
    return { number, attributed: { occurredAtMs: Number(row.occurred_at), actor, event } }
  }

  dropUntil(atMs: number): number {
    return this.#dropped(this.#statements.dropUntil.run(atMs))
  }

  *changesOf(last: number): Generator<AttributableChange> {
    let row = this.#sql.attributable.get(last)
    for (let looked = 0; row !== undefined && looked < maxLookedAt; looked++) {
      const previous = Number(row.prev)
      const before = previous === 0 ? undefined : this.#sql.attributable.get(previous)
      yield {
        offset: Number(row.offset),
        version: Number(row.version),
        observedAtMs: Number(row.observed_at),
        observedBeforeMs: previous === 0 ? null : Number(before?.observed_at ?? row.prev_at),
        actor: text(row.actor),
        occurredAt: text(row.occurred_at),
        header: String(row.header),
      }
      row = before
    }
  }

  /** Writes an entry that the log doesn't have, and what it says into its change. @returns false where the log has it */
  insert(row: Omit<AttributionRow, 'partition'>, scope: number, nextResource: () => number): boolean {
    const { offset, of, resource, version, recordedAtMs, occurredAt, actor, event, header, name } = row
    this.#ownResource ??= this.#makeOwn(nextResource())
    const { changes } = this.#sql.insertReplica.run(
      ...[offset, this.#ownResource, of, resource, 'a', version, recordedAtMs, Date.parse(occurredAt)],
      ...[null, event, occurredAt, actor, header, '[]', null, null],
    )
    if (Number(changes) === 0) return false
    this.#statements.setActor.run(actor, occurredAt, of)
    const { changes: remembered } = this.#statements.remember.run(scope, name, JSON.parse(event).id)
    this.#known += Number(remembered)
    if (this.#known > maxKnownEvents)
      this.#known -= Number(this.#statements.forgetOldest.run(this.#known - maxKnownEvents).changes)
    return true
  }

  /** Forgets everything but the entries, which lie in the log. */
  clear(): void {
    this.#db.exec('DELETE FROM waiting_attributions; DELETE FROM attributed_events')
    this.#waiting = 0
    this.#known = 0
    this.#ownResource = null
  }

  #dropped({ changes }: { readonly changes: number | bigint }): number {
    this.#waiting -= Number(changes)
    return Number(changes)
  }

  #findOwn(): number | null {
    const row = this.#statements.findOwn.get(ownScope)
    return row === undefined ? null : Number(row.id)
  }

  #makeOwn(id: number): number {
    this.#statements.makeScope.run(ownScope)
    this.#statements.makeResource.run(id, resourceState.deleted, packHashes(noHashes, 0), ownScope)
    return id
  }
}

const statements = {
  countWaiting: 'SELECT count(*) AS n FROM waiting_attributions',
  countKnown: 'SELECT count(*) AS n FROM attributed_events',
  knows: `SELECT 1 FROM waiting_attributions WHERE scope = ? AND name = ? AND event_id = ?
    UNION ALL SELECT 1 FROM attributed_events WHERE scope = ? AND name = ? AND event_id = ?`,
  wait: `INSERT INTO waiting_attributions (id, scope, name, event_id, at, occurred_at, actor, event)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  find: `SELECT id, occurred_at, actor, event FROM waiting_attributions WHERE scope = ? AND name = ? AND occurred_at BETWEEN ? AND ?
      AND json_extract(actor, '$.manager') IS ? ORDER BY id LIMIT 1`,
  drop: 'DELETE FROM waiting_attributions WHERE id = ?',
  dropEvent: 'DELETE FROM waiting_attributions WHERE scope = ? AND name = ? AND event_id = ?',
  dropOldest: 'DELETE FROM waiting_attributions WHERE id <= ?',
  dropUntil: 'DELETE FROM waiting_attributions WHERE at <= ?',
  remember: 'INSERT OR IGNORE INTO attributed_events (scope, name, event_id) VALUES (?, ?, ?)',
  forgetOldest: 'DELETE FROM attributed_events WHERE id IN (SELECT id FROM attributed_events ORDER BY id LIMIT ?)',
  setActor: 'UPDATE changes SET actor = ?, occurred_at = ? WHERE offset = ?',
  findOwn: 'SELECT resources.id FROM resources JOIN scopes ON scopes.id = resources.scope WHERE scopes.scope = ?',
  makeScope: 'INSERT OR IGNORE INTO scopes (scope, forgotten) VALUES (?, 1)',
  makeResource: `INSERT INTO resources SELECT ?1, id, '', 0, 0, ?2, ?3, NULL, 0, 0, 0 FROM scopes WHERE scope = ?4`,
} as const

const prepare = (db: DatabaseSync) =>
  Object.fromEntries(Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)])) as Record<
    keyof typeof statements,
    StatementSync
  >
