import type { Verdict } from '../../model/drift.ts'
import type { DriftInstance, DriftPair } from '../../storage/drift/drift-rows.ts'
import {
  type Cause,
  type DriftItem,
  entryId,
  iso,
  itemOf,
  type Known,
  knownIn,
  signatureOf,
  unknownAfter,
} from './drift-item.ts'
import type { Judging } from './judging.ts'
import type { MadeBy } from './made-by.ts'

/** A verdict of an instance, or that a collected thing is in no state. */
export type Finding = Omit<Verdict, 'status'> & { readonly status: Verdict['status'] | 'unmanaged' }

/** What the verdict means for the row and the log. An unknown instance leaves what the log said last as it is. */
export function say(
  judging: Judging,
  pair: DriftPair,
  instance: DriftInstance,
  before: DriftInstance | null,
  finding: Finding,
  madeBy: Pick<MadeBy, 'actor' | 'occurredAt'> | null,
  cause: Cause,
): DriftInstance {
  const { status, reason: _reason, ...found } = finding
  const logged = knownIn(instance.logged)
  if (status === 'in_sync') return logged === null ? instance : resolve(judging, pair, instance, logged, cause)
  if (status === 'unknown') return { ...instance, item: JSON.stringify(unknownOf(before, logged, cause)) }
  const openedAtMs = instance.openedAtMs ?? cause.atMs
  const { actor = null, occurredAt: occurred_at = null } = madeBy ?? {}
  const known: Known = { status, ...found, since: iso(openedAtMs), actor, occurred_at }
  const item = JSON.stringify(known)
  if (logged !== null && signatureOf(logged) === signatureOf(known)) return { ...instance, item }
  const next = { ...instance, item, logged: item, openedAtMs }
  append(judging, logged === null ? 'open' : 'changed', cause, itemOf(pair, next, known), null)
  return next
}

/** Keeps what was known last beside the reason why nothing is known now. */
function unknownOf(before: DriftInstance | null, logged: Known | null, cause: Cause): Known {
  const earlier = before?.status === 'unknown' ? knownIn(before.item) : null
  return unknownAfter(logged, earlier?.since ?? iso(cause.atMs))
}

/** Ends what the log said last of an instance. @param reason how, where it is not simply as it should be */
export function resolve(
  judging: Judging,
  pair: DriftPair,
  instance: DriftInstance,
  logged: Known,
  cause: Cause,
  reason: string | null = null,
): DriftInstance {
  const item = { ...itemOf(pair, instance, logged), reason, resolved_at: iso(cause.atMs) }
  append(judging, 'resolved', cause, item, cause.atMs - (instance.openedAtMs ?? cause.atMs))
  return { ...instance, item: null, logged: null, openedAtMs: null }
}

/** Takes an instance out of the view: it is in no state any more, or its live scope is gone. */
export function leave(
  judging: Judging,
  pair: DriftPair,
  row: DriftInstance,
  cause: Cause,
  reason: string | null,
): void {
  const logged = knownIn(row.logged)
  if (logged !== null) resolve(judging, pair, row, logged, cause, reason)
  judging.store.remove(pair.id, row.address)
}

/** Names in a row who has done what it says; nothing has drifted by that, so it is no entry of the log. */
export function named(row: DriftInstance, madeBy: MadeBy): DriftInstance {
  const { actor, occurredAt: occurred_at } = madeBy
  const known = knownIn(row.item)
  return known === null ? row : { ...row, item: JSON.stringify({ ...known, actor, occurred_at } satisfies Known) }
}

type DriftEvent = 'open' | 'changed' | 'resolved'

function append(
  { store, answeredMs }: Judging,
  event: DriftEvent,
  cause: Cause,
  drift: DriftItem,
  durationMs: number | null,
): void {
  const id = entryId(drift.id, event, cause, signatureOf({ ...drift } as unknown as Known))
  const duration_seconds = durationMs === null ? null : Math.round(durationMs / 1000)
  const entry = JSON.stringify({ id, event, at: iso(cause.atMs), duration_seconds, drift })
  const { state, address } = drift
  store.append({ atMs: cause.atMs, state, address, isOpen: event !== 'resolved', entry }, answeredMs())
}
