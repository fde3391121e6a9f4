import { parseJson } from '../../model/json.ts'
import { keyOf, type Scope, splitKey } from '../../model/scope.ts'
import { type ChangeRow, keyOfRow } from '../../storage/change-row.ts'
import type { ReplicaChange, ReplicaScope, ReplicaState } from '../../storage/replica.ts'
import type { FollowedRecord, OutputRecord } from './frames.ts'

/**
 * The topics' contract (DESIGN §5.4): CloudEvents 1.0 in binary mode around Debezium's body. Documents are pasted in as the
 * JSON text that they are in the file.
 */
const scopeKeyPrefix = 'scope:'
const ceTypes = { r: 'read', c: 'created', u: 'updated', d: 'deleted' } as const

const iso = (ms: number): string => new Date(ms).toISOString()
const quoted = (value: string | null): string => (value === null ? 'null' : JSON.stringify(value))
const ms = (text: string): number => Date.parse(text)
const msOrNull = (text: unknown): number | null => (typeof text === 'string' ? Date.parse(text) : null)
const isoOrNull = (value: number | null): string | null => (value === null ? null : iso(value))

/** As wide as an offset can get, so that texts sort as numbers do. */
const sequenceDigits = 16

export function changeMessage(row: ChangeRow, prefix: string): OutputRecord {
  const key = keyOfRow(row)
  const id = `${row.partition}-${row.offset}`
  const source =
    `{"connector":"vaino","name":${JSON.stringify(prefix)},"ts_ms":${row.observedAtMs},"partition":${row.partition},` +
    `"offset":${row.offset},"previous_offset":${row.prev},"previous_ts_ms":${row.prevAtMs},"id":"${id}","key":${quoted(key)},` +
    `"version":${row.version},"scope":${quoted(row.scope)},"scan":${quoted(row.scan)},"reason":${quoted(row.reason)},` +
    `"occurred_at":${quoted(row.occurredAt)},"actor":${row.actor ?? 'null'},"resource":${row.header}}`
  const body =
    `{"before":${row.before ?? 'null'},"after":${row.after ?? 'null'},"op":"${row.op}","source":${source},` +
    `"ts_ms":${row.recordedAtMs},"fields":${row.fields}}`
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: `/vaino/${prefix}`,
    ce_type: `io.vaino.resource.${ceTypes[row.op]}`,
    ce_subject: key,
    ce_time: row.occurredAt ?? iso(row.observedAtMs),
    ce_recordedtime: iso(row.recordedAtMs),
    ce_sequence: String(row.offset).padStart(sequenceDigits, '0'),
    ce_partitionkey: row.scope,
    'content-type': 'application/json',
  }
  return { to: 'changes', key, value: Buffer.from(body), headers, timestampMs: row.recordedAtMs }
}

interface ChangeBody {
  before: unknown
  after: unknown
  op: ReplicaChange['op']
  ts_ms: number
  fields: unknown
  source: {
    ts_ms: number
    offset: number
    previous_offset: number
    previous_ts_ms: number
    key: string
    version: number
    scope: Scope
    scan: string | null
    reason: string | null
    occurred_at: string | null
    actor: unknown
    resource: unknown
  }
}

const documentOf = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))

export function readChangeMessage(value: Uint8Array): ReplicaChange {
  const { before, after, op, ts_ms, fields, source } = parseJson(
    Buffer.from(value).toString('utf8'),
  ) as unknown as ChangeBody
  return {
    offset: source.offset,
    prev: source.previous_offset,
    prevAtMs: source.previous_ts_ms,
    op,
    version: source.version,
    recordedAtMs: ts_ms,
    observedAtMs: source.ts_ms,
    scan: source.scan,
    reason: source.reason,
    occurredAt: source.occurred_at,
    actor: documentOf(source.actor),
    header: JSON.stringify(source.resource),
    fields: JSON.stringify(fields),
    before: documentOf(before),
    after: documentOf(after),
    scope: source.scope,
    name: source.key.slice(source.scope.length + 1),
  }
}

