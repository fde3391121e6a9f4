import type { TextPieces } from '../../../connectors/kafka/kafka.ts'
import { type Scope, splitKey } from '../../../model/scope.ts'
import { type AttributionRow, keyOfRow } from '../../../storage/change-row.ts'
import type { ReplicaAttribution } from '../../../storage/replica.ts'
import type { OutputRecord } from '../owner/outbox.ts'
import { headersOf } from './change-headers.ts'
import { encoded, type MessageSettings, quoted, quotedOften } from './message-body.ts'
import { isChangeId, isMs, isObject, isOrdinal, isText, isTime, offsetIn, shape } from './message-shape.ts'

/** Who made a change, as a record of the topic of changes: the body of a change without documents, and with `of` and `event`. */
export function attributionMessage(row: AttributionRow, settings: MessageSettings): OutputRecord {
  const key = keyOfRow(row)
  const { value, contentType } = encoded(bodyOf(row, key, settings.prefix), settings.encoding, settings.maxChangeBytes)
  const headers = headersOf(row, 'attributed', row.occurredAt, contentType, settings.prefix)
  return { to: 'changes', key, value, headers, timestampMs: row.recordedAtMs }
}

const bodyOf = (row: AttributionRow, key: string, prefix: string): TextPieces => [
  `{"before":null,"after":null,"op":"a","source":{"connector":"vaino","name":${JSON.stringify(prefix)},`,
  `"ts_ms":${Date.parse(row.occurredAt)},"partition":${row.partition},"offset":${row.offset},`,
  `"previous_offset":0,"previous_ts_ms":0,"id":"${row.partition}-${row.offset}","key":${quoted(key)},`,
  `"version":${row.version},"scope":${quotedOften(row.scope)},"scan":null,"reason":null,`,
  `"occurred_at":"${row.occurredAt}","actor":${row.actor},"of":"${row.partition}-${row.of}","event":${row.event},`,
  `"resource":${row.header}},"ts_ms":${row.recordedAtMs},"fields":[]}`,
]

interface AttributionBody {
  ts_ms: number
  source: {
    offset: number
    key: string
    version: number
    scope: Scope
    occurred_at: string
    actor: unknown
    of: string
    event: object
    resource: object
  }
}

const hasShape = shape({
  op: (value) => value === 'a',
  ts_ms: isMs,
  source: shape({
    connector: (value) => value === 'vaino',
    offset: isOrdinal,
    key: isText,
    version: isOrdinal,
    scope: isText,
    occurred_at: isTime,
    actor: (value) => value !== undefined && value !== null,
    of: isChangeId,
    event: shape({ id: isText }),
    resource: isObject,
  }),
})

const isAttributionBody = (body: object): body is AttributionBody => {
  if (!hasShape(body)) return false
  const { key, scope } = (body as AttributionBody).source
  return splitKey(key)?.scope === scope
}

/** Reads an attribution from the body of a message; null for any other. */
export function readAttribution(body: object): ReplicaAttribution | null {
  if (!isAttributionBody(body)) return null
  const { ts_ms, source } = body
  return {
    offset: source.offset,
    op: 'a',
    of: offsetIn(source.of),
    version: source.version,
    recordedAtMs: ts_ms,
    occurredAt: source.occurred_at,
    actor: JSON.stringify(source.actor),
    event: JSON.stringify(source.event),
    header: JSON.stringify(source.resource),
    scope: source.scope,
    name: source.key.slice(source.scope.length + 1),
  }
}
