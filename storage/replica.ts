import type { Attributed } from '../model/attribution.ts'
import type { EndedScan } from '../model/partition-state.ts'
import type { ScanError } from '../model/record.ts'
import type { Scope } from '../model/scope.ts'
import type { AttributionRow, ChangeRow } from './change-row.ts'

/**
 * Receives what a transaction of a partition's owner does, as it does it: enough to keep a second file that answers every
 * question as the first one does, and to take the partition over. Of two reports of one resource the later one holds.
 * Reports of a transaction that failed are void.
 */
export interface ReplicaListener {
  change(change: ChangeRow): void
  attribution(attribution: AttributionRow): void
  waiting(attribution: WaitingAttribution): void
  /** Its change has come. Nothing is said of one that has waited for too long. @param number that of the attribution */
  waitingEnded(number: number): void
  state(state: ReplicaState): void
  deletion(deletion: ReplicaDeletion): void
  scope(scope: ReplicaScope): void
  forgotten(scope: ForgottenScope): void
}

/** A scope that an operator has forgotten, with what its record would say of the partition. */
export type ForgottenScope = Pick<ReplicaScope, 'scope' | 'head'> & { readonly input: number }

/** A change as another node has recorded it; its numbers stand for good. */
export type ReplicaChange = Omit<ChangeRow, 'partition' | 'resource'>

/** Who made a change, as another node has recorded it. */
export type ReplicaAttribution = Omit<AttributionRow, 'partition' | 'resource'>

/** Who made a change that hasn't come yet. It waits for `waitMs` of `model/attribution.ts`. */
export interface WaitingAttribution extends Attributed {
  readonly scope: Scope
  readonly name: string
  /** From 1, in the order in which attributions began to wait; begins anew when none waits. */
  readonly number: number
  /** When it began to wait, in Unix milliseconds. */
  readonly sinceMs: number
}

/** What a resource is now. */
export interface ReplicaState {
  readonly scope: Scope
  readonly name: string
  readonly version: number
  /** Offset of its last change. */
  readonly last: number
  readonly held: boolean
  readonly firstSeenMs: number
  readonly changedAtMs: number
  readonly observedAtMs: number
  /** An identity that the document may not state any more. */
  readonly uid: string | null
  /** JSON text. */
  readonly document: string
}

/** A resource that is no more: its version, last change and times are those of the delete. */
export type ReplicaDeletion = Omit<ReplicaState, 'held' | 'uid' | 'document'>

/** A deleted resource, reported without its document. */
export type ReplicaRemoval = Pick<ReplicaState, 'scope' | 'name'>

/** A scope's state, without its resources. */
export interface ReplicaScope {
  readonly scope: Scope
  /** The partition's last change when this was said: what has been numbered is never numbered again. */
  readonly head: number
  /** The input offset that came next then: a new owner goes on there where nobody else remembers. Null: it wasn't said. */
  readonly input: number | null
  readonly hadComplete: boolean
  readonly scan: string | null
  /** Where in the input the open scan's begin stands, so that a new owner can learn what it has seen. */
  readonly scanFrom: number | null
  /** The scan that ended last; null for none, or not stated. */
  readonly ended: EndedScan | null
  readonly lastAttemptAtMs: number | null
  readonly lastCompleteAtMs: number | null
  readonly confirmedAtMs: number | null
  readonly failed: boolean
  /** Live resources, and the last change's offset, when the open scan began; null: not stated. */
  readonly liveAtBegin: number | null
  readonly headAtBegin: number | null
  /** When the last complete scan was committed, by its owner's clock; null: not stated. */
  readonly completedAtMs: number | null
  /** Since when each scan has found that what the scope stands for is gone; null: it isn't, or it wasn't stated. */
  readonly goneSinceMs: number | null
  readonly errors: readonly ScanError[]
  readonly warnings: readonly ScanError[]
  readonly attributes: Readonly<Record<string, unknown>>
}
