import { VainoError } from '../../../model/errors.ts'
import type { ScanError } from '../../../model/record.ts'
import { hintOf } from '../api/api-error.ts'
import type { ServedKind } from '../discovery/kinds.ts'
import type { Permissions } from './permissions.ts'

/** A server that starts refuses everybody for seconds, until it has read its roles. */
const startMs = 30_000
/** A watch that is refused is tried again after this long, where the server does not say beforehand what it allows. */
const watchAgainMs = 5 * 60 * 1000
/** A watch that was open for so long was let in. */
const openMs = 5000

/** Watches of one kind that were refused in a row (403), by a monotonic clock. */
export interface WatchRefused {
  readonly since: number
  readonly last: number
}

/** @param startedAt when the watch that is refused now was begun */
export function refusedAgain(before: WatchRefused | null, startedAt: number, last = performance.now()): WatchRefused {
  return { since: before === null || last - startedAt > openMs ? last : before.since, last }
}

const isForbidden = (refused: WatchRefused | null, now: number): boolean =>
  refused !== null && refused.last - refused.since >= startMs && now - refused.last < watchAgainMs

interface Asked {
  readonly kind: ServedKind
  readonly namespace: string | null
  readonly watchRefused: WatchRefused | null
}

/**
 * Whether a kind that is about to be listed may be watched as well.
 * @returns why not; null: it may, or nobody knows
 * @throws VainoError `source_failed` where it may not even be listed: no request for it is made
 */
export async function watchRefusal(
  permissions: Pick<Permissions, 'rulesIn'>,
  { kind, namespace, watchRefused }: Asked,
  now = performance.now(),
): Promise<ScanError | null> {
  const rules = await permissions.rulesIn(namespace)
  const name = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`
  const place = namespace === null ? '' : ` in the namespace ${namespace}`
  if (rules?.may('list', kind) === 'no')
    throw new VainoError('source_failed', `its user may not list ${name}${place}`, { hint: hintOf(403) })
  const mayWatch = rules?.may('watch', kind) ?? 'unknown'
  if (mayWatch === 'yes' || (mayWatch === 'unknown' && !isForbidden(watchRefused, now))) return null
  return {
    message: `its user may list ${name}${place} and not watch them: a change is seen at the next interval, and not within a second`,
    hint: hintOf(403),
  }
}
