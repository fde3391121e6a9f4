import { isObject, parseJson } from './json.ts'
import type { Json } from './resource.ts'

/** Milliseconds by which an attribution's time may lie outside its change's: the clocks of the system, its log and its collector differ. */
const slackMs = 10 * 60_000
/** Milliseconds for which an attribution waits for its change to be observed. */
export const waitMs = 10 * 60_000
/** Attributions of one partition that wait at most; the one is dropped that as many newer ones have followed. */
export const maxWaiting = 10_000
/** Events of one partition that are known to have been attributed; of older ones a repetition is taken for another event. */
export const maxKnownEvents = 10_000
/** Changes of one resource, the newest, among which an attribution's change is looked for. */
export const maxLookedAt = 1_000
/** Characters of an actor as JSON. */
export const maxActorLength = 8_192
/** Characters of an event's id, name and source, each. */
export const maxEventText = 512

/** The entry of the system's own log that says who made a change. */
export interface AttributedEvent {
  /** The same whenever the event is delivered: a repetition adds nothing. */
  readonly id: string
  readonly name: string | null
  readonly source: string | null
}

/** Who made a change, said after the fact. */
export interface Attributed {
  readonly occurredAtMs: number
  readonly actor: Json
  readonly event: AttributedEvent
}

/** A recorded change as far as an attribution asks. */
export interface AttributableChange {
  readonly offset: number
  readonly version: number
  readonly observedAtMs: number
  /** When the change before it was observed, or was recorded where only that is known; null: it is the first. */
  readonly observedBeforeMs: number | null
  /** JSON text; null where nobody is known. */
  readonly actor: string | null
  /** RFC 3339 in UTC. */
  readonly occurredAt: string | null
  /** The resource's header as JSON text. */
  readonly header: string
}

/** The times that a change may have been made at: from the observation before it to its own, and some more at either end. Unix milliseconds. */
const windowOf = ({ observedAtMs, observedBeforeMs }: AttributableChange): readonly [number, number] => [
  observedBeforeMs === null ? Number.MIN_SAFE_INTEGER : Math.min(observedBeforeMs, observedAtMs) - slackMs,
  observedAtMs + slackMs,
]

/** Seconds are what Kubernetes has of a write's time; the log has when its request came. */
const sameWriteMs = 2_000

/** The program that an attribution says made the change, as the system itself calls it; null: it says none. */
const managerIn = (actor: Json): string | null =>
  isObject(actor) && typeof actor.manager === 'string' ? actor.manager : null

/**
 * What a waiting attribution of a recorded change must say: its time and, where the change itself names the program that made it and nobody
 * behind it (a field manager of Kubernetes), that program. Null: its maker is known.
 */
export function awaitedBy(
  change: AttributableChange,
): { readonly window: readonly [number, number]; readonly manager: string | null } | null {
  if (change.actor === null) return { window: windowOf(change), manager: null }
  const actor = parseJson(change.actor)
  if (
    !isObject(actor) ||
    actor.type !== 'field_manager' ||
    typeof actor.name !== 'string' ||
    change.occurredAt === null
  )
    return null
  const atMs = Date.parse(change.occurredAt)
  return { window: [atMs - sameWriteMs, atMs + sameWriteMs], manager: actor.name }
}

/** Whether an attribution is of a change, as far as the change says who made it. */
function isAwaited(change: AttributableChange, { occurredAtMs, actor }: Attributed): boolean {
  const awaited = awaitedBy(change)
  if (awaited === null || awaited.manager !== managerIn(actor)) return false
  const [from, to] = awaited.window
  return occurredAtMs >= from && occurredAtMs <= to
}

/**
 * The newest change that may have been made at this time and whose maker isn't known, or is a program that the attribution names; null for none. `known`: a change says the same of
 * its maker already, because its observation did.
 * @param changes newest first
 */
export function changeMadeAt(
  changes: Iterable<AttributableChange>,
  attributed: Attributed,
): AttributableChange | 'known' | null {
  const { occurredAtMs, actor } = attributed
  const said = JSON.stringify(actor)
  const occurredAt = new Date(occurredAtMs).toISOString()
  let found: AttributableChange | null = null
  for (const change of changes) {
    const [from, to] = windowOf(change)
    if (found !== null && occurredAtMs > to) break
    if (occurredAtMs < from || occurredAtMs > to) continue
    if (isAwaited(change, attributed)) found ??= change
    else if (change.actor === said && change.occurredAt === occurredAt) return 'known'
  }
  return found
}
