import { decodeCursor, encodeCursor, type Position } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import { partitionOf } from '../../model/partition.ts'
import { type Key, type Scope, splitKey } from '../../model/scope.ts'
import type { ScopeStatus } from '../../model/status.ts'
import type { LogRow } from '../change-row.ts'
import type { DataDirIdentity } from '../data-dir.ts'
import { partitionPath } from '../data-dir.ts'
import type { RecentLog } from '../recent-log.ts'
import type { AsOf, Lookup, StateReader } from '../state-reader.ts'
import { resourceAt } from './as-of.ts'
import { entryHeads, skipBack } from './backwards.ts'
import { partitionBetween } from './between.ts'
import { openCounts } from './counts.ts'
import { deadLetters } from './dead-letters.ts'
import { historyOf, offsetOfPage } from './history.ts'
import { listItems, toItem } from './items.ts'
import { loggedAttribution } from './logged-attribution.ts'
import { iso, loggedChange } from './logged-change.ts'
import { PartitionReader } from './partition-reader.ts'
import { recentItems } from './recent-items.ts'
import { confirmedScopes, refreshedOf } from './refreshed.ts'
import { findScope, isForgotten, scopeStatus, scopesByName } from './scope-rows.ts'

export interface StateReaderParts {
  /** The settled time to answer as of, for a time that is asked for; absent where nothing is written meanwhile. */
  readonly settle?: (timeMs: number) => number
  /** Called when a file turns out to be damaged; the caller gets the error too. */
  readonly onDamage?: (error: VainoError) => void
  /** The end of the log as the writers handed it over; absent where nobody does. */
  readonly recent?: RecentLog
}

