import type { SQLOutputValue, StatementSync } from 'node:sqlite'
import type { Op } from '../model/change.ts'
import { keyOf, type Scope } from '../model/scope.ts'

export type Row = Record<string, SQLOutputValue>

/** A change as it lies in a partition's file; documents are JSON text. */
export interface ChangeRow {
  readonly partition: number
  readonly offset: number
  readonly resource: number
  /** Offset of the change before it of the same resource; 0 for none. */
  readonly prev: number
  readonly prevAtMs: number
  readonly op: Op
  readonly version: number
  readonly recordedAtMs: number
  readonly observedAtMs: number
  readonly scan: string | null
  readonly reason: string | null
  readonly occurredAt: string | null
  readonly actor: string | null
  readonly header: string
  readonly fields: string
  readonly before: string | null
  readonly after: string | null
  readonly scope: Scope
  readonly name: string
}

/** What to select for {@link readChange}; `where` follows. */
export const selectChanges = `SELECT changes.offset, resource, prev, prev_at, op, changes.version, recorded_at, changes.observed_at,
    changes.scan, reason, occurred_at, actor, header, fields, before, after, scopes.scope, resources.name
  FROM changes JOIN resources ON resources.id = changes.resource JOIN scopes ON scopes.id = resources.scope`

/** @param insert takes the columns of `changes` in the order of the schema */
export const insertChange = (
  insert: StatementSync,
  row: Omit<ChangeRow, 'partition' | 'scope' | 'name'>,
): ReturnType<StatementSync['run']> =>
  insert.run(
    row.offset,
    row.resource,
    row.prev,
    row.prevAtMs,
    row.op,
    row.version,
    row.recordedAtMs,
    row.observedAtMs,
    row.scan,
    row.reason,
    row.occurredAt,
    row.actor,
    row.header,
    row.fields,
    row.before,
    row.after,
  )

export const text = (value: SQLOutputValue | undefined): string | null => (value == null ? null : String(value))

export const readChange = (partition: number, row: Row): ChangeRow => ({
  partition,
  offset: Number(row.offset),
  resource: Number(row.resource),
  prev: Number(row.prev),
  prevAtMs: Number(row.prev_at),
  op: String(row.op) as Op,
  version: Number(row.version),
  recordedAtMs: Number(row.recorded_at),
  observedAtMs: Number(row.observed_at),
  scan: text(row.scan),
  reason: text(row.reason),
  occurredAt: text(row.occurred_at),
  actor: text(row.actor),
  header: String(row.header),
  fields: String(row.fields),
  before: text(row.before),
  after: text(row.after),
  scope: String(row.scope) as Scope,
  name: String(row.name),
})

export const keyOfRow = (row: Pick<ChangeRow, 'scope' | 'name'>) => keyOf(row.scope, row.name)
