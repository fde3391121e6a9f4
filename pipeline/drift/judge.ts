import type { Position } from '../../model/cursor.ts'
import {
  canDrift,
  type Live,
  readingDigest,
  siblingTexts,
  stateMoved,
  type Verdict,
  verdictOf,
} from '../../model/drift.ts'
import { parseJson } from '../../model/json.ts'
import type { Resource } from '../../model/resource.ts'
import { keyOf, type Scope } from '../../model/scope.ts'
import type { DriftInstance, DriftPair } from '../../storage/drift/drift-rows.ts'
import type { DriftStore } from '../../storage/drift/drift-store.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import {
  type Cause,
  driftId,
  entryId,
  headerOf,
  iso,
  itemOf,
  type Known,
  knownIn,
  signatureOf,
  unknownAfter,
} from './drift-item.ts'
import { notRead } from './why.ts'

/** A verdict that asked for more ids is a set of thousands of elements that somebody filled; it is judged anew when its own documents change. */
const maxAsked = 1000

export interface Judging {
  readonly store: DriftStore
  readonly reader: Pick<StateReader, 'get'>
}

/** A resource's document as of a position; null where it isn't live then. */
function documentAt({ reader }: Judging, scope: Scope, address: string, at: Position): Resource | null {
  const found = reader.get(keyOf(scope, address), at)
  return found.kind === 'live' ? found.item.resource : null
}

/**
 * Judges one instance as of a position and writes what follows: its row, and what the log says of it. Runs in the store's transaction.
 * @param live the live document where it isn't the one as of the position
 */
export function judge(
  judging: Judging,
  pair: DriftPair,
  address: string,
  at: Position,
  cause: Cause,
  live: Resource | null = documentAt(judging, pair.live, address, at),
): void {
  const { store } = judging
  const row = store.instance(pair.id, address)
  const desired = documentAt(judging, pair.state, address, at)
  if (desired === null || !canDrift(desired)) {
    if (row === null) return
    const texts = store.setSiblings(pair.id, address, [])
    leave(store, pair, row, cause, 'not_managed')
    askedFor(judging, pair, texts, address, at, cause)
    return
  }
  const run = runOf(row, live)
  const asked = new Set<string>()
  const isSibling = (id: string): boolean => {
    if (asked.size < maxAsked) asked.add(id)
    return store.hasSibling(pair.id, id, address)
  }
  const isGone = row?.isGone === true || store.isMissing(pair.id, address)
  const verdict = verdictOf({ desired, live: liveOf(live, run.baseline, isGone), isSibling })
  store.setAsked(pair.id, address, asked)
  const instance: DriftInstance = {
    ...{ pair: pair.id, address, ...headerOf(desired), isGone: row?.isGone ?? false },
    ...{ digest: run.digest, baseline: run.baseline },
    ...{ status: verdict.status, reason: verdict.reason, item: null },
    ...{ logged: row?.logged ?? null, openedAtMs: row?.openedAtMs ?? null },
  }
  store.put(say(store, pair, instance, row, verdict, cause))
  askedFor(judging, pair, store.setSiblings(pair.id, address, siblingTexts(desired)), address, at, cause)
}

/** An instance that comes or goes may turn a difference elsewhere into its work, or back. */
function askedFor(
  judging: Judging,
  pair: DriftPair,
  texts: readonly string[],
  by: string,
  at: Position,
  cause: Cause,
): void {
  const askers = new Set(texts.flatMap((text) => judging.store.askers(pair.id, text)))
  for (const address of askers) if (address !== by) judge(judging, pair, address, at, cause)
}

/** Readings for one version of the state's instance are one run; its first reading is what later ones are compared with. */
function runOf(row: DriftInstance | null, live: Resource | null): Pick<DriftInstance, 'digest' | 'baseline'> {
  if (live === null) return { digest: row?.digest ?? null, baseline: row?.baseline ?? null }
  const digest = readingDigest(live)
  return { digest, baseline: digest !== null && digest === row?.digest ? row.baseline : null }
}

function liveOf(live: Resource | null, baseline: string | null, isGone: boolean): Live {
  if (live === null) return isGone ? { kind: 'missing' } : { kind: 'unknown', reason: notRead }
  const first = baseline === null ? null : (parseJson(baseline) as unknown as Resource)
  return { kind: 'present', resource: live, baseline: first }
}

/** What the verdict means for the row and the log. An unknown instance leaves what the log said last as it is. */
function say(
  store: DriftStore,
  pair: DriftPair,
  instance: DriftInstance,
  before: DriftInstance | null,
  verdict: Verdict,
  cause: Cause,
): DriftInstance {
  const { status, tier, fields, omitted, replaced } = verdict
  const logged = knownIn(instance.logged)
  if (status === 'in_sync') return logged === null ? instance : resolve(store, pair, instance, logged, cause)
  if (status === 'unknown') return { ...instance, item: JSON.stringify(unknownOf(before, logged, cause)) }
  const openedAtMs = instance.openedAtMs ?? cause.atMs
  const { actor, occurredAt } = cause
  const known: Known = {
    status,
    tier,
    fields,
    omitted,
    replaced,
    since: iso(openedAtMs),
    actor,
    occurred_at: occurredAt,
  }
  if (logged !== null && signatureOf(logged) === signatureOf(known)) return { ...instance, item: instance.logged }
  const item = JSON.stringify(known)
  const next = { ...instance, item, logged: item, openedAtMs }
  append(store, logged === null ? 'open' : 'changed', cause, itemOf(pair, next, known), null)
  return next
}

/** Keeps what was known last beside the reason why nothing is known now. */
function unknownOf(before: DriftInstance | null, logged: Known | null, cause: Cause): Known {
  const earlier = before?.status === 'unknown' ? knownIn(before.item) : null
  return unknownAfter(logged, earlier?.since ?? iso(cause.atMs))
}

function resolve(
  store: DriftStore,
  pair: DriftPair,
  instance: DriftInstance,
  logged: Known,
  cause: Cause,
  reason: string | null = null,
): DriftInstance {
  const item = { ...itemOf(pair, instance, logged), reason, resolved_at: iso(cause.atMs) }
  append(store, 'resolved', cause, item, cause.atMs - (instance.openedAtMs ?? cause.atMs))
  return { ...instance, item: null, logged: null, openedAtMs: null }
}

/** Takes an instance out of the view: it is in no state any more, or its live scope is gone. */
export function leave(store: DriftStore, pair: DriftPair, row: DriftInstance, cause: Cause, reason: string): void {
  const logged = knownIn(row.logged)
  if (logged !== null) resolve(store, pair, row, logged, cause, reason)
  store.remove(pair.id, row.address)
}

type DriftEvent = 'open' | 'changed' | 'resolved'

function append(
  store: DriftStore,
  event: DriftEvent,
  cause: Cause,
  drift: ReturnType<typeof itemOf>,
  durationMs: number | null,
): void {
  const id = entryId(driftId(drift.state, drift.address), event, cause, signatureOf({ ...drift } as unknown as Known))
  const duration_seconds = durationMs === null ? null : Math.round(durationMs / 1000)
  store.append(cause.atMs, JSON.stringify({ id, event, at: iso(cause.atMs), duration_seconds, drift }))
}

/** Whether an instance waits for a reading of the state as it is now. */
export const waitsForReading = ({ status, reason }: Pick<DriftInstance, 'status' | 'reason'>): boolean =>
  status === 'unknown' && reason === stateMoved
