import type { ScanError } from './record.ts'
import type { Scope } from './scope.ts'

/**
 * fresh: completely scanned recently; stale: not recently; failing: the last attempt failed; held: deletes wait for a second
 * scan or an operator; events: no scan has ever begun here, so it has no freshness and is never stale; gone: the last attempt
 * found that what the scope stands for (a state file) is there no more; its resources are kept.
 */
export const scopeConditions = ['fresh', 'stale', 'failing', 'held', 'events', 'gone'] as const
export type ScopeCondition = (typeof scopeConditions)[number]

/**
 * due: waits for its time or a permit; scanning; following: a watch is open; backing_off: waits after a failure; throttled:
 * the system's rate limit holds it; not_ours: another node or another source reads it.
 */
export const targetStates = ['due', 'scanning', 'following', 'backing_off', 'throttled', 'not_ours'] as const
export type TargetState = (typeof targetStates)[number]

/** What reads a scope, as this process knows it. */
export interface ScopeSource {
  /** `KIND:WHERE`, without credentials. */
  name: string
  state: TargetState
  since: string
  /** Resources seen by the scan under way, or by the last one. */
  observed: number
  /** Failed scans in a row. */
  failures: number
  error: string | null
}

export interface ScopeStatus {
  scope: Scope
  status: ScopeCondition
  /** As the scan's sender states it. */
  last_attempt_at: string | null
  /** When the last complete scan was committed, by this deployment's clock: a sender's may be years off. */
  last_complete_at: string | null
  /** When the last change of one of its resources was recorded; null for none. */
  last_change_at: string | null
  /** Since when each scan has found that what the scope stands for is gone; null where the last one did not. */
  gone_since: string | null
  /** Live resources. */
  resources: number
  errors: ScanError[]
  /** Worth a look, but the scan stands: a new Terraform lineage, a serial that went back. */
  warnings: ScanError[]
  /** What the source last said of itself: a Terraform lineage and serial. */
  attributes: Record<string, unknown>
  /** Deletes that wait, of how many live resources, and the first hundred keys. */
  held: { deletes: number; of: number; keys: string[] } | null
  /** Absent where no source of this process reads the scope. */
  source?: ScopeSource
}

export interface DeadLetter {
  at: string
  reason: string
  /** Where it came from: `ingest line 3`, `vaino.resources partition 2 offset 17`, a file's line. */
  source: string
  /** The first bytes, with whatever looks like a secret masked. */
  preview: string
}

/** Bytes that a dead letter takes in an answer. */
export const sizeOfLetter = (letter: DeadLetter): number => Buffer.byteLength(JSON.stringify(letter))

/** What becomes of a message of a feed. */
export const feedOutcomes = [
  /** It woke scopes. */
  'taken',
  /** It came before. */
  'duplicate',
  /** It is about nothing that is watched. */
  'not_watched',
  /** It can't be read. */
  'unusable',
] as const
export type FeedOutcome = (typeof feedOutcomes)[number]