export function stateMessage(state: ReplicaState, partition: number, nowMs: number): OutputRecord {
  const key = keyOf(state.scope, state.name)
  const value =
    state.document === null
      ? null
      : Buffer.from(
          `{"key":${quoted(key)},"version":${state.version},"scope":${quoted(state.scope)},"change":"${partition}-${state.last}",` +
            `"first_seen":"${iso(state.firstSeenMs)}","changed_at":"${iso(state.changedAtMs)}",` +
            `"observed_at":"${iso(state.observedAtMs)}","held":${state.held},"resource":${state.document}}`,
        )
  return { to: 'state', key, value, headers: {}, timestampMs: nowMs }
}

interface StateBody {
  key: string
  version: number
  scope: Scope
  change: string
  first_seen: string
  changed_at: string
  observed_at: string
  held: boolean
  resource: unknown
}

export function scopeMessage(told: ReplicaScope, nowMs: number): OutputRecord {
  const body = {
    scope: told.scope,
    head: told.head,
    had_complete: told.hadComplete,
    scan: told.scan,
    scan_from: told.scanFrom,
    last_attempt_at: isoOrNull(told.lastAttemptAtMs),
    last_complete_at: isoOrNull(told.lastCompleteAtMs),
    confirmed_at: isoOrNull(told.confirmedAtMs),
    failed: told.failed,
    errors: told.errors,
    warnings: told.warnings,
    attributes: told.attributes,
  }
  const value = Buffer.from(JSON.stringify(body))
  return { to: 'state', key: `${scopeKeyPrefix}${told.scope}`, value, headers: {}, timestampMs: nowMs }
}

/** What a record of the state topic says; null for a deletion, which its change says too. */
export function readStateMessage(
  record: FollowedRecord,
): { kind: 'state'; state: ReplicaState } | { kind: 'scope'; scope: ReplicaScope } | null {
  if (record.value === null) return null
  const body = parseJson(Buffer.from(record.value).toString('utf8')) as unknown
  if (record.key.startsWith(scopeKeyPrefix)) return { kind: 'scope', scope: readScope(body as Record<string, unknown>) }
  const state = body as StateBody
  const name = splitKey(state.key)?.id ?? ''
  return {
    kind: 'state',
    state: {
      scope: state.scope,
      name,
      version: state.version,
      last: Number(state.change.slice(state.change.indexOf('-') + 1)),
      op: 'u',
      held: state.held,
      firstSeenMs: ms(state.first_seen),
      changedAtMs: ms(state.changed_at),
      observedAtMs: ms(state.observed_at),
      document: documentOf(state.resource),
    },
  }
}

const readScope = (body: Record<string, unknown>): ReplicaScope => ({
  scope: body.scope as Scope,
  head: Number(body.head),
  hadComplete: body.had_complete === true,
  scan: typeof body.scan === 'string' ? body.scan : null,
  scanFrom: typeof body.scan_from === 'number' ? body.scan_from : null,
  lastAttemptAtMs: msOrNull(body.last_attempt_at),
  lastCompleteAtMs: msOrNull(body.last_complete_at),
  confirmedAtMs: msOrNull(body.confirmed_at),
  failed: body.failed === true,
  errors: body.errors as ReplicaScope['errors'],
  warnings: body.warnings as ReplicaScope['warnings'],
  attributes: body.attributes as ReplicaScope['attributes'],
})

export function deadLetterMessage(
  letter: { reason: string; detail: string; source: string; preview: string },
  nowMs: number,
): OutputRecord {
  const { reason, detail, source, preview } = letter
  const headers = { vaino_reason: reason, vaino_detail: detail, vaino_source: source, vaino_at: iso(nowMs) }
  return { to: 'deadLetters', key: null, value: Buffer.from(preview), headers, timestampMs: nowMs }
}
