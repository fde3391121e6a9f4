import type { AttributableChange, Attributed } from './attribution.ts'
import type { Actor, DeleteReason, FieldChange, Op } from './change.ts'
import type { ScanError } from './record.ts'
import type { Resource } from './resource.ts'
import type { Scope } from './scope.ts'

/** What a partition holds of a scope while it works on it. Written back with the transaction that changed it. */
export interface ScopeState {
  readonly id: number
  readonly scope: Scope
  /** Live resources, the held ones included. */
  live: number
  /** Offset and time of the last change of one of its resources; 0 and null for none. */
  lastChange: number
  lastChangeAtMs: number | null
  /** Live resources whose delete waits (invariant I6). */
  held: number
  /** A complete scan has ended here before, so a first sight is a creation. */
  hadComplete: boolean
  /** The open scan's id; null when none is open. */
  scan: string | null
  /** Where in the input the open scan began, as far as the input has offsets. */
  scanFrom: number | null
  /** Which scan the marks of this scope's resources belong to. */
  epoch: number
  /** Live resources observed since the open scan began, with it or without. */
  seen: number
  /** Distinct ids observed under the open scan. */
  seenUnderScan: number
  /** Live resources when the open scan began; null where that isn't known (an earlier vaino began it). */
  liveAtBegin: number | null
  /** The last change's offset when the open scan began; null as for {@link liveAtBegin}. */
  headAtBegin: number | null
  /** Of the resources that were live when the open scan began: how many it has seen. */
  seenFromBefore: number
  /** A scan that was refused because it is older than the one that ended last: its observations are passed over. */
  outdatedScan: string | null
  /** The scan that ended last; null for none, and where it isn't known. */
  ended: EndedScan | null
  /** When the open scan began, by its begin; where none is open, when the last one ended or began. */
  lastAttemptAtMs: number | null
  lastCompleteAtMs: number | null
  /** As the last complete scan's end says: every live, unheld resource was seen so at this time. */
  confirmedAtMs: number | null
  failed: boolean
  /** When the last complete scan was committed, by this deployment's clock; `lastCompleteAtMs` is its sender's. */
  completedAtMs: number | null
  /** Since when each scan has found that what the scope stands for is gone; null: the last one did not. */
  goneSinceMs: number | null
  /**
   * No scan and no live resource has come for it, or an operator has forgotten it since: it is listed nowhere. A record that does
   * nothing (`gone` of an unknown id, the end of a scan that isn't open) lists no scope.
   */
  isForgotten: boolean
}

/** Which scan it was: its name alone doesn't say, because names are used again. */
export interface EndedScan {
  readonly scan: string
  /** As its begin says. */
  readonly beganAtMs: number | null
  /** As its end says; null where it doesn't. */
  readonly endedAtMs: number | null
}

/** A resource's narrow row. */
export interface ResourceState {
  readonly id: number
  readonly name: string
  /** Offset of its last change. */
  readonly last: number
  readonly version: number
  readonly condition: 'deleted' | 'live' | 'held'
  readonly uid: string | null
  readonly firstSeenMs: number
  readonly changedAtMs: number
  readonly observedAtMs: number
  readonly hashes: Hashes
  /** Of its class, in its partition; 0 where it isn't known, or the resource is deleted. */
  readonly classNumber: number
}

/** Four 32-bit halves: of the document's bytes as they came, and of what is compared in it. */
export interface Hashes {
  readonly rawLo: number
  readonly rawHi: number
  readonly canonicalLo: number
  readonly canonicalHi: number
}

/** A hash of a resource's id within its scope; only ever a hint, see {@link PartitionState.recognise}. */
export interface IdHash {
  readonly idLo: number
  readonly idHi: number
}

/** Who saw it, when, in which scan: what a record says around its resource. */
export interface Envelope {
  readonly scan: string | null
  readonly observedAtMs: number
  readonly occurredAt: string | null
  readonly actor: Actor
}

/** A change before it has an offset. */
export interface ChangeDraft {
  readonly op: Op
  readonly reason: DeleteReason | null
  readonly current: ResourceState | null
  readonly resourceName: string
  readonly uid: string | null
  readonly hashes: Hashes | null
  readonly envelope: Envelope
  readonly header: Resource
  readonly fields: readonly FieldChange[]
  /** JSON text. */
  readonly before: string | null
  /** JSON text. */
  readonly after: string | null
}

/** What an observation that changes nothing says all the same. */
export interface Confirmation {
  readonly hashes: Hashes
  readonly uid: string | null
  readonly observedAtMs: number
  /** JSON text; null where it is the current document's. */
  readonly document: string | null
}

export interface ScanResult {
  readonly complete: boolean
  readonly endedAtMs: number
  /** The end's `observed_at` as stated; null if it states none. */
  readonly saidAtMs: number | null
  readonly errors: readonly ScanError[]
  readonly warnings: readonly ScanError[]
  readonly attributes: Readonly<Record<string, unknown>> | null
}

