import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import { LRUCache } from 'lru-cache'
import type { EndedScan, ScanResult, ScopeState } from '../../model/partition-state.ts'
import type { Scope } from '../../model/scope.ts'
import type { Row } from '../change-row.ts'
import type { ReplicaScope } from '../replica.ts'

/** Scopes held in memory per partition; the rest are read back when they are next mentioned. About 500 bytes each. */
const maxScopes = 20_000

const noNotes = JSON.stringify([])
const noAttributes = JSON.stringify({})
/** Characters of attributes that are kept in memory. */
const maxKeptText = 100

const keptText = (attributes: string): string => (attributes.length <= maxKeptText ? attributes : '')

const numberOrNull = (value: SQLOutputValue | undefined): number | null => (value == null ? null : Number(value))

/** The scopes of one partition: read through a bounded cache, written back with the transaction that changed them. */
export class ScopeTable {
  readonly #cache = new LRUCache<string, ScopeState>({ max: maxScopes })
  /** Bounded by the scopes that one transaction touches; they must not be evicted before they are written. */
  readonly #dirty = new Map<string, ScopeState>()
  /** Those whose last change alone is to be written. */
  readonly #changed = new Map<string, ScopeState>()
  /** Those whose rows have neither errors nor warnings, with the attributes there as JSON; empty where these are long. */
  readonly #withoutNotes = new WeakMap<ScopeState, string>()
  readonly #exists: StatementSync
  readonly #select: StatementSync
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #updateLastChange: StatementSync
  readonly #finish: StatementSync
  readonly #openScans: StatementSync
  readonly #recordEnded: StatementSync
  readonly #dropEnded: StatementSync

