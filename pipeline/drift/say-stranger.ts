import type { Position } from '../../model/cursor.ts'
import type { Resource } from '../../model/resource.ts'
import { type Key, splitKey } from '../../model/scope.ts'
import type { DriftInstance, DriftPair } from '../../storage/drift/drift-rows.ts'
import { type Cause, collectedHeaderOf, knownIn } from './drift-item.ts'
import type { Judging } from './judging.ts'
import type { MadeBy } from './made-by.ts'
import { type Finding, resolve, say } from './say.ts'
import { type Unsettled, unsettledUntil } from './settling.ts'

/** It is in no state, and not alone: a part of something that is managed, or that the system made. It is in no list. */
const part = 'part'
/** It is in no state, and may be in one soon. It is in no list. */
const unsettled = 'unsettled'

const unmanaged: Finding = {
  ...{ status: 'unmanaged', tier: null, fields: [], omitted: 0, replaced: false },
  reason: null,
}

/** What is known of a thing, or of a part of one, that is in no state. */
interface Stranger {
  readonly thing: Resource
  readonly row: DriftInstance | null
  /** Of the thing as it is collected. */
  readonly key: Key
  readonly madeBy: MadeBy | null
  readonly holder: Key | null
  /** What it may be a part of is managed, or the system's own. */
  readonly isHeld: boolean
}

/** Writes what follows from a thing being in no state: its row, and what the log says of it. */
export function sayStranger(
  judging: Judging,
  pair: DriftPair,
  { thing, row, key, madeBy, holder, isHeld }: Stranger,
  at: Position,
  cause: Cause,
): void {
  const { store } = judging
  const instance: DriftInstance = {
    ...{ pair: pair.id, address: thing.id, ...collectedHeaderOf(thing), isGone: false, digest: null, baseline: null },
    ...{ status: unmanaged.status, reason: null, item: null },
    ...{ logged: row?.logged ?? null, openedAtMs: row?.openedAtMs ?? cause.atMs },
    ...{ madeBy: madeBy && JSON.stringify(madeBy), heldUntilMs: null, holder },
  }
  if (isHeld) {
    const logged = knownIn(instance.logged)
    const closed = logged === null ? instance : resolve(judging, pair, instance, logged, cause, part)
    store.put({ ...closed, status: part, openedAtMs: null })
    return
  }
  const heldUntilMs = instance.logged === null ? waitsUntil(judging, instance, key, at, madeBy, cause) : null
  if (heldUntilMs !== null) store.put({ ...instance, status: unsettled, heldUntilMs })
  else store.put(say(judging, pair, instance, row, unmanaged, madeBy, cause))
}

/** Until when nothing is said of a thing that no state has yet. */
function waitsUntil(
  judging: Judging,
  { openedAtMs }: DriftInstance,
  key: Key,
  at: Position,
  madeBy: MadeBy | null,
  cause: Cause,
): number | null {
  const sinceMs = openedAtMs ?? cause.atMs
  const seen = judging.reader.get(key, at)
  // Seen before it left a state, it may be gone with that.
  const isOlder = seen.kind === 'live' && Date.parse(seen.item.changed_at) < sinceMs
  const of: Unsettled = { sinceMs, madeBy, seenIn: isOlder ? (splitKey(key)?.scope ?? null) : null }
  return unsettledUntil(judging, of, cause.atMs)
}
