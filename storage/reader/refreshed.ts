import type { Scope } from '../../model/scope.ts'
import { text } from '../change-row.ts'
import type { ConfirmedScope, Refreshed } from '../state-reader.ts'
import { type PartitionReader, pageRows } from './partition-reader.ts'

/** By when the partition took the end of the scan: the time that a source gives for it need not go forward. */
const confirmed = `SELECT scope, coalesce(completed_at, confirmed_at) AS confirmed_at FROM scopes
  WHERE coalesce(completed_at, confirmed_at) > ? AND scope >= ? AND scope < ? AND forgotten = 0 ORDER BY 2, scope`

const refreshed = `SELECT name, json_extract(document, ?) AS value FROM resources JOIN refreshed ON refreshed.resource = resources.id
  WHERE scope = (SELECT id FROM scopes WHERE scope = ?) AND name > ? AND state > 0 ORDER BY name LIMIT ${pageRows}`

/** The scopes of one partition that begin so (ASCII) and that a scan has confirmed after a time, the earliest first. */
export const confirmedScopes = (reader: PartitionReader, start: string, afterMs: number): readonly ConfirmedScope[] =>
  reader
    .prepared(confirmed)
    .all(afterMs, start, `${start}\u{10ffff}`)
    .map((row) => ({ scope: String(row.scope) as Scope, confirmedAtMs: Number(row.confirmed_at) }))

/** A page of a scope's live resources whose documents stand beside the log, by name. @param member of their metadata */
export const refreshedOf = (
  reader: PartitionReader,
  scope: Scope,
  member: string,
  after: string,
): readonly Refreshed[] =>
  reader
    .prepared(refreshed)
    .all(`$.metadata.${member}`, scope, after)
    .map((row) => ({ id: String(row.name), value: text(row.value) }))
