import type { Position } from '../../model/cursor.ts'
import { listedFields, unknownVerdict, type Verdict } from '../../model/drift.ts'
import { isTerraformRun } from '../../model/drift-apply.ts'
import type { Resource } from '../../model/resource.ts'
import { type Key, splitKey } from '../../model/scope.ts'
import type { Wanted } from '../../storage/drift/join-store.ts'
import { isListedSince } from './existence.ts'
import { identitiesOf } from './identities.ts'
import type { Judging } from './judging.ts'
import type { MadeBy } from './made-by.ts'
import { notListedSince } from './why.ts'

/**
 * What a collected thing says of an instance of a state that nobody reads live: of what the state names, whether it is there as in the state.
 * @returns null where the system's things are not compared with states, or these two can't be
 */
export function comparedVerdict(provider: string, desired: Resource, found: Resource): Verdict | null {
  const compared = identitiesOf(provider)?.differences?.(desired, found) ?? null
  if (compared === null) return null
  const { fields, isReplaced, reason } = compared
  if (reason !== null) return unknownVerdict(reason)
  if (fields.length === 0) return { ...unknownVerdict(''), status: 'in_sync', reason: null }
  return { status: 'changed', tier: 'state', ...listedFields(fields), replaced: isReplaced, reason: null }
}

/** As {@link comparedVerdict}, of what is collected as of a position. What was collected before the state was written says nothing of it. */
export function judgeFound(
  judging: Judging,
  { provider }: Pick<Wanted, 'provider'>,
  desired: Resource,
  key: Key,
  at: Position,
  statedMs: number,
): Verdict | null {
  const found = judging.reader.get(key, at)
  if (found.kind !== 'live') return null
  const verdict = comparedVerdict(provider, desired, found.item.resource)
  if (verdict?.status !== 'changed' || Date.parse(found.item.changed_at) > statedMs) return verdict
  const scope = splitKey(key)?.scope
  const isSince = scope !== undefined && isListedSince(judging, scope, statedMs)
  return isSince ? verdict : unknownVerdict(notListedSince)
}

/** Until when a difference of Terraform's own making waits for the state that it will write; null: it does not. */
export function applyUntil(
  { status }: Verdict,
  madeBy: MadeBy | null,
  statedMs: number,
  nowMs: number,
  graceMs: number,
): number | null {
  if (status !== 'changed' || madeBy === null || !isTerraformRun(madeBy.actor) || madeBy.atMs <= statedMs) return null
  const untilMs = madeBy.atMs + graceMs
  return nowMs < untilMs ? untilMs : null
}
