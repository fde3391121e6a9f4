import type { EntryOp } from '../../model/change.ts'
import { everyMsAttribute, intervalsUntilStale, leastStaleMs } from '../../model/staleness.ts'
import { type ScopeCondition, scopeConditions } from '../../model/status.ts'
import type { Row } from '../change-row.ts'
import { minuteMs } from '../partition/activity-counters.ts'
import type { MinuteCount, StateCounts, StateSummary } from '../state-counts.ts'
import { isCountable } from './class-filter.ts'
import { countFacets } from './facets.ts'
import type { PartitionReader } from './partition-reader.ts'
import { conditionOf } from './scope-rows.ts'

export const openCounts = (readers: readonly PartitionReader[], staleAfterMs: number): StateCounts => ({
  isCountable,
  facets: (filter, by, at) => countFacets(readers, filter, by, at),
  activity: (fromMs, toMs) => readers.flatMap((reader) => minutesOf(reader, fromMs, toMs)),
  summary: () => summarise(readers, staleAfterMs),
})

const minutesBetween = 'SELECT * FROM minutes WHERE minute >= ? AND minute < ?'

const minutesOf = (reader: PartitionReader, fromMs: number, toMs: number): MinuteCount[] =>
  reader
    .prepared(minutesBetween)
    .all(Math.ceil(fromMs / minuteMs), Math.ceil(toMs / minuteMs))
    .map(toMinute)

const toMinute = ({ minute, op, provider, n }: Row): MinuteCount => ({
  minuteMs: Number(minute) * minuteMs,
  op: String(op) as EntryOp,
  provider: String(provider),
  n: Number(n),
})

const said = `attributes ->> '$.${everyMsAttribute}'`
const saysOften = `json_type(attributes, '$.${everyMsAttribute}') IN ('integer', 'real') AND ${said} > 0`
/** `staleAfter` of the scope's attributes, as SQL; a property test compares the two. */
const staleAfterSql = `iif(${saysOften}, max(${leastStaleMs}, ${intervalsUntilStale} * (${said})), ?3)`

/** Listed scopes that agree in all that their condition follows from, as one row. */
const byCondition = `SELECT count(*) AS n, sum(live) AS live, sum(held) AS held_deletes, waits, failed, is_events, is_fresh, errors
  FROM (SELECT live, held, held > 0 AS waits, failed, last_attempt_at IS NULL AS is_events,
    coalesce(completed_at, min(last_complete_at, ?1), 0) >= ?2 - ${staleAfterSql} AS is_fresh, iif(failed = 1, errors, '[]') AS errors
    FROM scopes WHERE forgotten = 0)
  GROUP BY waits, failed, is_events, is_fresh, errors`

const letters = 'SELECT count(*) AS n FROM dead_letters'
const lastRecorded = 'SELECT recorded_at FROM changes ORDER BY offset DESC LIMIT 1'

function summarise(readers: readonly PartitionReader[], staleAfterMs: number): StateSummary {
  const nowMs = Date.now()
  const scopes = Object.fromEntries(scopeConditions.map((name) => [name, 0])) as Record<ScopeCondition, number>
  let resources = 0
  let held = 0
  let deadLetters = 0
  let lastChangeAtMs: number | null = null
  for (const reader of readers) {
    for (const row of reader.prepared(byCondition).all(nowMs, nowMs, staleAfterMs)) {
      const [isHeld, failed, isEvents, isFresh] = [row.waits, row.failed, row.is_events, row.is_fresh].map(Boolean)
      const errors = failed ? String(row.errors) : null
      scopes[conditionOf({ isHeld, errors, isEvents, isFresh })] += Number(row.n)
      resources += Number(row.live)
      held += Number(row.held_deletes)
    }
    deadLetters += Number(reader.prepared(letters).get()?.n)
    const last = Math.max(Number(reader.prepared(lastRecorded).get()?.recorded_at ?? 0), reader.floorAtMs())
    if (last > 0) lastChangeAtMs = Math.max(lastChangeAtMs ?? 0, last)
  }
  return { resources, scopes, held, deadLetters, lastChangeAtMs }
}
