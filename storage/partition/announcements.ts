import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Op } from '../../model/change.ts'
import type { ScopeState } from '../../model/partition-state.ts'
import type { Scope } from '../../model/scope.ts'
import { type Row, readChange, selectChanges } from '../change-row.ts'
import type { ReplicaOutput, ReplicaScope, ReplicaState } from '../replica.ts'
import { resourceState } from './schema.ts'
import type { ScopeTable } from './scope-table.ts'

/** What the open transaction has touched and other nodes have to be told; bounded by what one transaction does. */
export class Announcements {
  readonly #changes: StatementSync
  readonly #state: StatementSync
  readonly #resources = new Set<number>()
  readonly #scopes = new Set<ScopeState>()

  constructor(db: DatabaseSync) {
    this.#changes = db.prepare(`${selectChanges} WHERE changes.offset > ? ORDER BY changes.offset`)
    this.#state = db.prepare(
      `SELECT scopes.scope, name, version, last, state, first_seen, changed_at, resources.observed_at,
         CASE WHEN state > 0 THEN coalesce((SELECT document FROM refreshed WHERE resource = resources.id),
           (SELECT after FROM changes WHERE offset = last)) END AS document,
         (SELECT op FROM changes WHERE offset = last) AS op
       FROM resources JOIN scopes ON scopes.id = resources.scope WHERE resources.id = ?`,
    )
  }

  resource(id: number): void {
    this.#resources.add(id)
  }
  scope(state: ScopeState): void {
    this.#scopes.add(state)
  }

  clear(): void {
    this.#resources.clear()
    this.#scopes.clear()
  }

  /** Everything touched since the last call, as it stands in the open transaction. */
  take(partition: number, headBefore: number, head: number, scopes: ScopeTable): ReplicaOutput {
    const changes = (this.#changes.all(headBefore) as Row[]).map((row) => readChange(partition, row))
    const states = [...this.#resources].sort((a, b) => a - b).map((id) => readState(this.#state.get(id) as Row))
    const told = [...this.#scopes].map((state) => replicaScope(state, head, scopes))
    this.clear()
    return { changes, states, scopes: told }
  }
}

const readState = (row: Row): ReplicaState => ({
  scope: String(row.scope) as Scope,
  name: String(row.name),
  version: Number(row.version),
  last: Number(row.last),
  op: String(row.op ?? 'u') as Op,
  held: Number(row.state) === resourceState.held,
  firstSeenMs: Number(row.first_seen),
  changedAtMs: Number(row.changed_at),
  observedAtMs: Number(row.observed_at),
  document: row.document == null ? null : String(row.document),
})

const replicaScope = (state: ScopeState, head: number, scopes: ScopeTable): ReplicaScope => ({
  scope: state.scope,
  head,
  hadComplete: state.hadComplete,
  scan: state.scan,
  scanFrom: state.scanFrom,
  lastAttemptAtMs: state.lastAttemptAtMs,
  lastCompleteAtMs: state.lastCompleteAtMs,
  confirmedAtMs: state.confirmedAtMs,
  failed: state.failed,
  ...scopes.lastResult(state),
})
