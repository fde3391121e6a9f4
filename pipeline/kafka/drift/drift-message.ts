import type { LogRecord, OutgoingRecord } from '../../../connectors/kafka/kafka.ts'
import type { DriftEntry } from '../../drift/drift-log.ts'
import type { JudgedItem } from '../../drift/judged-item.ts'
import { bodyOf } from '../messages/message-body.ts'
import { isText, shape } from '../messages/message-shape.ts'

/** An entry of the drift log as the rules see it when it is published. */
export interface PublishedEntry extends DriftEntry {
  readonly drift: JudgedItem
}

export interface DriftMessageSettings {
  /** What the topics' names begin with. */
  readonly prefix: string
  /** Of a message's value. */
  readonly maxBytes: number
}

/** Up to where its writer had followed the changes: a cursor of `/v1/changes`. The next writer goes at least as far before it writes. */
const cursorHeader = 'vaino_cursor'

/** An entry as a record of the topic. One that is too large goes without its fields, and counts them as omitted. */
export function driftMessage(entry: PublishedEntry, cursor: string, settings: DriftMessageSettings): OutgoingRecord {
  const { id, event, at, drift } = entry
  const whole = JSON.stringify(entry)
  const isLarge = Buffer.byteLength(whole) > settings.maxBytes
  const shortened = { ...drift, fields: [], omitted: drift.omitted + drift.fields.length }
  return {
    key: drift.id,
    value: isLarge ? JSON.stringify({ ...entry, drift: shortened }) : whole,
    headers: {
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: `/vaino/${settings.prefix}`,
      ce_type: `io.vaino.drift.${event}`,
      ce_subject: drift.key,
      ce_time: at,
      ce_partitionkey: drift.state,
      [cursorHeader]: cursor,
      'content-type': 'application/json',
    },
  }
}

/** Nobody keeps the item any more. */
export const driftTombstone = (item: string, cursor: string): OutgoingRecord => ({
  key: item,
  value: null,
  headers: { [cursorHeader]: cursor },
})

/** What a record of the topic says. */
export interface PublishedDrift {
  /** The item's id. */
  readonly item: string
  /** The entry's id; null: the item is forgotten. */
  readonly entry: string | null
  readonly cursor: string | null
}

const isEntry = shape({ id: isText, event: isText, drift: shape({ id: isText }) })

/** Null for another program's message. */
export function readDriftMessage({ key, value, headers }: LogRecord): PublishedDrift | null {
  if (key === null) return null
  const item = Buffer.from(key).toString('utf8')
  const found = headers.find(([name]) => name === cursorHeader)?.[1]
  const cursor = found == null ? null : Buffer.from(found).toString('utf8')
  if (value === null) return { item, entry: null, cursor }
  const body = bodyOf(value)
  if (body === null || !isEntry(body)) return null
  const { id, drift } = body as { readonly id: string; readonly drift: { readonly id: string } }
  return drift.id === item ? { item, entry: id, cursor } : null
}