/**
 * What the operators ask of and do to the partition that they work on. Every effect belongs to the transaction that is
 * open, and is visible to the next question at once.
 */
export interface PartitionState {
  /** The scope's state, made when it is new. */
  scope(scope: Scope): ScopeState
  /** The same, but only where it is known. */
  knownScope(scope: Scope): ScopeState | null

  /**
   * Whether this document is, byte for byte, what the id's live resource last looked like; marks it as seen if so. A
   * false answer says nothing (the cache of fingerprints is bounded). A true one needs both hashes to agree, and the
   * document holds the id, so two ids with one hash can't be taken for each other.
   */
  recognise(scope: ScopeState, id: IdHash, rawLo: number, rawHi: number, underScan: boolean): boolean
  find(scope: ScopeState, name: string): ResourceState | null
  /** The live resource's current document, as JSON text. */
  document(resource: ResourceState): string
  /**
   * Notes that a live resource was observed since the open scan began.
   * @param wasLive it was live before this observation
   */
  mark(scope: ScopeState, resourceId: number, underScan: boolean, wasLive: boolean): void

  /** Writes a change and what follows from it; returns the resource's new state. */
  record(scope: ScopeState, draft: ChangeDraft, id: IdHash | null): ResourceState
  /**
   * The same content as before: remembers how it is spelled now, ends a hold, and keeps what isn't compared when
   * `document` is given.
   */
  confirm(scope: ScopeState, resource: ResourceState, id: IdHash, confirmation: Confirmation): void

  /** Attributions that wait for their change. */
  readonly waitingAttributions: number
  /** Whether this event has made an entry for the resource, or waits. */
  knowsEvent(scope: ScopeState, name: string, eventId: string): boolean
  /** The changes of a resource, newest first, read one at a time; a bounded number of them. */
  attributableChanges(resource: ResourceState): Iterable<AttributableChange>
  /** Writes who made a change: an entry of its own, and into the change. */
  attribute(scope: ScopeState, resource: ResourceState, change: AttributableChange, attributed: Attributed): void
  /** Keeps an attribution until its change comes. @returns how many older ones were dropped for it */
  awaitChange(scope: ScopeState, name: string, attributed: Attributed): number
  /**
   * The oldest waiting attribution of a resource whose time lies in a window, which waits no longer; null for none.
   * @param manager the `manager` of its actor; null: it has none
   */
  takeWaiting(
    scope: ScopeState,
    name: string,
    window: readonly [number, number],
    manager: string | null,
  ): Attributed | null
  /** Drops what came at or before a time and waits still. @returns their number */
  dropWaiting(untilMs: number): number

  beginScan(scope: ScopeState, scan: string, observedAtMs: number): void
  endScan(scope: ScopeState, result: ScanResult): void
  /** Forgets an open scan of which too little is known to believe its end. */
  abandonScan(scope: ScopeState): void
  /** From here on the observations of this scan are passed over; null: of none. */
  passOver(scope: ScopeState, scan: string | null): void
  /** Begins the open scan's marks anew, the scan itself as it is. */
  restartScan(scope: ScopeState): void
  /** Notes an observation of the open scan that was processed before, of a resource that may be deleted by now. */
  remember(scope: ScopeState, resource: ResourceState, underScan: boolean): void
  /** The live resources that the open scan has not seen, as ids, the held ones apart. */
  unseen(scope: ScopeState): { fresh: Uint32Array; held: Uint32Array }
  heldResources(scope: ScopeState): Uint32Array
  /** Live resources, the held ones included. */
  liveResources(scope: ScopeState): Uint32Array
  /** Drops what is known of a scope's scans and takes it off the lists, until something comes for it. */
  forgetScope(scope: ScopeState): void
  resourceById(id: number): ResourceState | null
  /** Holds a delete, or lets go of one. */
  setHeld(scope: ScopeState, resourceId: number, held: boolean): void
  /** Removes an id from the cache of fingerprints: its row says something that bytes alone don't (a hold). */
  forget(id: IdHash): void
}

export const deadLetterReasons = [
  'not_json',
  'not_utf8',
  'too_large',
  'too_deep',
  'unknown_kind',
  'invalid_record',
  'invalid_resource',
  'wrong_partition',
  'scan_not_open',
  'operator_record',
  'crashed_worker',
] as const
export type DeadLetterReason = (typeof deadLetterReasons)[number]

/** Why an observation or a record makes no change, or a change doesn't name its fields; what each means stands in docs/metrics.md. */
export const suppressedReasons = [
  'spelling',
  'not_compared',
  'field_detail',
  'gone_unknown',
  'scan_repeated',
  'scan_outdated',
  'attribution_repeated',
  'attribution_unmatched',
  'attribution_crowded',
] as const
export type SuppressedReason = (typeof suppressedReasons)[number]
