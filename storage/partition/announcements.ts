import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ScopeState } from '../../model/partition-state.ts'
import type { Scope } from '../../model/scope.ts'
import type { ChangeRow, Row } from '../change-row.ts'
import type { ReplicaDeletion, ReplicaOutput, ReplicaScope, ReplicaState } from '../replica.ts'
import { resourceState } from './schema.ts'
import type { ScopeTable } from './scope-table.ts'

/**
 * What the open transaction has to tell other nodes, as it was written: reading it back takes longer than writing it did.
 * Bounded by what one transaction does.
 */
export class Announcements {
  readonly #state: StatementSync
  #changes: ChangeRow[] = []
  /** Of each resource that was touched; null where only the file knows all of it. */
  readonly #resources = new Map<number, ReplicaState | ReplicaDeletion | null>()
  readonly #scopes = new Set<ScopeState>()

  constructor(db: DatabaseSync) {
    this.#state = db.prepare(
      `SELECT scopes.scope, name, version, last, state, uid, first_seen, changed_at, resources.observed_at,
         CASE WHEN state > 0 THEN coalesce((SELECT document FROM refreshed WHERE resource = resources.id),
           (SELECT after FROM changes WHERE offset = last)) END AS document
       FROM resources JOIN scopes ON scopes.id = resources.scope WHERE resources.id = ?`,
    )
  }

  /** A change, and what its resource is by it. */
  change(row: ChangeRow, firstSeenMs: number, uid: string | null): void {
    this.#changes.push(row)
    const { resource, scope, name, version, offset: last, recordedAtMs: changedAtMs, observedAtMs, after } = row
    const state =
      after === null
        ? { scope, name, version, last, firstSeenMs, changedAtMs, observedAtMs }
        : { scope, name, version, last, held: false, firstSeenMs, changedAtMs, observedAtMs, uid, document: after }
    this.#resources.set(resource, state)
  }
  /** A resource that is another without a change: its document was refreshed, or it is held. */
  resource(id: number): void {
    this.#resources.set(id, null)
  }
  scope(state: ScopeState): void {
    this.#scopes.add(state)
  }

  clear(): void {
    this.#changes = []
    this.#resources.clear()
    this.#scopes.clear()
  }

  /**
   * Everything touched since the last call, as it stands in the open transaction. A scope is among it whenever anything is:
   * it tells the last change's offset and the position in the input, so that whoever has nothing else goes on from there.
   */
  take(head: number, input: number, scopes: ScopeTable): ReplicaOutput {
    const changes = this.#changes
    const states: ReplicaState[] = []
    const deletions: ReplicaDeletion[] = []
    for (const [id, told] of this.#resources) {
      const resource = told ?? readResource(this.#state.get(id) as Row)
      if (isState(resource)) states.push(resource)
      else deletions.push(resource)
    }
    const touched = (states.at(-1) ?? deletions.at(-1))?.scope
    if (this.#scopes.size === 0 && touched !== undefined) this.#scopes.add(scopes.get(touched))
    const told = [...this.#scopes].map((state) => replicaScope(state, head, input, scopes))
    this.clear()
    return { changes, states, deletions, scopes: told }
  }
}

const isState = (told: ReplicaState | ReplicaDeletion): told is ReplicaState => 'document' in told

function readResource(row: Row): ReplicaState | ReplicaDeletion {
  const resource = {
    scope: String(row.scope) as Scope,
    name: String(row.name),
    version: Number(row.version),
    last: Number(row.last),
    firstSeenMs: Number(row.first_seen),
    changedAtMs: Number(row.changed_at),
    observedAtMs: Number(row.observed_at),
  }
  if (row.document == null) return resource
  return {
    ...resource,
    held: Number(row.state) === resourceState.held,
    uid: row.uid == null ? null : String(row.uid),
    document: String(row.document),
  }
}

const replicaScope = (state: ScopeState, head: number, input: number, scopes: ScopeTable): ReplicaScope => ({
  scope: state.scope,
  head,
  input,
  hadComplete: state.hadComplete,
  scan: state.scan,
  scanFrom: state.scanFrom,
  lastAttemptAtMs: state.lastAttemptAtMs,
  lastCompleteAtMs: state.lastCompleteAtMs,
  confirmedAtMs: state.confirmedAtMs,
  failed: state.failed,
  ...scopes.lastResult(state),
})