/**
 * Reads a data directory whose partitions' files exist.
 * @param staleAfterMs a scope without a complete scan for longer is stale
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one closure a query over the same open files
export function openStateReader(
  dataDir: string,
  identity: DataDirIdentity,
  staleAfterMs: number,
  { settle = (timeMs) => timeMs, onDamage = () => undefined, recent }: StateReaderParts = {},
): StateReader {
  const { logId, partitions } = identity
  const readers = Array.from(
    { length: partitions },
    (_, p) => new PartitionReader(partitionPath(dataDir, p), p, onDamage),
  )
  const readerOf = (partition: number): PartitionReader => {
    const reader = readers[partition]
    if (reader) return reader
    throw new VainoError('internal', `there is no partition ${partition}`)
  }

  const head = (): Position => readers.map((reader) => reader.head())
  const floorAtMs = (): number => Math.max(...readers.map((reader) => reader.floorAtMs()))
  const floor = (): Position => readers.map((reader) => reader.floor())

  function asOf(timeMs: number): AsOf {
    // Before the positions: what commits after this is later than what was settled.
    const asOfMs = settle(timeMs)
    const position = readers.map((reader) => reader.offsetAt(asOfMs))
    // Looked at last: retention may have passed the time meanwhile.
    const oldest = floorAtMs()
    if (asOfMs >= oldest) return { position, asOfMs }
    if (timeMs >= oldest) throw notSettled(asOfMs, oldest)
    throw new VainoError('cursor_expired', `The history before ${iso(oldest)} is no longer kept`, {
      hint: 'Ask for a later time; retention.age and retention.size keep more.',
      details: { oldest: iso(oldest) },
    })
  }

  function decode(cursor: string): Position {
    const position = decodeCursor(cursor, logId, partitions)
    const lowest = floor()
    if (position.some((offset, p) => offset < (lowest[p] ?? 0))) {
      throw new VainoError('cursor_expired', 'The history before this cursor is no longer kept', {
        hint: 'Take a new snapshot and follow from its cursor; retention.age and retention.size keep more.',
      })
    }
    const highest = head()
    if (position.some((offset, p) => offset > (highest[p] ?? 0))) {
      throw new VainoError('cursor_ahead', 'The cursor is ahead of this log, which has lost what it points to', {
        hint: 'The data directory was replaced or restored from a backup: take a new snapshot.',
      })
    }
    return position
  }

  const scopeOf = (scope: Scope) => findScope(readerOf(partitionOf(scope, partitions)), scope)

  const items: StateReader['items'] = (at, filter, after, looked, crowded) =>
    listItems({ readers, scopeOf }, at, filter, after, looked, crowded)

  function* scopesAfter(after: string): Generator<ScopeStatus> {
    for (const { reader, row } of scopesByName(readers, after)) yield scopeStatus(reader, row, Date.now(), staleAfterMs)
  }

  function* lookUp(key: Key, at: Position): Generator<null, Lookup> {
    const parts = splitKey(key)
    if (parts === null) return { kind: 'unknown' }
    const reader = readerOf(partitionOf(parts.scope, partitions))
    const row = reader.resource(parts.scope, parts.id)
    if (row === null) return { kind: 'unknown' }
    const found = yield* resourceAt(reader, row, at[reader.partition] ?? 0)
    if (found.document !== null) {
      const scopeAt = { scope: parts.scope, confirmedAtMs: reader.confirmedAtMs(parts.scope) }
      return { kind: 'live', item: toItem(scopeAt, row, found, found.document) }
    }
    if (found.version === 0) return { kind: 'unknown' }
    return { kind: 'deleted', deletedAt: iso(found.changedAtMs), version: found.version }
  }

  return {
    logId,
    partitions,
    head,
    floor,
    floorAtMs,
    asOf,
    encode: (position) => encodeCursor(logId, position),
    decode,
    items,
    get(key, at) {
      const search = lookUp(key, at)
      for (;;) {
        const { done, value } = search.next()
        if (done) return value
      }
    },
    lookUp,
    history(key, page) {
      const last = page === undefined ? null : offsetOfPage(page)
      const parts = splitKey(key)
      if (parts === null) return []
      const reader = readerOf(partitionOf(parts.scope, partitions))
      const row = reader.resource(parts.scope, parts.id)
      return row === null ? [] : historyOf(logId, readers, reader, row.id, last ?? row.last)
    },
    changes(partition, after, through, limit) {
      const reader = readerOf(partition)
      const rows = recent?.between(partition, after, through, limit)
      return logged(reader, rows ?? reader.ascending(after, through, limit))
    },
    changesOf(scopes, partition, after, through, limit) {
      const reader = readerOf(partition)
      const known = recent?.whole(partition, after, through)
      const rows = known?.filter(({ scope }) => scopes.some((start) => scope.startsWith(start))).slice(0, limit)
      return logged(reader, rows ?? reader.ascendingOf(scopes, after, through, limit))
    },
    entryHeads: (partition, after, through, limit) => entryHeads(readerOf(partition), after, through, limit),
    entry: (partition, offset) =>
      logged(readerOf(partition), readerOf(partition).ascending(offset - 1, offset, 1))[0] ?? null,
    skipBack: (partition, through, ops, provider) => skipBack(readerOf(partition), through, ops, provider),
    *between(from, to, filter, how = {}) {
      for (const reader of readers) {
        const { partition } = reader
        yield* partitionBetween(reader, from[partition] ?? 0, to[partition] ?? 0, filter, how)
      }
    },
    counts: openCounts(readers, staleAfterMs),
    recentlyChanged: (filter, before) => recentItems(readers, filter, before),
    scopes: () => [...scopesAfter('')],
    scope(scope) {
      const reader = readerOf(partitionOf(scope, partitions))
      const row = reader.scope(scope)
      return row === undefined || isForgotten(row) ? null : scopeStatus(reader, row, Date.now(), staleAfterMs)
    },
    scopesAfter,
    scopeNames: (start) => readers.flatMap((reader) => reader.scopeNames(start)) as Scope[],
    confirmedScopes: (partition, start, afterMs) => confirmedScopes(readerOf(partition), start, afterMs),
    refreshed: (scope, member, after) => refreshedOf(readerOf(partitionOf(scope, partitions)), scope, member, after),
    commits: (partition) => readerOf(partition).dataVersion(),
    producer: (partition, id) => readerOf(partition).producer(id),
    storageBytes: () => readers.reduce((sum, reader) => sum + reader.bytes(), 0),
    deadLetters: (limit, page, maxBytes) => deadLetters(readers, limit, page, maxBytes),
    [Symbol.dispose]: () => {
      for (const reader of readers) reader[Symbol.dispose]()
    },
  }
}

const logged = (reader: PartitionReader, rows: readonly LogRow[]) =>
  rows.map((row) => (row.op === 'a' ? loggedAttribution(row, () => reader.change(row.of)) : loggedChange(row)))

/** A copy that was just rebuilt keeps no history of the times that are settled elsewhere. */
const notSettled = (asOfMs: number, oldest: number): VainoError =>
  new VainoError('not_ready', `This node is settled up to ${iso(asOfMs)}, and keeps no history before ${iso(oldest)}`, {
    hint: 'Ask again in a minute, or ask without a time: the newest state is here.',
    retryAfterSeconds: 10,
  })
