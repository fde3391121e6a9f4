import { boundedDiff } from '../../model/bounded-diff.ts'
import type { FieldChange } from '../../model/change.ts'
import { type Filter, matches, scopeMayMatch } from '../../model/filter.ts'
import { parseJson } from '../../model/json.ts'
import { headerOf, type Resource } from '../../model/resource.ts'
import { type ChangeRow, keyOfRow } from '../change-row.ts'
import type { Comparing, Consolidated } from '../state-reader.ts'
import { firstChangeAfter } from './as-of.ts'
import { iso, parseResource } from './logged-change.ts'
import type { PartitionReader } from './partition-reader.ts'

/**
 * What differs in one partition between two offsets, one entry a key. Goes through the log from its end, so that the first
 * change met of a key is its last, and remembers the keys met as one bit each. Yields null where others may run.
 */
export function* partitionBetween(
  reader: PartitionReader,
  from: number,
  to: number,
  filter: Filter,
  how: Comparing,
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
      const entry = yield* consolidate(reader, last, from, filter, how)
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
  { versionsToo = false, fromFirstSight = false }: Comparing,
): Generator<null, Consolidated | null> {
  const first = yield* firstChangeAfter(reader, last.offset, from)
  const isFirstSight = fromFirstSight && first.op === 'r'
  const beginText = isFirstSight ? first.after : first.before
  const begin = beginText === null ? null : parseResource(beginText)
  const after = last.after === null ? null : parseResource(last.after)
  const known = after ?? begin
  if (known === null) return null
  if (!isWanted(filter, last, begin) && !isWanted(filter, last, after)) return null
  const fields = isFirstSight && first === last ? [] : fieldsBetween(first, last, begin, after, beginText)
  const isSame = begin !== null && after !== null && fields.length === 0
  const isSeenAlone = isFirstSight && isSame
  // It ended as it began. A re-creation under the same key is reported if its content differs.
  if (!versionsToo && isSame && !isSeenAlone) return null
  const before = isSeenAlone ? null : begin
  return {
    op: isSeenAlone ? 'r' : before === null ? 'c' : after === null ? 'd' : 'u',
    key: keyOfRow(last),
    version: last.version,
    resource: headerOf(known),
    before,
    after,
    fields,
    item: after === null ? null : itemOf(reader, last, after),
    firstSeen: isFirstSight ? iso(first.recordedAtMs) : null,
  }
}

const isWanted = (filter: Filter, { scope }: ChangeRow, resource: Resource | null): boolean =>
  resource !== null && matches(filter, scope, resource)

function fieldsBetween(
  first: ChangeRow,
  last: ChangeRow,
  before: Resource | null,
  after: Resource | null,
  beforeText: string | null,
): FieldChange[] {
  if (before === null || after === null) return []
  if (first === last) return parseJson(first.fields) as unknown as FieldChange[]
  return boundedDiff(before, after, (beforeText?.length ?? 0) + (last.after?.length ?? 0)).fields
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
