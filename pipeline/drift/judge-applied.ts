import { isAmbientObject } from '../../connectors/kubernetes/ambient.ts'
import { isOfTerraform } from '../../connectors/kubernetes/applied/appliers.ts'
import { type AppliedMemory, appliedVerdict } from '../../connectors/kubernetes/applied/verdict.ts'
import type { Position } from '../../model/cursor.ts'
import { isObject, parseJson } from '../../model/json.ts'
import type { Json, Resource } from '../../model/resource.ts'
import { keyOf, splitKey } from '../../model/scope.ts'
import type { DriftInstance, DriftPair } from '../../storage/drift/drift-rows.ts'
import type { LoggedChange, LoggedEntry } from '../../storage/state-reader.ts'
import { appliedOwner, appliedStatus } from './applied-finding.ts'
import { causeOf } from './cause-of.ts'
import { type Cause, collectedHeaderOf, knownIn } from './drift-item.ts'
import { documentAt, type Judging } from './judging.ts'
import { madeByAsOf, madeByOf } from './made-by.ts'
import { leave, named, resolve, say } from './say.ts'
import { instancesOf } from './wanted.ts'

/** The status of an object to which nothing was applied that is known. It is in no list, and `coverage` counts it apart: nobody manages it. */
const notApplied = 'not_applied'

/** Open objects of one scope that are read again at a look: what was applied may be as they are now, which is no change of theirs. */
const openAtOnce = 64

/**
 * Judges one object by what was applied to it, as of a position. Runs in the store's transaction.
 * @param documents those of the change that brings it about; absent: the one as of the position
 */
export function judgeApplied(
  judging: Judging,
  pair: DriftPair,
  id: string,
  at: Position,
  cause: Cause,
  documents?: { readonly before: Resource | null; readonly after: Resource | null },
): void {
  const { store } = judging
  if (pair.live === null) return
  const row = store.instance(pair.id, id)
  const now = documents === undefined ? documentAt(judging, pair.live, id, at) : documents.after
  if (now === null) {
    if (row !== null) leave(judging, pair, row, cause, 'gone')
    return
  }
  if (isOfTerraform(now) && instancesOf(judging, keyOf(pair.live, id)).length > 0) {
    // Its state says what is wanted.
    if (row !== null) leave(judging, pair, row, cause, 'managed')
    return
  }
  const { actor = null, occurredAt = null } = cause.madeBy ?? {}
  const memory = row?.baseline == null ? null : (parseJson(row.baseline) as unknown as AppliedMemory)
  const before = documents?.before ?? null
  const judged = appliedVerdict({ before, now, memory, actor, occurredAt, atMs: cause.atMs })
  if (judged === null) {
    goWithout(judging, pair, row, now, cause)
    return
  }
  const verdict = appliedStatus(judged)
  const kept = judged.kind === 'known' ? JSON.stringify(judged.memory) : (row?.baseline ?? null)
  const instance: DriftInstance = {
    ...emptyRow(pair, now),
    ...{ baseline: kept, status: verdict.status, reason: verdict.reason },
    ...{ logged: row?.logged ?? null, openedAtMs: row?.openedAtMs ?? null },
  }
  const owner = appliedOwner(judged)
  const made = cause.madeBy ?? null
  // The change may be another one, or name another writer of its second; its person is the owner's where it names that program.
  const maker = owner === null || isOfProgram(made?.actor ?? null, owner.actor) ? made : owner
  put(judging, row, say(judging, pair, instance, row, verdict, maker, cause))
}

/** Whether a person is said to have used the program that has the field. */
const isOfProgram = (person: Json, program: Json): boolean =>
  isObject(person) && isObject(program) && typeof person.manager === 'string' && person.manager === program.name

/** Nothing was applied to it: it is no news where the system, or a controller, has made it. */
function goWithout(judging: Judging, pair: DriftPair, row: DriftInstance | null, now: Resource, cause: Cause): void {
  if (isAmbientObject(now)) {
    if (row !== null) leave(judging, pair, row, cause, 'default')
    return
  }
  const logged = knownIn(row?.logged ?? null)
  if (row !== null && logged !== null) resolve(judging, pair, row, logged, cause, notApplied)
  put(judging, row, { ...emptyRow(pair, now), status: notApplied })
}

const emptyRow = (pair: DriftPair, now: Resource): DriftInstance => ({
  ...{ pair: pair.id, address: now.id, ...collectedHeaderOf(now), isGone: false, digest: null, baseline: null },
  ...{ status: 'in_sync', reason: null, item: null, logged: null, openedAtMs: null },
  ...{ madeBy: null, heldUntilMs: null, holder: null },
})

/** Most changes of an object change nothing of its row. */
function put({ store }: Judging, before: DriftInstance | null, after: DriftInstance): void {
  if (before === null || (Object.keys(after) as (keyof DriftInstance)[]).some((name) => before[name] !== after[name]))
    store.put(after)
}

/** What a row says of an object to which nothing was applied, and what makes it the system's own: by these paths. */
const saidPaths = [
  ...['provider', 'type', 'name', 'account', 'region', 'namespace', 'tags'],
  ...['configuration.metadata', 'configuration.type'],
]
/** Members of `metadata`, which is not compared, that say more than these. */
const saidMembers = ['applied', 'arn', 'self_link']

/** Whether a change of an object to which nothing was applied leaves its row as it is. Its documents, which may be long, aren't parsed for it. */
function staysNotApplied({ store }: Judging, pair: DriftPair, id: string, entry: LoggedChange): boolean {
  if (entry.op !== 'u' || saidMembers.some((name) => entry.mayHaveMember(name))) return false
  if (saidPaths.some((path) => entry.touchesField(path))) return false
  return store.statusOf(pair.id, id) === notApplied
}

/** Takes one entry of the change log into the view, of a scope whose objects say what was applied to them. */
export function takeApplied(judging: Judging, pair: DriftPair, entry: LoggedEntry, at: Position): void {
  const id = splitKey(entry.key)?.id
  if (id === undefined || pair.live === null) return
  if (entry.op !== 'a') {
    if (staysNotApplied(judging, pair, id, entry)) return
    const change = entry.toChange(judging.reader.encode(at))
    judgeApplied(judging, pair, id, at, { ...causeOf(change), madeBy: madeByOf(change) }, change)
    return
  }
  const row = judging.store.instance(pair.id, id)
  const madeBy = row?.logged == null ? null : madeByAsOf(judging.reader, keyOf(pair.live, id), at)
  const known = knownIn(row?.logged ?? null)
  if (row !== null && madeBy !== null && (known?.actor == null || isOfProgram(madeBy.actor, known.actor)))
    judging.store.put(named(row, madeBy))
}

/**
 * Looks again at objects that differ: an apply that takes what is there for what is wanted changes nothing that is compared. Runs in the
 * store's transaction.
 * @returns the address behind which the next look goes on; empty: it begins anew
 */
export function lookAtOpen(judging: Judging, pair: DriftPair, after: string, at: Position, nowMs: number): string {
  const open = judging.store.open(pair.id, after, openAtOnce)
  for (const id of open) judgeApplied(judging, pair, id, at, { id: `look ${nowMs}`, atMs: nowMs })
  return open.length < openAtOnce ? '' : (open.at(-1) ?? '')
}
