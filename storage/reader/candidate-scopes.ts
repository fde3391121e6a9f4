import type { Position } from '../../model/cursor.ts'
import type { Filter } from '../../model/filter.ts'
import type { Row } from '../change-row.ts'
import { type ClassFilter, classFilter, passesByClass } from './class-filter.ts'
import { type LaterMoves, movedSince, movesAfter } from './moves.ts'
import type { PartitionReader } from './partition-reader.ts'
import { compareBytes, type ScopeAt, scopeAtOf } from './scope-rows.ts'

/** A scope, and which of its rows are to be looked at. */
export interface PrunedScope extends ScopeAt {
  /** The classes that pass, as {@link ClassList}; null: all rows. */
  readonly classes: ClassList | null
  readonly lastChangeAtMs: number
}

/** A JSON array of the numbers of classes, each as the hex of its four bytes in `resources.hashes`. */
export type ClassList = string

const hexOfClass = `printf('%02X%02X%02X%02X', class & 255, (class >> 8) & 255, (class >> 16) & 255, (class >> 24) & 255)`

const matching = (where: string): string =>
  `SELECT scopes.id, scopes.scope, confirmed_at, scopes.live, last_change, last_change_at, sum(scope_classes.live) AS matching, json_group_array(${hexOfClass}) AS classes
   FROM scope_classes JOIN classes ON classes.id = scope_classes.class JOIN scopes ON scopes.id = scope_classes.scope
   ${where === '' ? '' : `WHERE ${where}`} GROUP BY scopes.id`

const columns = 'id, scope, confirmed_at, 0 AS live, last_change, last_change_at, 0 AS matching, NULL AS classes'
const changedAfter = `SELECT ${columns} FROM scopes WHERE last_change > ?`
const byName = `SELECT ${columns} FROM scopes WHERE scope = ?`

/** Over more entries of the log than this, 0.7 µs each, all scopes that changed since are looked at. */
const maxWalked = 50_000

/**
 * The scopes that hold, or at `at` may have held, something of the classes that a filter asks for, in the order of their keys. Holds a row
 * a scope. Yields null where others may run.
 */
export function* candidateScopes(
  readers: readonly PartitionReader[],
  at: Position,
  filter: Filter,
): Generator<null, PrunedScope[]> {
  const asked = classFilter(filter)
  const found: PrunedScope[] = []
  for (const reader of readers) found.push(...(yield* candidatesOf(reader, at[reader.partition] ?? 0, filter, asked)))
  return found.sort((a, b) => compareBytes(`${a.scope}/`, `${b.scope}/`))
}

function* candidatesOf(
  reader: PartitionReader,
  offset: number,
  filter: Filter,
  asked: ClassFilter,
): Generator<null, PrunedScope[]> {
  const { later, now } = reader.atOnce(() => ({
    later: movesAfter(reader, offset, reader.head(), asked),
    now: reader.prepared(matching(asked.where)).all(...asked.parameters),
  }))
  const known = new Set(now.map(({ scope }) => String(scope)))
  const others = (yield* scopesOfThen(reader, offset, later, filter)).filter(({ scope }) => !known.has(String(scope)))
  return [...now, ...others].map((row) => ({
    ...scopeAtOf(reader, row),
    classes: classesOf(row, offset),
    lastChangeAtMs: Number(row.last_change_at ?? 0),
  }))
}

/** Scopes that may have held something of the classes then, and may not now: more that passes left them since than came. */
function* scopesOfThen(
  reader: PartitionReader,
  offset: number,
  { through, moved: later }: LaterMoves,
  filter: Filter,
): Generator<null, Row[]> {
  if (offset >= through && later.length === 0) return []
  if (through - offset > maxWalked) return reader.prepared(changedAfter).all(offset)
  const came = new Map<string, number>()
  const add = ({ scope, n }: { scope: string; n: number }) => void came.set(scope, (came.get(scope) ?? 0) + n)
  later.forEach(add)
  for (const moved of movedSince(reader, offset, through)) {
    if (moved === null) yield null
    else if (passesByClass(filter, moved.class)) add(moved)
  }
  const left = [...came].flatMap(([scope, n]) => (n < 0 ? [scope] : []))
  return left.flatMap((scope) => reader.prepared(byName).all(scope))
}

/** All rows where all pass; rows that changed since `offset` are looked at whatever their class. */
const classesOf = (row: Row, offset: number): ClassList | null =>
  Number(row.matching) === Number(row.live) && Number(row.last_change ?? 0) <= offset
    ? null
    : String(row.classes ?? '[]')
