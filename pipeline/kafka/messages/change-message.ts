import type { TextPieces } from '../../../connectors/kafka/kafka.ts'
import { boundedDiff } from '../../../model/bounded-diff.ts'
import { parseJson } from '../../../model/json.ts'
import type { Resource } from '../../../model/resource.ts'
import { type Scope, splitKey } from '../../../model/scope.ts'
import { type ChangeRow, keyOfRow } from '../../../storage/change-row.ts'
import type { ReplicaAttribution, ReplicaChange } from '../../../storage/replica.ts'
import type { OutputRecord } from '../owner/outbox.ts'
import { readAttribution } from './attribution-message.ts'
import { headersOf } from './change-headers.ts'
import { bodyOf, encoded, fits, iso, type MessageSettings, quoted, quotedOften } from './message-body.ts'
import {
  isAnything,
  isCount,
  isList,
  isMs,
  isObject,
  isOrdinal,
  isText,
  orAbsent,
  orNull,
  shape,
} from './message-shape.ts'

const ceTypes = { r: 'read', c: 'created', u: 'updated', d: 'deleted' } as const

/** What is left out of a change that is larger than a message may be, one after the other, until it fits. */
const omissible = ['before', 'fields', 'actor'] as const
type Omissible = (typeof omissible)[number]
const nothing: ReadonlySet<Omissible> = new Set()

/**
 * A change as a record of its topic. One that is too large goes without what others have or can find out, and says so in
 * `source.omitted` and in the header `vaino_omitted`; what is after it always stands.
 */
export function changeMessage(row: ChangeRow, settings: MessageSettings): OutputRecord {
  const key = keyOfRow(row)
  const { omitted, value, contentType } = fitting(row, key, settings)
  const time = row.occurredAt ?? iso(row.observedAtMs)
  const headers = headersOf(row, ceTypes[row.op], time, contentType, settings.prefix)
  if (omitted.length > 0) headers.vaino_omitted = omitted.join(',')
  return { to: 'changes', key, value, headers, timestampMs: row.recordedAtMs }
}

function fitting(row: ChangeRow, key: string, { prefix, encoding, maxChangeBytes }: MessageSettings) {
  const omitted = new Set<Omissible>()
  for (const next of [...omissible, null]) {
    const body = changeBody(row, key, prefix, omitted)
    if (next === null || fits(body, maxChangeBytes)) {
      return { ...encoded(body, encoding, maxChangeBytes), omitted: [...omitted] }
    }
    if (row[next] !== null) omitted.add(next)
  }
  throw new Error('the last one fits')
}

function changeBody(row: ChangeRow, key: string, prefix: string, omitted: ReadonlySet<Omissible>): TextPieces {
  const left = omitted.size === 0 ? '' : `,"omitted":${JSON.stringify([...omitted])}`
  const source =
    `{"connector":"vaino","name":${JSON.stringify(prefix)},"ts_ms":${row.observedAtMs},"partition":${row.partition},` +
    `"offset":${row.offset},"previous_offset":${row.prev},"previous_ts_ms":${row.prevAtMs},` +
    `"id":"${row.partition}-${row.offset}","key":${quoted(key)},` +
    `"version":${row.version},"scope":${quotedOften(row.scope)},"scan":${quotedOften(row.scan)},"reason":${quoted(row.reason)},` +
    `"occurred_at":${quoted(row.occurredAt)},"actor":${omitted.has('actor') ? 'null' : (row.actor ?? 'null')},` +
    `"resource":${row.header}${left}}`
  return [
    '{"before":',
    omitted.has('before') ? 'null' : (row.before ?? 'null'),
    ',"after":',
    row.after ?? 'null',
    `,"op":"${row.op}","source":${source},"ts_ms":${row.recordedAtMs},"fields":`,
    omitted.has('fields') ? '[]' : row.fields,
    '}',
  ]
}

const hasShapeOfChange = shape({
  before: orNull(isObject),
  after: orNull(isObject),
  op: (value) => typeof value === 'string' && Object.hasOwn(ceTypes, value),
  ts_ms: isMs,
  fields: isList,
  source: shape({
    connector: (value) => value === 'vaino',
    ts_ms: isMs,
    offset: isOrdinal,
    previous_offset: isCount,
    previous_ts_ms: isMs,
    key: isText,
    version: isOrdinal,
    scope: isText,
    scan: orNull(isText),
    reason: orNull(isText),
    occurred_at: orNull(isText),
    actor: isAnything,
    resource: isObject,
    omitted: orAbsent(isList),
  }),
})

/** Checks every field: a message that only looks like a change would fail repeatedly while it is written. */
const isChangeBody = (body: object): body is ChangeBody =>
  hasShapeOfChange(body) && isKeyIn((body as ChangeBody).source)

const isKeyIn = ({ key, scope }: ChangeBody['source']): boolean => splitKey(key)?.scope === scope

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
    omitted?: readonly Omissible[]
  }
}

const documentOf = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))

/**
 * Reads a change from its message, or who made one; null for another program's message.
 * @param priorTo what the resource was before the change: asked only where the change was too large to say so
 */
export function readChangeMessage(
  value: Uint8Array,
  priorTo: (change: ReplicaChange) => string | null,
): ReplicaChange | ReplicaAttribution | null {
  const body = bodyOf(value)
  if (body === null) return null
  if (!isChangeBody(body)) return readAttribution(body)
  const { before, after, op, ts_ms, fields, source } = body
  const change: ReplicaChange = {
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
  const omitted = source.omitted === undefined ? nothing : new Set(source.omitted)
  return omitted.size === 0 ? change : completed(change, omitted, priorTo(change))
}

/** What was left out, found out again. */
function completed(change: ReplicaChange, omitted: ReadonlySet<Omissible>, prior: string | null): ReplicaChange {
  const before = omitted.has('before') ? prior : change.before
  if (!omitted.has('fields') || before === null || change.after === null) return { ...change, before }
  const length = before.length + change.after.length
  const { fields } = boundedDiff(resourceIn(before), resourceIn(change.after), length)
  return { ...change, before, fields: JSON.stringify(fields) }
}

const resourceIn = (document: string): Resource => parseJson(document) as unknown as Resource
