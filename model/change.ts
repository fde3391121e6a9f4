import type { AttributedEvent } from './attribution.ts'
import type { Json, Resource, ResourceHeader } from './resource.ts'
import type { Key, Scope } from './scope.ts'

/** `r`: first sight, before its scope's first complete scan has ended; created, updated, deleted. */
export type Op = 'r' | 'c' | 'u' | 'd'
export const ops = ['r', 'c', 'u', 'd'] as const
/** Of an entry of the change log: a change, or `a`, which says later who made one. */
export type EntryOp = Op | 'a'
export const entryOps = [...ops, 'a'] as const
/** Whether an entry of the change log is a change. */
export const isChange = <E extends { readonly op: EntryOp }>(entry: E): entry is Exclude<E, { readonly op: 'a' }> =>
  entry.op !== 'a'

/**
 * Why a resource was deleted: a complete scan missed it, its source said so, it was re-created under the same key, or an operator
 * has forgotten its scope.
 */
export type DeleteReason = 'scan' | 'source' | 'replaced' | 'forgotten'

export interface FieldChange {
  /**
   * For people: `configuration.security_groups[id=sg-1].ingress`. It also leads through JSON that a text holds:
   * `configuration.policy.Statement[Sid=read].Action`.
   */
  path: string
  /**
   * RFC 6901, into the `after` document (`before` for a removed field). A pointer can't lead into a text: for what differs
   * within JSON that a text holds, it names the field with that text, while `op`, `before` and `after` are of the inner
   * value, so that several changes may have the same pointer.
   */
  pointer: string
  op: 'add' | 'remove' | 'replace'
  /** `null` where `op` is `add`. */
  before: Json
  /** `null` where `op` is `remove`. */
  after: Json
}

/** The person or program that made the change, as far as it is known. */
export type Actor = Json

/** A recorded difference, as stored, as SSE carries it and as the CLI prints it. */
export interface Change {
  /** `partition-offset`: deterministic, so that a redelivery can be dropped and a gap can be seen. */
  id: string
  op: Op
  key: Key
  /** Counts the changes of one key from 1, and goes on after a delete. */
  version: number
  scope: Scope
  scan: string | null
  resource: ResourceHeader
  recorded_at: string
  observed_at: string
  occurred_at: string | null
  actor: Actor
  reason: DeleteReason | null
  fields: FieldChange[]
  /** The rule that ignores the change; absent where none does. It depends on the rules at the time of reading. */
  rule?: string
  before: Resource | null
  after: Resource | null
  cursor: string
}

/** An entry of the change log that says who made a change. The change itself, read later, has its actor too; nothing else moves. */
export interface AttributionEntry {
  id: string
  op: 'a'
  key: Key
  /** Of the change. */
  version: number
  scope: Scope
  resource: ResourceHeader
  /** The id of the change. */
  of: string
  occurred_at: string
  actor: Actor
  event: AttributedEvent
  /** As for a {@link Change}. */
  rule?: string
  recorded_at: string
  cursor: string
}

/** A live resource with its version and times. */
export interface Item {
  key: Key
  version: number
  scope: Scope
  first_seen: string
  changed_at: string
  /** When it was last seen so; for an unchanged resource this may be the end of the scan that confirmed it. */
  observed_at: string
  resource: Resource
}
