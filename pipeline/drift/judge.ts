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
import { type Key, keyOf } from '../../model/scope.ts'
import type { DriftInstance, DriftPair } from '../../storage/drift/drift-rows.ts'
import type { Wanted } from '../../storage/drift/join-store.ts'
import { type Cause, headerOf } from './drift-item.ts'
import { type Existence, existenceOf, existenceVerdict } from './existence.ts'
import { applyUntil, judgeFound } from './judge-found.ts'
import { documentAt, type Judging } from './judging.ts'
import { heldUntil, type MadeBy, madeByAsOf, madeByIn, partnersMaker } from './made-by.ts'
import { leave, say } from './say.ts'
import { unsettledUntil } from './settling.ts'
import { touched } from './stranger.ts'
import { noteWanted } from './wanted.ts'
import { notCollected, notRead } from './why.ts'

/** A verdict that asked for more ids is a set of thousands of elements that somebody filled; it is judged anew when its own documents change. */
const maxAsked = 1000

/** The reason of what Terraform is changing. */
const applyInProgress = 'apply_in_progress'

/**
 * Judges one instance as of a position and writes what follows: its row, what the log says of it, and what that means for collected things. Runs
 * in the store's transaction.
 * @param read the live document where it isn't the one as of the position
 */
export function judge(
  judging: Judging,
  pair: DriftPair,
  address: string,
  at: Position,
  cause: Cause,
  read?: Resource | null,
): void {
  const { store } = judging
  const row = store.instance(pair.id, address)
  const stated = judging.reader.get(keyOf(pair.state, address), at)
  const desired = stated.kind === 'live' && canDrift(stated.item.resource) ? stated.item.resource : null
  if (desired === null && row === null) return
  const noted = noteWanted(judging, pair.id, address, desired, at)
  if (desired !== null && stated.kind === 'live') {
    const wanted = store.join.wanted(pair.id, address)
    const of: Instance = { pair, address, row, desired, wanted, statedMs: Date.parse(stated.item.changed_at) }
    const judged = pair.live === null ? judgeExistence(judging, of, at, cause) : judgeLive(judging, of, at, cause, read)
    const { verdict, maker, heldUntilMs } = judged
    if (wanted !== null && wanted.rests !== judged.rests) store.join.setRests(wanted, judged.rests)
    if (wanted?.rests === true && pair.live === null && !judged.rests) store.dropProblem(pair.id, address)
    const instance: DriftInstance = {
      ...{ pair: pair.id, address, ...headerOf(desired), isGone: row?.isGone ?? false },
      ...{ digest: judged.digest, baseline: judged.baseline, holder: null },
      ...{ status: verdict.status, reason: verdict.reason, item: null },
      ...{ logged: row?.logged ?? null, openedAtMs: row?.openedAtMs ?? null },
      ...{ madeBy: judged.madeBy && JSON.stringify(judged.madeBy), heldUntilMs },
    }
    store.put(say(judging, pair, instance, row, verdict, maker, cause))
  }
  const texts = store.siblings.set(pair.id, address, desired === null ? [] : siblingTexts(desired))
  if (desired === null && row !== null) leave(judging, pair, row, cause, 'not_managed')
  askedFor(judging, pair, texts, address, at, cause)
  for (const key of noted.keys) touched(judging, key, at, cause, noted.written)
  if (pair.live === null) for (const { address: other } of noted.moved) judge(judging, pair, other, at, plain(cause))
}

/** An instance of a state, and what was known of it. */
interface Instance {
  readonly pair: DriftPair
  readonly address: string
  readonly row: DriftInstance | null
  readonly desired: Resource
  readonly wanted: Wanted | null
  /** When the state's instance changed last, Unix milliseconds. */
  readonly statedMs: number
}

interface Judged extends Pick<DriftInstance, 'digest' | 'baseline' | 'heldUntilMs'> {
  readonly verdict: Verdict
  /** Who made the newest change of the live resource. */
  readonly madeBy: MadeBy | null
  /** Who is named. */
  readonly maker: MadeBy | null
  /** The verdict rests on what a collected scope says of itself. */
  readonly rests: boolean
}

/** The cause without who made it: that is said of one thing alone. */
const plain = ({ id, atMs }: Cause): Cause => ({ id, atMs })

