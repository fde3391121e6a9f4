import type { AttributionEntry, Change } from '../../model/change.ts'
import type { Server } from '../server.ts'
import type { FollowedChange } from './follow.ts'

/** Changes that are held at most, to find the oldest among all that are kept. */
export const maxOldest = 10_000
type Entry = Change | AttributionEntry

/** Changes of a request. */
const pageSize = 1000

/**
 * The oldest changes that a server keeps, oldest first. The log is read to its end, because only within a partition do
 * changes stand in the order of their times.
 * @param limit how many, at most {@link maxOldest}
 * @param query filters
 * @returns them, and the cursor at the end of the log
 */
export async function oldestChanges(
  server: Server,
  query: Readonly<Record<string, string | undefined>>,
  limit: number,
  signal: AbortSignal,
): Promise<{ readonly changes: readonly FollowedChange[]; readonly cursor: string }> {
  let oldest: Entry[] = []
  let cursor = '-1'
  for (let isAtEnd = false; !isAtEnd; ) {
    const page = await server.json<{ changes: Entry[]; cursor: string; up_to_date: boolean }>('/v1/changes', {
      query: { ...query, offset: cursor, limit: pageSize },
      signal,
    })
    oldest = [...oldest, ...page.changes].sort(byTime).slice(0, limit)
    cursor = page.cursor
    isAtEnd = page.up_to_date
  }
  return { changes: oldest.map((change) => ({ text: JSON.stringify(change), parse: () => change })), cursor }
}

/** Times are RFC 3339 in UTC with milliseconds, so they sort as text. The sort is stable, so a partition keeps its order. */
const byTime = (a: Entry, b: Entry): number =>
  a.recorded_at < b.recorded_at ? -1 : a.recorded_at > b.recorded_at ? 1 : 0
