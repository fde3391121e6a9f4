import { isDeepStrictEqual } from 'node:util'
import type { Comparison } from '../../connectors/identity.ts'
import type { Position } from '../../model/cursor.ts'
import { maxFields, unknownVerdict, type Verdict } from '../../model/drift.ts'
import type { DriftField } from '../../model/drift-walk.ts'
import type { Resource } from '../../model/resource.ts'
import { type Key, keyOf, type Scope, splitKey, splitScope } from '../../model/scope.ts'
import type { ScopeStatus } from '../../model/status.ts'
import type { Wanted } from '../../storage/drift/join-store.ts'
import { identitiesOf, isSeries, isVersion, partsOfSystem, wantedId } from './identities.ts'
import type { Judging } from './judging.ts'
import { changeThat, type MadeBy, newestChange } from './made-by.ts'
import { isUnplaced, keysWanted, scopeWanted } from './wanted.ts'
import { clusterNotKnown, fieldsNotRead, notCollected, notListedSince, versionsNotSeen } from './why.ts'

/** What the collected lists say of a managed instance. */
export type Existence =
  | { readonly kind: 'found'; readonly key: Key }
  /** It is there, and as the state has it: nothing but this of it is to be compared. */
  | { readonly kind: 'same' }
  /** What the state has of it differs, since a change that was recorded then (null: since before the list), and who made that. */
  | {
      readonly kind: 'differs'
      readonly fields: readonly DriftField[]
      readonly sinceMs: number | null
      readonly madeBy: MadeBy | null
    }
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
  desired: Resource,
  at: Position,
  statedMs: number,
  nowMs: number,
): Existence {
  if (isUnplaced(wanted)) return { kind: 'unknown', reason: clusterNotKnown }
  const { reader } = judging
  let deleted: Existence | null = null
  for (const key of keysWanted(judging, wanted)) {
    const found = reader.get(key, at)
    if (found.kind === 'live') {
      const { resource, changed_at } = found.item
      const parts = wanted.part === null ? undefined : partsOfSystem(wanted.provider)
      const compared = parts?.compare(desired, resource) ?? { kind: 'unknown' }
      if (compared.kind === 'unknown') return { kind: 'found', key }
      if (compared.kind === 'same') return { kind: 'same' }
      const isLater = Date.parse(changed_at) > statedMs
      const change = isLater ? changeThatMade(judging, key, desired, compared, { at, statedMs }) : null
      if (change === null) {
        const unlisted = notListed(judging, wanted, statedMs, nowMs)
        if (unlisted !== null) return unlisted
      }
      const [sinceMs, madeBy] = [change?.atMs ?? null, change?.madeBy ?? null]
      if (compared.kind === 'differs') return { ...compared, sinceMs, madeBy }
      return { kind: 'absent', deletedMs: sinceMs, madeBy }
    }
    const newest = newestOf(judging, key, at)
    if (newest !== null) return { kind: 'found', key: newest }
    const version = versionKey(wanted, desired, key)
    const isDeleted = found.kind === 'deleted' || (version !== null && reader.get(version, at).kind === 'deleted')
    if (isDeleted) deleted ??= deletedSince(judging, version ?? key, at, statedMs)
  }
  if (deleted !== null) return deleted
  const unlisted = notListed(judging, wanted, statedMs, nowMs) ?? versionsUnseen(judging, wanted, at)
  return unlisted ?? { kind: 'absent', deletedMs: null, madeBy: null }
}

/** Where the version is that an instance names of a thing; null where the thing has no versions, or none is named. */
function versionKey({ provider }: Wanted, desired: Resource, key: Key): Key | null {
  const version = identitiesOf(provider)?.versionOf?.(desired) ?? null
  const scope = splitKey(key)?.scope
  return version === null || scope === undefined ? null : keyOf(scope, version)
}

/** Where no version of anything is seen, nothing can be said of one that is missing; null: some are seen, or the thing has no versions. */
function versionsUnseen({ reader }: Judging, wanted: Wanted, at: Position): Existence | null {
  const scope = scopeWanted(wanted)
  if (scope === null || !isSeries(wanted.provider, wanted.type, wanted.name)) return null
  for (const item of reader.items(at, { scope }))
    if (item !== null && isVersion(wanted.provider, wanted.type, item.resource.id)) return null
  return { kind: 'unknown', reason: versionsNotSeen }
}

/** Why the list that holds now says nothing of what the state said; null: it does. */
function notListed(judging: Judging, wanted: Wanted, statedMs: number, nowMs: number): Existence | null {
  const scope = scopeWanted(wanted)
  const status = scope === null ? null : judging.reader.scope(scope)
  if (status === null) return { kind: 'unknown', reason: notCollected }
  const listedMs = listedAtMs(status)
  const isLater = listedMs !== null && listedMs > Math.min(nowMs, judging.scopes.asOfMs)
  if (listedMs !== null && !isLater && listedMs >= statedMs + judging.settleMs) return null
  return { kind: 'unknown', reason: notListedSince }
}

/** The change that made the difference, else the newest one; null where the state was written after both: it knew. */
function changeThatMade(
  { reader }: Judging,
  key: Key,
  desired: Resource,
  compared: Comparison,
  { at, statedMs }: { readonly at: Position; readonly statedMs: number },
): { readonly atMs: number; readonly madeBy: MadeBy | null } | null {
  const parts = partsOfSystem(splitScope(splitKey(key)?.scope ?? ('' as Scope)).provider)
  const made = changeThat(reader, key, at, (before) => !isDeepStrictEqual(parts?.compare(desired, before), compared))
  const newest = newestChange(reader, key, at)
  const atMs = [made, newest].map((one) => (one === null ? 0 : Date.parse(one.change.recorded_at)))
  const sinceMs = atMs.find((ms) => ms > statedMs)
  return sinceMs === undefined ? null : { atMs: sinceMs, madeBy: made?.madeBy ?? null }
}

/** Of things that stand for one, such as the revisions of a release, the one whose id is last, as numbers count; null where there is none. */
function newestOf({ reader }: Judging, key: Key, at: Position): Key | null {
  const { scope, id } = splitKey(key) ?? {}
  if (scope === undefined || id === undefined) return null
  const { provider, collection } = splitScope(scope)
  if (!isSeries(provider, collection, id)) return null
  let newest: string | null = null
  for (const item of reader.items(at, { scope }, key)) {
    if (item === null) continue
    const one = item.resource.id
    if (!one.startsWith(id)) break
    const isVersionOfIt = wantedId(provider, collection, one) === id
    if (isVersionOfIt && (newest === null || one.localeCompare(newest, 'en', { numeric: true }) > 0)) newest = one
  }
  return newest === null ? null : keyOf(scope, newest)
}

/** Whether a scope's list that holds now was made after a state said something, and settled. */
export function isListedSince(judging: Judging, scope: Scope, statedMs: number): boolean {
  const status = judging.reader.scope(scope)
  const listedMs = status === null ? null : listedAtMs(status)
  return listedMs !== null && listedMs >= statedMs + judging.settleMs
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
  if (existence.kind === 'same') return { ...unknownVerdict(''), status: 'in_sync', reason: null }
  if (existence.kind === 'differs') {
    const { fields } = existence
    const listed = { fields: fields.slice(0, maxFields), omitted: Math.max(0, fields.length - maxFields) }
    return { ...unknownVerdict(''), ...listed, status: 'changed', tier: 'state', reason: null }
  }
  if (existence.kind === 'unknown') return unknownVerdict(existence.reason)
  return { ...unknownVerdict(''), status: 'missing', reason: null }
}
