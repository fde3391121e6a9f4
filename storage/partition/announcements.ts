import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ScopeState } from '../../model/partition-state.ts'
import type { Scope } from '../../model/scope.ts'
import { type Row, readChange, selectChanges } from '../change-row.ts'
import type { ReplicaDeletion, ReplicaOutput, ReplicaScope, ReplicaState } from '../replica.ts'
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
      `SELECT scopes.scope, name, version, last, state, uid, first_seen, changed_at, resources.observed_at,
         CASE WHEN state > 0 THEN coalesce((SELECT document FROM refreshed WHERE resource = resources.id),
           (SELECT after FROM changes WHERE offset = last)) END AS document
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

  /**
   * Everything touched since the last call, as it stands in the open transaction. Together the states and scopes always tell
   * the last change's offset, so that whoever has nothing else doesn't give it again.
   */
  take(partition: number, headBefore: number, head: number, scopes: ScopeTable): ReplicaOutput {
    const changes = (this.#changes.all(headBefore) as Row[]).map((row) => readChange(partition, row))
    const rows = [...this.#resources].sort((a, b) => a - b).map((id) => this.#state.get(id) as Row)
    const states = rows.flatMap((row) => readState(row) ?? [])
    const deletions = rows.flatMap((row) => (row.document == null ? [nameOf(row)] : []))
    const last = changes.at(-1)
    if (last?.op === 'd') this.#scopes.add(scopes.get(last.scope))
    const told = [...this.#scopes].map((state) => replicaScope(state, head, scopes))
    this.clear()
    return { changes, states, deletions, scopes: told }
  }
}

const nameOf = (row: Row): ReplicaDeletion => ({ scope: String(row.scope) as Scope, name: String(row.name) })

const readState = (row: Row): ReplicaState | null =>
  row.document == null
    ? null
    : {
        ...nameOf(row),
        version: Number(row.version),
        last: Number(row.last),
        held: Number(row.state) === resourceState.held,
        firstSeenMs: Number(row.first_seen),
        changedAtMs: Number(row.changed_at),
        observedAtMs: Number(row.observed_at),
        uid: row.uid == null ? null : String(row.uid),
        document: String(row.document),
      }

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
