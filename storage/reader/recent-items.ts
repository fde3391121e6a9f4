import { type Filter, isEmptyFilter } from '../../model/filter.ts'
import type { RecentItem, RecentPlace } from '../state-reader.ts'
import { candidateScopes, type PrunedScope } from './candidate-scopes.ts'
import { asksForClass } from './class-filter.ts'
import { passing } from './items.ts'
import { labelledResources } from './labelled-resources.ts'
import { type PartitionReader, resourceColumns, toResource } from './partition-reader.ts'
import { scopeAtOf } from './scope-rows.ts'

/** Places read at once. */
const batchSize = 256

/** Rows of which some may be among the last changed. */
interface Source {
  readonly partition: number
  /** None of its rows changed later. */
  readonly newestMs: number
  /** Those before a place, the last changed first. */
  read(before: RecentPlace, limit: number): RecentPlace[]
}

const end: RecentPlace = { changedAtMs: Number.MAX_SAFE_INTEGER, partition: Number.MAX_SAFE_INTEGER, resource: 0 }

/** Of one time, higher partitions come first, and in a partition later resources. */
const compare = (a: RecentPlace, b: RecentPlace): number =>
  b.changedAtMs - a.changedAtMs || b.partition - a.partition || b.resource - a.resource

/**
 * Live items as they are now, the last changed first. Without a filter by class or scope they come by an index; with one, from the scopes that hold
 * such, of which few are looked at, since a scope says when it changed last.
 */
export function* recentItems(
  readers: readonly PartitionReader[],
  filter: Filter,
  before: RecentPlace = end,
): Generator<RecentItem | null> {
  const sources = yield* sourcesFor(readers, filter)
  sources.sort((a, b) => b.newestMs - a.newestMs)
  for (let last = before; ; ) {
    const batch = yield* newest(sources, last)
    for (const place of batch) {
      const item = itemAt(readers, place, filter)
      yield item === null ? null : { ...place, item }
    }
    const next = batch.at(-1)
    if (next === undefined || batch.length < batchSize) return
    last = next
  }
}

function* sourcesFor(readers: readonly PartitionReader[], filter: Filter): Generator<null, Source[]> {
  const found = yield* labelledResources(
    readers,
    readers.map((reader) => reader.head()),
    filter,
  )
  if (found !== null) {
    const places = found.sort(compare)
    return [
      { partition: 0, newestMs: Number.MAX_SAFE_INTEGER, read: (before, limit) => placesAfter(places, before, limit) },
    ]
  }
  const { scope, key, key_prefix, within } = filter
  if (!asksForClass(filter) && isEmptyFilter({ scope, key, key_prefix, within })) return readers.map(wholePartition)
  const scopes = yield* candidateScopes(
    readers,
    readers.map((reader) => reader.head()),
    filter,
  )
  return scopes.map(ofScope)
}

function placesAfter(places: readonly RecentPlace[], before: RecentPlace, limit: number): RecentPlace[] {
  const start = places.findIndex((place) => compare(place, before) > 0)
  return start < 0 ? [] : places.slice(start, start + limit)
}

/** Of one time: those before a resource, or all of a lower partition, or none of a higher one. */
const beforeId = (before: RecentPlace, partition: number): number =>
  partition === before.partition ? before.resource : partition < before.partition ? Number.MAX_SAFE_INTEGER : 0

const byTime = `SELECT id, changed_at FROM resources WHERE state > 0 AND (changed_at, id) < (?, ?) ORDER BY changed_at DESC, id DESC LIMIT ?`

const wholePartition = (reader: PartitionReader): Source => ({
  partition: reader.partition,
  newestMs: Number.MAX_SAFE_INTEGER,
  read: (before, limit) => placesOf(reader, byTime, before.changedAtMs, beforeId(before, reader.partition), limit),
})

const ofScopeByTime = `SELECT id, changed_at FROM resources INDEXED BY resources_by_name WHERE scope = ? AND state > 0 AND (changed_at, id) < (?, ?)
  ORDER BY changed_at DESC, id DESC LIMIT ?`

const ofClassesByTime = `SELECT id, changed_at FROM resources INDEXED BY resources_by_name WHERE scope = ? AND state > 0 AND (changed_at, id) < (?, ?)
    AND (length(hashes) < 20 OR hex(substr(hashes, 17, 4)) IN (SELECT value FROM json_each(?)))
  ORDER BY changed_at DESC, id DESC LIMIT ?`

const ofScope = ({ reader, id, classes, lastChangeAtMs }: PrunedScope): Source => ({
  partition: reader.partition,
  newestMs: lastChangeAtMs,
  read(before, limit) {
    const place = [before.changedAtMs, beforeId(before, reader.partition)] as const
    return classes === null
      ? placesOf(reader, ofScopeByTime, id, ...place, limit)
      : placesOf(reader, ofClassesByTime, id, ...place, classes, limit)
  },
})

const placesOf = (reader: PartitionReader, sql: string, ...parameters: (string | number)[]): RecentPlace[] =>
  reader
    .prepared(sql)
    .all(...parameters)
    .map(({ id, changed_at }) => ({
      changedAtMs: Number(changed_at),
      partition: reader.partition,
      resource: Number(id),
    }))

/** The next places of all sources; a source is left alone once enough are known that are later than all of its rows. */
function* newest(sources: readonly Source[], before: RecentPlace): Generator<null, RecentPlace[]> {
  let best: RecentPlace[] = []
  for (const source of sources) {
    const worst = best.length < batchSize ? null : best.at(-1)
    if (worst != null && worst.changedAtMs > source.newestMs) break
    best = [...best, ...source.read(before, batchSize)].sort(compare).slice(0, batchSize)
    yield null
  }
  return best
}

const byId = `SELECT ${resourceColumns}, scopes.id AS scope_id, scopes.scope, confirmed_at FROM resources JOIN scopes ON scopes.id = resources.scope
  WHERE resources.id = ?`

function itemAt(readers: readonly PartitionReader[], { partition, resource }: RecentPlace, filter: Filter) {
  const reader = readers[partition]
  const row = reader?.prepared(byId).get(resource)
  if (reader === undefined || row === undefined) return null
  const at = toResource(row)
  return passing(scopeAtOf(reader, { ...row, id: row.scope_id ?? null }), at, { ...at, isCurrent: true }, filter)
}
