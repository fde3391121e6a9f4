import { type Row, text } from '../change-row.ts'

/** What the next message says of a subject. */
export type Pending = 'open' | 'changed' | 'resolved'

/** One thing that a route is told of, from its opening to its end. */
export interface SubjectRow {
  readonly route: string
  readonly subject: string
  /** `drift` or `health`. */
  readonly source: string
  /** The key of its group in the route. */
  readonly grouped: string
  /** Whose scans are counted while it is held. */
  readonly scope: string
  /** The worse the smaller: the order in a message. */
  readonly rank: number
  readonly pending: Pending | null
  /** The number of scans of its scope at which it is told; null: it is not held. */
  readonly heldUntil: number | null
  /** How it is, JSON text. */
  readonly said: string
  /** How it was when a message last told of it, JSON text; null: none has. */
  readonly told: string | null
  /** The last comparison that has seen it. */
  readonly generation: number
}

/** What is told in one message. */
export interface GroupRow {
  readonly route: string
  readonly grouped: string
  /** Name → value, JSON text. */
  readonly labels: string
  /** When its next message is due, Unix milliseconds; null: nothing is to be told. */
  readonly dueAtMs: number | null
  /** How long it was put off when {@link dueAtMs} was set: a clock that was set back shows by a due time that is further away than that. */
  readonly waitMs: number
  /** When it was last told of; null: never. */
  readonly toldAtMs: number | null
  /** The first changes that wait, JSON text of a list, and how many there are. */
  readonly events: string
  readonly eventCount: number
}

export interface OutboxRow {
  readonly seq: number
  readonly sink: string
  readonly id: string
  /** Messages of one incident go in their order. */
  readonly incident: string
  /** JSON text. */
  readonly message: string
  readonly createdAtMs: number
  readonly attempts: number
  readonly error: string | null
}

export interface DeadRow extends OutboxRow {
  readonly deadAtMs: number
  readonly reason: string
}

export const toSubject = (row: Row): SubjectRow => ({
  route: String(row.route),
  subject: String(row.subject),
  source: String(row.source),
  grouped: String(row.grouped),
  scope: String(row.scope),
  rank: Number(row.rank),
  pending: text(row.pending) as Pending | null,
  heldUntil: numberOrNull(row.held_until),
  said: String(row.said),
  told: text(row.told),
  generation: Number(row.generation),
})

export const toGroup = (row: Row): GroupRow => ({
  route: String(row.route),
  grouped: String(row.grouped),
  labels: String(row.labels),
  dueAtMs: numberOrNull(row.due_at),
  waitMs: Number(row.wait_ms),
  toldAtMs: numberOrNull(row.told_at),
  events: String(row.events),
  eventCount: Number(row.event_count),
})

export const toOutbox = (row: Row): OutboxRow => ({
  seq: Number(row.seq),
  sink: String(row.sink),
  id: String(row.id),
  incident: String(row.incident),
  message: String(row.message),
  createdAtMs: Number(row.created_at),
  attempts: Number(row.attempts),
  error: text(row.error),
})

export const toDead = (row: Row): DeadRow => ({
  ...toOutbox(row),
  deadAtMs: Number(row.dead_at),
  reason: String(row.dead_reason),
})

const numberOrNull = (value: Row[string] | undefined): number | null => (value == null ? null : Number(value))
