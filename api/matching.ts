import type { Item } from '../model/change.ts'
import type { Position } from '../model/cursor.ts'
import { type Filter, isEmptyFilter, matches } from '../model/filter.ts'
import type { Resource } from '../model/resource.ts'
import { type Key, splitKey } from '../model/scope.ts'
import type { Comparing, Consolidated, StateReader } from '../storage/state-reader.ts'

/**
 * The part of a filter that skips whole scopes. The rest is asked here, one resource at a time: the reader can't be
 * interrupted while it looks for a match, and a filter that lets little through would keep the thread for seconds.
 */
function scopesOnly({ scope, key, key_prefix }: Filter): Filter {
  const start = key ?? key_prefix
  const within = start === undefined ? undefined : splitKey(start)?.scope
  if (scope !== undefined || within !== undefined) return { scope: scope ?? within }
  return key_prefix === undefined ? {} : { key_prefix }
}

/**
 * Live items by key. An item that the filter doesn't let through is yielded as null.
 * @param looked is called with each key, whether its item passes or not
 * @param crowded as for `StateReader.items`
 */
export function* matchingItems(
  reader: StateReader,
  at: Position,
  filter: Filter,
  after?: Key,
  looked?: (key: Key) => void,
  crowded?: () => void,
): Generator<Item | null> {
  if (filter.key !== undefined) {
    if (after !== undefined) return
    const found = reader.get(filter.key as Key, at)
    yield found.kind === 'live' && matches(filter, found.item.scope, found.item.resource) ? found.item : null
    return
  }
  yield* reader.items(at, filter, after, looked, crowded)
}

/** What differs between two positions, and whether each side passes the filter. */
export interface Difference {
  readonly entry: Consolidated
  /** It passes now; else it has left what the filter lets through, as if it were deleted. */
  readonly passes: boolean
}

/**
 * The differences of what the filter lets through before or after; null for any other.
 * @param how as for `StateReader.between`
 */
export function* matchingDifferences(
  reader: StateReader,
  from: Position,
  to: Position,
  filter: Filter,
  how: Comparing = {},
): Generator<Difference | null> {
  const all = isEmptyFilter(filter)
  for (const entry of reader.between(from, to, scopesOnly(filter), how)) {
    if (entry === null) {
      yield null
      continue
    }
    const scope = splitKey(entry.key)?.scope
    const letsThrough = (resource: Resource | null) =>
      resource !== null && (all || (scope !== undefined && matches(filter, scope, resource)))
    const passes = letsThrough(entry.after)
    yield passes || letsThrough(entry.before) ? { entry, passes } : null
  }
}
