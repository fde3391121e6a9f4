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

/** An entry of op `a` as it lies there: who made a change. */
export interface AttributionRow {
  readonly partition: number
  readonly offset: number
  readonly op: 'a'
  /** The resource of the change, its offset and version. */
  readonly resource: number
  readonly of: number
  readonly version: number
  readonly recordedAtMs: number
  /** RFC 3339 in UTC. */
  readonly occurredAt: string
  /** JSON texts. */
  readonly actor: string
  readonly event: string
  readonly header: string
  readonly scope: Scope
  readonly name: string
}

export type LogRow = ChangeRow | AttributionRow

/** What to select for {@link readChange} and {@link readEntry}; `where` follows. */
export const selectChanges = `SELECT changes.offset, resources.id AS resource, prev, prev_at, op, changes.version, recorded_at, changes.observed_at,
    changes.scan, reason, occurred_at, actor, header, fields, before, after, scopes.scope, resources.name
  FROM changes JOIN resources ON resources.id = iif(op = 'a', prev_at, resource) JOIN scopes ON scopes.id = resources.scope`

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

export const readEntry = (partition: number, row: Row): LogRow =>
  row.op === 'a' ? readAttribution(partition, row) : readChange(partition, row)

const readAttribution = (partition: number, row: Row): AttributionRow => ({
  partition,
  offset: Number(row.offset),
  op: 'a',
  resource: Number(row.resource),
  of: Number(row.prev),
  version: Number(row.version),
  recordedAtMs: Number(row.recorded_at),
  occurredAt: String(row.occurred_at),
  actor: String(row.actor),
  event: String(row.reason),
  header: String(row.header),
  scope: String(row.scope) as Scope,
  name: String(row.name),
})

export const keyOfRow = (row: Pick<ChangeRow, 'scope' | 'name'>) => keyOf(row.scope, row.name)