  constructor(db: DatabaseSync) {
    this.#exists = db.prepare('SELECT 1 FROM scopes WHERE scope = ?')
    this.#select = db.prepare(
      `SELECT scopes.*, ended_scans.scan AS ended_scan, began_at FROM scopes
         LEFT JOIN ended_scans ON ended_scans.scope = scopes.id WHERE scopes.scope = ?`,
    )
    this.#insert = db.prepare('INSERT INTO scopes (scope, forgotten) VALUES (?, 1)')
    this.#updateLastChange = db.prepare('UPDATE scopes SET last_change = ?, last_change_at = ? WHERE id = ?')
    this.#update = db.prepare(
      `UPDATE scopes SET live = ?, held = ?, had_complete = ?, scan = ?, scan_from = ?, epoch = ?, seen = ?, seen_under_scan = ?,
         last_attempt_at = ?, last_complete_at = ?, confirmed_at = ?, failed = ?, live_at_begin = ?, head_at_begin = ?,
         seen_from_before = ?, outdated_scan = ?, completed_at = ?, forgotten = ?, ended_at = ?, gone_since = ?,
         last_change = ?, last_change_at = ? WHERE id = ?`,
    )
    this.#openScans = db.prepare('SELECT scope FROM scopes WHERE scan IS NOT NULL ORDER BY scope')
    this.#recordEnded = db.prepare('INSERT OR REPLACE INTO ended_scans (scope, scan, began_at) VALUES (?, ?, ?)')
    this.#dropEnded = db.prepare('DELETE FROM ended_scans WHERE scope = ?')
    this.#finish = db.prepare(
      'UPDATE scopes SET errors = ?, warnings = ?, attributes = coalesce(?, attributes) WHERE id = ?',
    )
  }

  find(scope: Scope): ScopeState | null {
    const held = this.#dirty.get(scope) ?? this.#changed.get(scope) ?? this.#cache.get(scope)
    if (held) return held
    // A row of thirty columns takes 14 µs to ask for, there or not, and most that are not in memory are new: 0.6 µs.
    if (this.#exists.get(scope) === undefined) return null
    const row = this.#select.get(scope) as Row
    const state = fromRow(row)
    if (row.errors === noNotes && row.warnings === noNotes)
      this.#withoutNotes.set(state, keptText(String(row.attributes)))
    this.#cache.set(scope, state)
    return state
  }

  get(scope: Scope): ScopeState {
    const found = this.find(scope)
    if (found) return found
    const made = newScope(Number(this.#insert.run(scope).lastInsertRowid), scope)
    this.#withoutNotes.set(made, noAttributes)
    this.#cache.set(scope, made)
    return made
  }

  clear(): void {
    this.#cache.clear()
    this.#dirty.clear()
    this.#changed.clear()
  }

  touch(state: ScopeState): void {
    this.#dirty.set(state.scope, state)
  }

  /** As {@link touch}, where nothing but its last change is new: a third of the cost, and a small commit has one for each change. */
  touchLastChange(state: ScopeState): void {
    this.#changed.set(state.scope, state)
  }

  /** What the last scan said, which isn't kept in memory. */
  lastResult(state: ScopeState): Pick<ReplicaScope, 'errors' | 'warnings' | 'attributes'> {
    const row = this.#select.get(state.scope) as Row
    return {
      errors: JSON.parse(String(row.errors)),
      warnings: JSON.parse(String(row.warnings)),
      attributes: JSON.parse(String(row.attributes)),
    }
  }

  withOpenScan(): ScopeState[] {
    const found = this.#openScans.all().flatMap((row) => this.find(String(row.scope) as Scope) ?? [])
    return found.filter(({ scan }) => scan !== null)
  }

  recordResult(state: ScopeState, result: Pick<ScanResult, 'errors' | 'warnings' | 'attributes'>): void {
    const [errors, warnings] = [JSON.stringify(result.errors), JSON.stringify(result.warnings)]
    const isWithout = errors === noNotes && warnings === noNotes
    // Most scans end as the one before: their scope's row says it already.
    const attributes = result.attributes === null ? null : JSON.stringify(result.attributes)
    const known = this.#withoutNotes.get(state)
    if (isWithout && known !== undefined && (attributes ?? known) === known) return
    this.#finish.run(errors, warnings, attributes, state.id)
    if (isWithout) this.#withoutNotes.set(state, keptText(attributes ?? known ?? ''))
    else this.#withoutNotes.delete(state)
  }

  /** As if nothing had ever come for it; its row stays, because resources that are no more refer to it. */
  forget(state: ScopeState): void {
    Object.assign(state, {
      ...{ hadComplete: false, scan: null, scanFrom: null, seen: 0, seenUnderScan: 0, seenFromBefore: 0, ended: null },
      ...{ lastAttemptAtMs: null, lastCompleteAtMs: null, confirmedAtMs: null, completedAtMs: null, failed: false },
      goneSinceMs: null,
      ...{ liveAtBegin: null, headAtBegin: null, outdatedScan: null, isForgotten: true },
    } satisfies Partial<ScopeState>)
    this.recordResult(state, { errors: [], warnings: [], attributes: {} })
    this.#dropEnded.run(state.id)
    this.touch(state)
  }

  setEnded(state: ScopeState, ended: EndedScan): void {
    state.ended = ended
    this.#recordEnded.run(state.id, ended.scan, ended.beganAtMs)
    this.touch(state)
  }

  /** Writes what this transaction changed. */
  flush(): void {
    for (const s of this.#changed.values()) {
      if (!this.#dirty.has(s.scope)) this.#updateLastChange.run(s.lastChange, s.lastChangeAtMs, s.id)
    }
    this.#changed.clear()
    for (const s of this.#dirty.values()) {
      this.#update.run(
        s.live,
        s.held,
        Number(s.hadComplete),
        s.scan,
        s.scanFrom,
        s.epoch,
        s.seen,
        s.seenUnderScan,
        s.lastAttemptAtMs,
        s.lastCompleteAtMs,
        s.confirmedAtMs,
        Number(s.failed),
        s.liveAtBegin,
        s.headAtBegin,
        s.seenFromBefore,
        s.outdatedScan,
        s.completedAtMs,
        Number(s.isForgotten),
        s.ended?.endedAtMs ?? null,
        s.goneSinceMs,
        s.lastChange,
        s.lastChangeAtMs,
        s.id,
      )
      this.#cache.set(s.scope, s)
    }
    this.#dirty.clear()
  }
}

/** As the table's defaults have it. */
const newScope = (id: number, scope: Scope): ScopeState => ({
  ...{
    id,
    scope,
    live: 0,
    held: 0,
    lastChange: 0,
    lastChangeAtMs: null,
    hadComplete: false,
    isForgotten: true,
    failed: false,
  },
  ...{ scan: null, scanFrom: null, epoch: 0, seen: 0, seenUnderScan: 0, seenFromBefore: 0, ended: null },
  ...{ lastAttemptAtMs: null, lastCompleteAtMs: null, confirmedAtMs: null, completedAtMs: null, goneSinceMs: null },
  ...{ liveAtBegin: null, headAtBegin: null, outdatedScan: null },
})

const fromRow = (row: Row): ScopeState => ({
  id: Number(row.id),
  scope: String(row.scope) as Scope,
  live: Number(row.live),
  held: Number(row.held),
  lastChange: Number(row.last_change ?? 0),
  lastChangeAtMs: numberOrNull(row.last_change_at),
  hadComplete: Number(row.had_complete) === 1,
  scan: row.scan == null ? null : String(row.scan),
  scanFrom: numberOrNull(row.scan_from),
  epoch: Number(row.epoch),
  seen: Number(row.seen),
  seenUnderScan: Number(row.seen_under_scan),
  ended: row.ended_scan == null ? null : readEnded(row),
  lastAttemptAtMs: numberOrNull(row.last_attempt_at),
  lastCompleteAtMs: numberOrNull(row.last_complete_at),
  confirmedAtMs: numberOrNull(row.confirmed_at),
  failed: Number(row.failed) === 1,
  liveAtBegin: numberOrNull(row.live_at_begin),
  headAtBegin: numberOrNull(row.head_at_begin),
  seenFromBefore: Number(row.seen_from_before),
  outdatedScan: row.outdated_scan == null ? null : String(row.outdated_scan),
  completedAtMs: numberOrNull(row.completed_at),
  goneSinceMs: numberOrNull(row.gone_since),
  isForgotten: Number(row.forgotten) === 1,
})

const readEnded = (row: Row): EndedScan => ({
  scan: String(row.ended_scan),
  beganAtMs: numberOrNull(row.began_at),
  endedAtMs: numberOrNull(row.ended_at),
})
