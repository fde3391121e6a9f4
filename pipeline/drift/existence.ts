import type { Position } from '../../model/cursor.ts'
import { unknownVerdict, type Verdict } from '../../model/drift.ts'
import type { Key } from '../../model/scope.ts'
import type { ScopeStatus } from '../../model/status.ts'
import type { Wanted } from '../../storage/drift/join-store.ts'
import type { Judging } from './judging.ts'
import { type MadeBy, newestChange } from './made-by.ts'
import { keysWanted, scopeWanted } from './wanted.ts'
import { fieldsNotRead, notCollected, notListedSince } from './why.ts'

/** What the collected lists say of a managed instance. */
export type Existence =
  | { readonly kind: 'found'; readonly key: Key }
  /** It is not there. `deletedMs`: since when, where its deletion was recorded; else a complete list lacks it. */
  | { readonly kind: 'absent'; readonly deletedMs: number | null; readonly madeBy: MadeBy | null }
  /** It was not found, and that doesn't mean that it isn't there. */
  | { readonly kind: 'unknown'; readonly reason: string }

/**
 * Looks a managed instance up in what is collected, as of a position. It is absent where its deletion was recorded after the state said last
 * that it is there, or where a complete list was made after that and lacks it. A list from before that, one that failed, is held or old, and a
 * scope that was forgotten, say nothing.
 * @param statedMs when the state's instance changed last, Unix milliseconds
 * @param nowMs the time of the position: what was listed later isn't in it
 */
export function existenceOf(
  judging: Judging,
  wanted: Wanted,
  at: Position,
  statedMs: number,
  nowMs: number,
): Existence {
  const { reader } = judging
  let deleted: Existence | null = null
  for (const key of keysWanted(judging, wanted)) {
    const { kind } = reader.get(key, at)
    if (kind === 'live') return { kind: 'found', key }
    if (kind === 'deleted') deleted ??= deletedSince(judging, key, at, statedMs)
  }
  if (deleted !== null) return deleted
  const scope = scopeWanted(wanted)
  const status = scope === null ? null : reader.scope(scope)
  if (status === null) return { kind: 'unknown', reason: notCollected }
  const listedMs = listedAtMs(status)
  if (
    listedMs === null ||
    listedMs > Math.min(nowMs, judging.scopes.asOfMs) ||
    listedMs < statedMs + judging.settleMs
  ) {
    return { kind: 'unknown', reason: notListedSince }
  }
  return { kind: 'absent', deletedMs: null, madeBy: null }
}

/** A deletion counts that came after the state said that the thing is there, by a complete list or by the source's own word. */
function deletedSince({ reader }: Judging, key: Key, at: Position, statedMs: number): Existence | null {
  const newest = newestChange(reader, key, at)
  if (newest === null || newest.change.op !== 'd' || newest.change.reason === 'forgotten') return null
  const deletedMs = Date.parse(newest.change.recorded_at)
  return deletedMs > statedMs ? { kind: 'absent', deletedMs, madeBy: newest.madeBy } : null
}

/** When the list was made that holds now; null where there is none. */
function listedAtMs({ status, last_complete_at }: ScopeStatus): number | null {
  return status === 'fresh' && last_complete_at !== null ? Date.parse(last_complete_at) : null
}

/** What is to be said of an instance of a state that nobody reads live. That it exists says nothing of its fields. */
export function existenceVerdict(existence: Existence): Verdict {
  if (existence.kind === 'found') return unknownVerdict(fieldsNotRead)
  if (existence.kind === 'unknown') return unknownVerdict(existence.reason)
  return { ...unknownVerdict(''), status: 'missing', reason: null }
}
