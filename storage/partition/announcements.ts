import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ScopeState } from '../../model/partition-state.ts'
import type { Scope } from '../../model/scope.ts'
import type { AttributionRow, ChangeRow, Row } from '../change-row.ts'
import type { ReplicaDeletion, ReplicaListener, ReplicaScope, ReplicaState, WaitingAttribution } from '../replica.ts'
import { resourceState } from './schema.ts'
import type { ScopeTable } from './scope-table.ts'

/**
 * What the open transaction publishes to other nodes. Changes are published as they are written: reading them back takes longer than
 * writing them did, and keeping them would take as much memory as a scan may delete. Of all else the numbers are kept.
 */
export class Announcements {
  readonly #listener: ReplicaListener
  readonly #state: StatementSync
  /** Resources whose state must be read from the file before it is published. */
  readonly #resources = new Set<number>()
  readonly #scopes = new Set<ScopeState>()
  /** Of a resource that was published. */
  #touched: Scope | null = null

  constructor(db: DatabaseSync, listener: ReplicaListener) {
    this.#listener = listener
    this.#state = db.prepare(
      `SELECT scopes.scope, name, version, last, state, uid, first_seen, changed_at, resources.observed_at,
         CASE WHEN state > 0 THEN coalesce((SELECT document FROM refreshed WHERE resource = resources.id),
           (SELECT after FROM changes WHERE offset = last)) END AS document
       FROM resources JOIN scopes ON scopes.id = resources.scope WHERE resources.id = ?`,
    )
  }

  /** A change, and what its resource is by it. */
  change(row: ChangeRow, firstSeenMs: number, uid: string | null): void {
    const { resource, scope, name, version, offset: last, recordedAtMs: changedAtMs, observedAtMs, after } = row
    this.#listener.change(row)
    if (after === null) this.#listener.deletion({ scope, name, version, last, firstSeenMs, changedAtMs, observedAtMs })
    else {
      const times = { firstSeenMs, changedAtMs, observedAtMs }
      this.#listener.state({ scope, name, version, last, held: false, ...times, uid, document: after })
    }
    this.#resources.delete(resource)
    this.#touched = scope
  }
  attribution(row: AttributionRow): void {
    this.#listener.attribution(row)
    this.#touched = row.scope
  }
  waiting(attribution: WaitingAttribution): void {
    this.#listener.waiting(attribution)
  }
  waitingEnded(number: number): void {
    this.#listener.waitingEnded(number)
  }
  /** A resource that is another without a change: its document was refreshed, or it is held. */
  resource(id: number): void {
    this.#resources.add(id)
  }
  scope(state: ScopeState): void {
    this.#scopes.add(state)
  }

  clear(): void {
    this.#resources.clear()
    this.#scopes.clear()
    this.#touched = null
  }

  /**
   * Publishes the rest, as the open transaction has it. A scope's record is part of it whenever anything was published: it holds the last
   * change's offset and the position in the input, so that a node that has nothing else continues from there.
   */
  publishRest(head: number, input: number, scopes: ScopeTable): void {
    for (const id of this.#resources) {
      const resource = readResource(this.#state.get(id) as Row)
      if (isState(resource)) this.#listener.state(resource)
      else this.#listener.deletion(resource)
      this.#touched = resource.scope
    }
    if (this.#scopes.size === 0 && this.#touched !== null) this.#scopes.add(scopes.get(this.#touched))
    for (const state of this.#scopes) {
      if (state.isForgotten) this.#listener.forgotten({ scope: state.scope, head, input })
      else this.#listener.scope(replicaScope(state, head, input, scopes))
    }
    this.clear()
  }
}

const isState = (published: ReplicaState | ReplicaDeletion): published is ReplicaState => 'document' in published

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
  ended: state.ended,
  lastAttemptAtMs: state.lastAttemptAtMs,
  lastCompleteAtMs: state.lastCompleteAtMs,
  confirmedAtMs: state.confirmedAtMs,
  failed: state.failed,
  liveAtBegin: state.liveAtBegin,
  headAtBegin: state.headAtBegin,
  completedAtMs: state.completedAtMs,
  goneSinceMs: state.goneSinceMs,
  ...scopes.lastResult(state),
})
