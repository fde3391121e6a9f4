import { saysGone } from '../../model/record.ts'
import { keyOf, type Scope } from '../../model/scope.ts'
import { everyMsOf, staleAfter } from '../../model/staleness.ts'
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

/** Where a scope's resources are, by its row. */
export const scopeAtOf = (reader: PartitionReader, row: Row): ScopeAt => ({
  reader,
  id: Number(row.id),
  scope: String(row.scope) as Scope,
  confirmedAtMs: Number(row.confirmed_at ?? 0),
})

/** One scope, forgotten or not; null where there is none of this name. */
export function findScope(reader: PartitionReader, scope: Scope): ScopeAt | null {
  const row = reader.scope(scope)
  return row === undefined ? null : scopeAtOf(reader, row)
}

/** One that begins another with a character below a slash comes by name before it, and by key after it. */
const comesLater = (scope: string, name: string): boolean =>
  name.length > scope.length && name.startsWith(scope) && name.charAt(scope.length) < '/'

/**
 * The scopes in the order of their keys, forgotten ones too, from one on. A scope's keys begin with the scope and a slash, and no scope
 * so ended begins another, so going through the scopes in this order and through each one's names gives all keys in byte order.
 *
 * They are read by name, a page of each partition at a time. A scope waits for those that it begins and that come before it by key:
 * `a/b/c/d` for `a/b/c/d-e`. These follow it at once by name, so at most as many wait as a scope has characters.
 * @param find a scope by its name
 */
export function* scopesInKeyOrder(
  readers: readonly PartitionReader[],
  from: Scope | null,
  find: (scope: Scope) => ScopeAt | null,
): Generator<ScopeAt> {
  const waiting: ScopeAt[] = []
  for (let length = 1; from !== null && length <= from.length; length++) {
    const scope = from.slice(0, length) as Scope
    const found = scope === from || comesLater(scope, from) ? find(scope) : null
    if (found !== null) waiting.push(found)
  }
  for (const { reader, row } of rowsByName(readers, from ?? '')) {
    const next = scopeAtOf(reader, row)
    for (let last = waiting.at(-1); last !== undefined && !comesLater(last.scope, next.scope); last = waiting.at(-1)) {
      waiting.pop()
      yield last
    }
    waiting.push(next)
  }
  yield* waiting.reverse()
}

const surrogate = /[\ud800-\udfff]/

/** As SQLite's BINARY collation orders text: by its UTF-8 bytes, which is JavaScript's order but for characters beyond the first 65,536. */
export const compareBytes = (a: string, b: string): number =>
  surrogate.test(a) || surrogate.test(b) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : a < b ? -1 : a > b ? 1 : 0

const isoOrNull = (value: Row[string]): string | null => (value == null ? null : iso(Number(value)))

/** @param staleAfterMs for a scope whose scans don't say how often it is read */
export function scopeStatus(reader: PartitionReader, row: Row, nowMs: number, staleAfterMs: number): ScopeStatus {
  const scope = String(row.scope) as Scope
  const deletes = Number(row.held)
  const live = Number(row.live)
  const keys = deletes === 0 ? [] : reader.heldNames(Number(row.id), maxHeldKeys)
  const completedAtMs = completedAt(row, nowMs)
  const attributes = JSON.parse(String(row.attributes))
  return {
    scope,
    status: conditionOf({
      isHeld: deletes > 0,
      errors: Number(row.failed) === 1 ? String(row.errors) : null,
      isEvents: row.last_attempt_at == null,
      isFresh: (completedAtMs ?? 0) >= nowMs - staleAfter(everyMsOf(attributes), staleAfterMs),
    }),
    last_attempt_at: isoOrNull(row.last_attempt_at ?? null),
    last_complete_at: isoOrNull(completedAtMs),
    last_change_at: isoOrNull(row.last_change_at ?? null),
    gone_since: isoOrNull(row.gone_since ?? null),
    resources: live,
    errors: JSON.parse(String(row.errors)),
    warnings: JSON.parse(String(row.warnings)),
    attributes,
    held: deletes === 0 ? null : { deletes, of: live, keys: keys.map((name) => keyOf(scope, name)) },
  }
}

export const isForgotten = (row: Row): boolean => Number(row.forgotten ?? 0) !== 0

/** By this deployment's clock; files of an earlier vaino have the sender's time alone. */
function completedAt(row: Row, nowMs: number): number | null {
  if (row.completed_at != null) return Number(row.completed_at)
  return row.last_complete_at == null ? null : Math.min(Number(row.last_complete_at), nowMs)
}

interface ConditionFacts {
  readonly isHeld: boolean | undefined
  /** Of the last scan, as JSON text, where it failed; else null. */
  readonly errors: string | null
  readonly isEvents: boolean | undefined
  readonly isFresh: boolean | undefined
}

export function conditionOf({ isHeld, errors, isEvents, isFresh }: ConditionFacts): ScopeCondition {
  if (isHeld) return 'held'
  if (errors !== null) return saysGone(JSON.parse(errors)) ? 'gone' : 'failing'
  if (isEvents) return 'events'
  return isFresh ? 'fresh' : 'stale'
}

/** The scopes of all partitions after one, by name in byte order, but for forgotten ones; holds one page of each partition. */
export function* scopesByName(readers: readonly PartitionReader[], after: string): Generator<ScopeRow> {
  for (const found of rowsByName(readers, after)) if (!isForgotten(found.row)) yield found
}

interface ScopeRow {
  readonly reader: PartitionReader
  readonly row: Row
}

function* rowsByName(readers: readonly PartitionReader[], after: string): Generator<ScopeRow> {
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
    yield* page
    const last = page.at(-1)
    if (last === undefined) return
    from = String(last.scope)
  }
}
