import type { Position } from '../../model/cursor.ts'
import {
  canDrift,
  type Live,
  readingDigest,
  siblingTexts,
  stateMoved,
  unknownVerdict,
  type Verdict,
  verdictOf,
} from '../../model/drift.ts'
import { parseJson } from '../../model/json.ts'
import type { Resource } from '../../model/resource.ts'
import { type Key, keyOf, type Scope } from '../../model/scope.ts'
import type { DriftInstance, DriftPair } from '../../storage/drift/drift-rows.ts'
import type { DriftStore } from '../../storage/drift/drift-store.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import {
  type Cause,
  type DriftItem,
  entryId,
  headerOf,
  iso,
  itemOf,
  type Known,
  knownIn,
  signatureOf,
  unknownAfter,
} from './drift-item.ts'
import { heldUntil, type MadeBy, madeByAsOf, madeByIn } from './made-by.ts'
import { notRead } from './why.ts'

/** A verdict that asked for more ids is a set of thousands of elements that somebody filled; it is judged anew when its own documents change. */
const maxAsked = 1000

export interface Judging {
  readonly store: DriftStore
  readonly reader: Pick<StateReader, 'get' | 'history'>
  /** Milliseconds for which a change of Terraform's own opens nothing while the state stays as it is. */
  readonly applyGraceMs: number
  /** The settled time as of which the log was answered last, Unix milliseconds. */
  readonly answeredMs: () => number
}

/** The reason of what Terraform is changing. */
const applyInProgress = 'apply_in_progress'

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
    leave(judging, pair, row, cause, 'not_managed')
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
  const found = verdictOf({ desired, live: liveOf(live, run.baseline, isGone), isSibling })
  const madeBy = newestMaker(judging, row, keyOf(pair.live, address), at, cause)
  const heldUntilMs = heldUntil(found, madeBy, desired, cause.atMs, judging.applyGraceMs)
  const verdict = heldUntilMs === null ? found : unknownVerdict(applyInProgress)
  store.setAsked(pair.id, address, asked)
  const instance: DriftInstance = {
    ...{ pair: pair.id, address, ...headerOf(desired), isGone: row?.isGone ?? false },
    ...{ digest: run.digest, baseline: run.baseline },
    ...{ status: verdict.status, reason: verdict.reason, item: null },
    ...{ logged: row?.logged ?? null, openedAtMs: row?.openedAtMs ?? null },
    ...{ madeBy: madeBy && JSON.stringify(madeBy), heldUntilMs },
  }
  store.put(say(judging, pair, instance, row, verdict, madeBy, cause))
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
  const { id, atMs } = cause
  for (const address of askers) if (address !== by) judge(judging, pair, address, at, { id, atMs })
}

/** Who made the newest change of the real thing: said by what brings the verdict about, else noted before, else found in its history. */
function newestMaker(
  { reader }: Judging,
  row: DriftInstance | null,
  live: Key,
  at: Position,
  { madeBy }: Cause,
): MadeBy | null {
  if (madeBy !== undefined) return madeBy
  return row === null ? madeByAsOf(reader, live, at) : madeByIn(row.madeBy)
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
  judging: Judging,
  pair: DriftPair,
  instance: DriftInstance,
  before: DriftInstance | null,
  verdict: Verdict,
  madeBy: MadeBy | null,
  cause: Cause,
): DriftInstance {
  const { status, reason: _reason, ...found } = verdict
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

function resolve(
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
export function leave(judging: Judging, pair: DriftPair, row: DriftInstance, cause: Cause, reason: string): void {
  const logged = knownIn(row.logged)
  if (logged !== null) resolve(judging, pair, row, logged, cause, reason)
  judging.store.remove(pair.id, row.address)
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

/** Whether an instance waits for a reading of the state as it is now. */
export const waitsForReading = ({ status, reason }: Pick<DriftInstance, 'status' | 'reason'>): boolean =>
  status === 'unknown' && reason === stateMoved
