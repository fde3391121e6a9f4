import { type EntryOp, entryOps } from '../../model/change.ts'
import type { Filter } from '../../model/filter.ts'
import type { Scope } from '../../model/scope.ts'
import { type Row, text } from '../change-row.ts'
import { minuteMs } from '../partition/activity-counters.ts'
import type { EntryHead } from '../state-reader.ts'
import { failsByHeader, otherHeader } from './header-filter.ts'
import type { PartitionReader } from './partition-reader.ts'

const heads = `SELECT changes.offset, op, recorded_at, changes.scan, actor, header, scopes.scope, iif(op = 'u', ${otherHeader}, 0) AS has_other_header
  FROM changes JOIN resources ON resources.id = iif(op = 'a', prev_at, resource) JOIN scopes ON scopes.id = resources.scope
  WHERE changes.offset > ? AND changes.offset <= ? ORDER BY changes.offset DESC LIMIT ?`

/** Entries in `(after, through]`, newest first, without fields and documents. */
export const entryHeads = (reader: PartitionReader, after: number, through: number, limit: number): EntryHead[] =>
  reader
    .prepared(heads)
    .all(after, through, limit)
    .map((row) => toHead(reader.partition, row))

function toHead(partition: number, row: Row): EntryHead {
  const [op, scope, header] = [String(row.op) as EntryOp, String(row.scope) as Scope, String(row.header)]
  const hasOtherHeader = () => Number(row.has_other_header) === 1
  return {
    partition,
    offset: Number(row.offset),
    op,
    scope,
    recordedAtMs: Number(row.recorded_at),
    scan: op === 'a' ? null : text(row.scan),
    actor: text(row.actor),
    mayMatch: (filter: Filter) => !failsByHeader(filter, { scope, op, header, hasOtherHeader }),
  }
}

/** An update counts for the provider that it leaves a resource with, and may have found it with another. */
const newestMinute = `SELECT max(minute) AS minute FROM minutes WHERE minute <= ?1
  AND op IN (SELECT value FROM json_each(?2)) AND (?3 IS NULL OR provider = ?3 OR op IN ('u', 'a'))`
const oldestMinute = 'SELECT min(minute) AS minute FROM minutes'

/**
 * Where, going back from an offset, the next entry of some ops or of a provider can be: minutes are counted by both, so that hours without one cost
 * nothing. At most `through`.
 * @param ops null: any
 */
export function skipBack(
  reader: PartitionReader,
  through: number,
  ops: readonly EntryOp[] | null,
  provider: string | undefined,
): number {
  if (ops === null && provider === undefined) return through
  const atMs = reader.recordedAtMs(through)
  if (atMs === null) return through
  const minute = Math.floor(atMs / minuteMs)
  const row = reader.prepared(newestMinute).get(minute, JSON.stringify(ops ?? entryOps), provider ?? null)
  // What is older than the minutes that are kept is looked at entry by entry.
  const oldest = Number(reader.prepared(oldestMinute).get()?.minute ?? minute)
  const found = row?.minute == null ? oldest - 1 : Number(row.minute)
  return found >= minute ? through : reader.offsetAt((found + 1) * minuteMs - 1, through)
}
