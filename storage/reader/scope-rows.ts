import { saysGone } from '../../model/record.ts'
import { keyOf, type Scope } from '../../model/scope.ts'
import type { ScopeCondition, ScopeStatus } from '../../model/status.ts'
import type { Row } from '../change-row.ts'
import { iso } from './logged-change.ts'
import type { PartitionReader } from './partition-reader.ts'

/** Where a scope's resources are. */
export interface ScopeAt {
  readonly reader: PartitionReader
  readonly id: number
  readonly scope: Scope
  /** Every live, unheld resource was seen so at this time. */
  readonly confirmedAtMs: number
}

/** Maximum held keys that a scope's status lists; `deletes` counts all of them. */
const maxHeldKeys = 100

/**
 * All scopes in the order of their keys. A scope's keys begin with the scope and a slash, and no scope so ended begins
 * another, so going through the scopes in this order and through each one's names gives all keys in byte order.
 */
export function scopesInKeyOrder(readers: readonly PartitionReader[]): ScopeAt[] {
  const found = readers.flatMap((reader) =>
    reader.scopes().map((row) => ({
      reader,
      id: Number(row.id),
      scope: String(row.scope) as Scope,
      confirmedAtMs: Number(row.confirmed_at ?? 0),
    })),
  )
  return found.sort((a, b) => compareBytes(`${a.scope}/`, `${b.scope}/`))
}

/** As SQLite's BINARY collation orders text: by its UTF-8 bytes. */
export const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

const isoOrNull = (value: Row[string]): string | null => (value == null ? null : iso(Number(value)))

export function scopeStatus(reader: PartitionReader, row: Row, nowMs: number, staleAfterMs: number): ScopeStatus {
  const scope = String(row.scope) as Scope
  const deletes = Number(row.held)
  const live = Number(row.live)
  const keys = deletes === 0 ? [] : reader.heldNames(Number(row.id), maxHeldKeys)
  const completedAtMs = completedAt(row, nowMs)
  return {
    scope,
    status: condition(row, deletes, completedAtMs, nowMs - staleAfterMs),
    last_attempt_at: isoOrNull(row.last_attempt_at ?? null),
    last_complete_at: isoOrNull(completedAtMs),
    gone_since: isoOrNull(row.gone_since ?? null),
    resources: live,
    errors: JSON.parse(String(row.errors)),
    warnings: JSON.parse(String(row.warnings)),
    attributes: JSON.parse(String(row.attributes)),
    held: deletes === 0 ? null : { deletes, of: live, keys: keys.map((name) => keyOf(scope, name)) },
  }
}

export const isForgotten = (row: Row): boolean => Number(row.forgotten ?? 0) !== 0

/** By this deployment's clock; files of an earlier vaino have the sender's time alone. */
function completedAt(row: Row, nowMs: number): number | null {
  if (row.completed_at != null) return Number(row.completed_at)
  return row.last_complete_at == null ? null : Math.min(Number(row.last_complete_at), nowMs)
}

function condition(row: Row, held: number, completedAtMs: number | null, staleBeforeMs: number): ScopeCondition {
  if (held > 0) return 'held'
  if (Number(row.failed) === 1) return saysGone(JSON.parse(String(row.errors))) ? 'gone' : 'failing'
  if (row.last_attempt_at == null) return 'events'
  return (completedAtMs ?? 0) < staleBeforeMs ? 'stale' : 'fresh'
}

/** The scopes of all partitions after one, by name in byte order; holds one page of each partition. */
export function* scopesByName(
  readers: readonly PartitionReader[],
  after: string,
): Generator<{ readonly reader: PartitionReader; readonly row: Row }> {
  const heads = readers.map((reader) => {
    const rows = rowsAfter(reader, after)
    return { reader, rows, next: rows.next() }
  })
  for (;;) {
    let first: (typeof heads)[number] | null = null
    for (const head of heads) {
      if (head.next.done) continue
      if (
        first === null ||
        first.next.done ||
        compareBytes(String(head.next.value.scope), String(first.next.value.scope)) < 0
      )
        first = head
    }
    if (first === null || first.next.done) return
    yield { reader: first.reader, row: first.next.value }
    first.next = first.rows.next()
  }
}

function* rowsAfter(reader: PartitionReader, after: string): Generator<Row, undefined> {
  for (let from = after; ; ) {
    const page = reader.scopesAfter(from)
    for (const row of page) if (!isForgotten(row)) yield row
    const last = page.at(-1)
    if (last === undefined) return
    from = String(last.scope)
  }
}
