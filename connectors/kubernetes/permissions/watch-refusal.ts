import { VainoError } from '../../../model/errors.ts'
import type { ScanError } from '../../../model/record.ts'
import { hintOf } from '../api/api-error.ts'
import type { WatchedKind } from '../watched-kinds.ts'
import type { Permissions } from './permissions.ts'

/** A watch that was refused is tried again after this long, where the server does not say beforehand what it allows. */
const watchAgainMs = 5 * 60 * 1000

/**
 * Whether a kind that is about to be listed may be watched as well.
 * @returns why not; null: it may, or nobody knows
 * @throws VainoError `source_failed` where it may not even be listed: no request for it is made
 */
export async function watchRefusal(
  permissions: Permissions,
  { kind, namespace, watchRefusedAt }: WatchedKind,
): Promise<ScanError | null> {
  const rules = await permissions.rulesIn(namespace)
  const name = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`
  const place = namespace === null ? '' : ` in the namespace ${namespace}`
  if (rules?.may('list', kind) === 'no')
    throw new VainoError('source_failed', `its user may not list ${name}${place}`, { hint: hintOf(403) })
  const mayWatch = rules?.may('watch', kind) ?? 'unknown'
  const wasRefused = watchRefusedAt !== null && performance.now() - watchRefusedAt < watchAgainMs
  if (mayWatch === 'yes' || (mayWatch === 'unknown' && !wasRefused)) return null
  return {
    message: `its user may list ${name}${place} and not watch them: a change is seen at the next interval, and not within a second`,
    hint: hintOf(403),
  }
}