/** By what the provider says of it; what it found null once, by the collected list too. */
function judgeLive(
  judging: Judging,
  { pair, address, row, desired, wanted, statedMs }: Instance,
  at: Position,
  cause: Cause,
  read: Resource | null | undefined,
): Judged {
  const { store } = judging
  const scope = pair.live ?? pair.state
  const live = read === undefined ? documentAt(judging, scope, address, at) : read
  const run = runOf(row, live)
  const asked = new Set<string>()
  const isSibling = (id: string): boolean => {
    if (asked.size < maxAsked) asked.add(id)
    return store.siblings.has(pair.id, id, address)
  }
  const isNulled = wanted !== null && store.isNulled(pair.id, address)
  if (isNulled && existenceOf(judging, wanted, desired, at, statedMs, cause.atMs).kind === 'absent')
    store.setProblem(pair.id, address, null)
  const isMissing = store.isMissing(pair.id, address)
  const isGone = row?.isGone === true || isMissing
  // A reading that has just come is newer than the scan's word.
  const present = isMissing && read === undefined ? null : live
  const found = verdictOf({ desired, live: liveOf(present, run.baseline, isGone), isSibling })
  const madeBy = newestMaker(judging, row, keyOf(scope, address), at, cause)
  const heldUntilMs = heldUntil(found, madeBy, desired, cause.atMs, judging.applyGraceMs)
  store.siblings.setAsked(pair.id, address, asked)
  const isDrift = found.status === 'changed' || found.status === 'missing'
  const partners = isDrift && madeBy?.actor == null && wanted !== null
  return {
    ...run,
    verdict: heldUntilMs === null ? found : unknownVerdict(applyInProgress),
    madeBy,
    maker: partners ? (partnersMaker(judging, pair, wanted, at, row?.openedAtMs ?? cause.atMs) ?? madeBy) : madeBy,
    heldUntilMs,
    rests: isNulled && !isMissing,
  }
}

/** By what is collected alone: its fields where its system's things are compared with states, else whether it is there. */
function judgeExistence(judging: Judging, instance: Instance, at: Position, cause: Cause): Judged {
  const { row, desired, wanted, statedMs } = instance
  const existence: Existence =
    wanted === null
      ? { kind: 'unknown', reason: notCollected }
      : existenceOf(judging, wanted, desired, at, statedMs, cause.atMs)
  const none = { digest: null, baseline: null, madeBy: null, maker: null, heldUntilMs: null }
  if (existence.kind === 'found' && wanted !== null) {
    const verdict = judgeFound(judging, wanted, desired, existence.key, at, statedMs)
    if (verdict !== null) return compared(judging, instance, verdict, existence.key, at, cause)
  }
  const found = existenceVerdict(existence)
  if (existence.kind !== 'absent' && existence.kind !== 'differs')
    return { ...none, verdict: found, rests: wanted !== null }
  const sinceMs = existence.kind === 'absent' ? existence.deletedMs : existence.sinceMs
  const isOpen = row?.logged != null
  const { madeBy } = existence
  const heldUntilMs =
    isOpen || sinceMs === null ? null : unsettledUntil(judging, { sinceMs, madeBy, seenIn: null }, cause.atMs)
  const verdict = heldUntilMs === null ? found : unknownVerdict(applyInProgress)
  return { ...none, verdict, maker: madeBy, heldUntilMs, rests: true }
}

/** What differs is said with who wrote the collected thing last. */
function compared(
  judging: Judging,
  { row, statedMs }: Instance,
  found: Verdict,
  key: Key,
  at: Position,
  cause: Cause,
): Judged {
  const madeBy = newestMaker(judging, row, key, at, cause)
  const heldUntilMs = applyUntil(found, madeBy, statedMs, cause.atMs, judging.applyGraceMs)
  const verdict = heldUntilMs === null ? found : unknownVerdict(applyInProgress)
  return { digest: null, baseline: null, verdict, madeBy, maker: madeBy, heldUntilMs, rests: true }
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
  const askers = new Set(texts.flatMap((text) => judging.store.siblings.askers(pair.id, text)))
  for (const address of askers) if (address !== by) judge(judging, pair, address, at, plain(cause))
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

/** Whether an instance waits for a reading of the state as it is now. */
export const waitsForReading = ({ status, reason }: Pick<DriftInstance, 'status' | 'reason'>): boolean =>
  status === 'unknown' && reason === stateMoved
