import { boundedDiff } from '../../model/bounded-diff.ts'
import type { FieldChange } from '../../model/change.ts'
import { type Filter, matches, scopeMayMatch } from '../../model/filter.ts'
import { parseJson } from '../../model/json.ts'
import { headerOf, type Resource } from '../../model/resource.ts'
import { type ChangeRow, keyOfRow } from '../change-row.ts'
import type { Consolidated } from '../state-reader.ts'
import { firstChangeAfter } from './as-of.ts'
import { iso, parseResource } from './logged-change.ts'
import type { PartitionReader } from './partition-reader.ts'

/**
 * What differs in one partition between two offsets, one entry a key. Goes through the log from its end, so that the first
 * change met of a key is its last, and remembers the keys met as one bit each. Yields null where others may run.
 * @param versionsToo also keys that ended as they began: their content is the same, and their version isn't
 */
export function* partitionBetween(
  reader: PartitionReader,
  from: number,
  to: number,
  filter: Filter,
  versionsToo: boolean,
): Generator<Consolidated | null> {
  const met = new Uint8Array((reader.maxResource() >> 3) + 1)
  for (let through = to; through > from; ) {
    const page = reader.descending(from, through)
    for (const last of page) {
      const byte = last.resource >> 3
      const bit = 1 << (last.resource & 7)
      if (((met[byte] ?? 0) & bit) !== 0) continue
      met[byte] = (met[byte] ?? 0) | bit
      if (!scopeMayMatch(filter, last.scope)) continue
      const entry = yield* consolidate(reader, last, from, filter, versionsToo)
      if (entry !== null) yield entry
    }
    through = (page.at(-1)?.offset ?? from + 1) - 1
    // A page may hold nothing but further changes of keys that were met.
    yield null
  }
}

function* consolidate(
  reader: PartitionReader,
  last: ChangeRow,
  from: number,
  filter: Filter,
  versionsToo: boolean,
): Generator<null, Consolidated | null> {
  const first = yield* firstChangeAfter(reader, last.offset, from)
  const before = first.before === null ? null : parseResource(first.before)
  const after = last.after === null ? null : parseResource(last.after)
  const known = after ?? before
  if (known === null) return null
  if (!isWanted(filter, last, before) && !isWanted(filter, last, after)) return null
  const fields = fieldsBetween(first, last, before, after)
  // It ended as it began. A re-creation under the same key is reported if its content differs.
  if (!versionsToo && before !== null && after !== null && fields.length === 0) return null
  return {
    op: before === null ? 'c' : after === null ? 'd' : 'u',
    key: keyOfRow(last),
    version: last.version,
    resource: headerOf(known),
    before,
    after,
    fields,
    item: after === null ? null : itemOf(reader, last, after),
  }
}

const isWanted = (filter: Filter, { scope }: ChangeRow, resource: Resource | null): boolean =>
  resource !== null && matches(filter, scope, resource)

function fieldsBetween(
  first: ChangeRow,
  last: ChangeRow,
  before: Resource | null,
  after: Resource | null,
): FieldChange[] {
  if (before === null || after === null) return []
  if (first === last) return parseJson(first.fields) as unknown as FieldChange[]
  return boundedDiff(before, after, (first.before?.length ?? 0) + (last.after?.length ?? 0)).fields
}

const itemOf = (reader: PartitionReader, last: ChangeRow, resource: Resource) => ({
  key: keyOfRow(last),
  version: last.version,
  scope: last.scope,
  first_seen: iso(reader.firstSeenMs(last.resource)),
  changed_at: iso(last.recordedAtMs),
  observed_at: iso(last.observedAtMs),
  resource,
})
