import type { Position } from '../../model/cursor.ts'
import type { Filter } from '../../model/filter.ts'
import type { Row } from '../change-row.ts'
import { type ClassFilter, classFilter, passesByClass } from './class-filter.ts'
import { movedSince } from './moves.ts'
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
  { where, parameters }: ClassFilter,
): Generator<null, PrunedScope[]> {
  const { head, now } = reader.atOnce(() => ({
    head: reader.head(),
    now: reader.prepared(matching(where)).all(...parameters),
  }))
  const known = new Set(now.map(({ scope }) => String(scope)))
  const others = (yield* scopesOfThen(reader, offset, head, filter)).filter(({ scope }) => !known.has(String(scope)))
  return [...now, ...others].map((row) => ({
    ...scopeAtOf(reader, row),
    classes: classesOf(row, offset),
    lastChangeAtMs: Number(row.last_change_at ?? 0),
  }))
}

/** Scopes that may have held something of the classes then, and may not now: something that passes left them since. */
function* scopesOfThen(reader: PartitionReader, offset: number, head: number, filter: Filter): Generator<null, Row[]> {
  if (offset >= head) return []
  if (head - offset > maxWalked) return reader.prepared(changedAfter).all(offset)
  const left = new Set<string>()
  for (const moved of movedSince(reader, offset, head)) {
    if (moved === null) yield null
    else if (moved.n < 0 && passesByClass(filter, moved.class)) left.add(moved.scope)
  }
  return [...left].flatMap((scope) => reader.prepared(byName).all(scope))
}

/** All rows where all pass; rows that changed since `offset` are looked at whatever their class. */
const classesOf = (row: Row, offset: number): ClassList | null =>
  Number(row.matching) === Number(row.live) && Number(row.last_change ?? 0) <= offset
    ? null
    : String(row.classes ?? '[]')
