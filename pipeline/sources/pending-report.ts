import type { NewestChange } from '../intake/newest-changes.ts'
import type { Told } from './read-reported.ts'

/** A resource that events named, until all that came of them is committed. Times are the clock's, milliseconds. */
export interface Pending {
  /** By the time of the event. */
  readonly told: readonly Told[]
  readonly since: number
  /** Readings that showed nothing new. */
  readonly step: number
  /** When it is read, or looked at whether the last reading is recorded. */
  readonly dueAt: number
  /** A reading that may be recorded yet; null: it is read at `dueAt`. */
  readonly handedOn: HandedOn | null
}

/** A reading that others record: with Kafka it is in the log a moment later, if it shows anything new. */
interface HandedOn {
  /** The events that it was made for. */
  readonly told: readonly Told[]
  /** The newest change before it. */
  readonly before: NewestChange
  readonly atMs: number
  /** If nothing of it is recorded until then, it is read again. */
  readonly readAt: number
}

/** Both of one resource. What is said of it anew begins the pauses anew. */
export function together(before: Pending, pending: Pending): Pending {
  const newer = before.since >= pending.since ? before : pending
  const told = [...before.told, ...pending.told].sort((a, b) => a.occurredAt - b.occurredAt)
  const readAt = Math.min(readingAt(before), readingAt(pending))
  const handed = before.handedOn ?? pending.handedOn
  const dueAt = Math.min(before.dueAt, pending.dueAt)
  return { ...newer, told, dueAt, handedOn: handed && { ...handed, readAt } }
}

const readingAt = ({ handedOn, dueAt }: Pending): number => handedOn?.readAt ?? dueAt
