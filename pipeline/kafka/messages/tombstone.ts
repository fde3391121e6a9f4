import type { LogRecord } from '../../../connectors/kafka/kafka.ts'
import { keyOf, splitKey } from '../../../model/scope.ts'
import type { ReplicaDeletion, ReplicaRemoval } from '../../../storage/replica.ts'
import type { OutputRecord } from '../owner/outbox.ts'
import { iso } from './message-body.ts'
import { isChangeId, isText, isTime, offsetIn, shape } from './message-shape.ts'

export type Tombstone =
  | { readonly kind: 'deleted'; readonly resource: ReplicaDeletion }
  | { readonly kind: 'removed'; readonly resource: ReplicaRemoval }

/**
 * A resource is no more: compaction, and every consumer, takes a message without a value for that. Its headers say which
 * change it was, by the names that a state's body has, so that a node that has nothing else goes on counting versions there.
 */
export const tombstone = (deletion: ReplicaDeletion, partition: number, nowMs: number): OutputRecord => ({
  to: 'state',
  key: keyOf(deletion.scope, deletion.name),
  value: null,
  headers: {
    vaino_version: `${deletion.version}`,
    vaino_change: `${partition}-${deletion.last}`,
    vaino_first_seen: iso(deletion.firstSeenMs),
    vaino_changed_at: iso(deletion.changedAtMs),
    vaino_observed_at: iso(deletion.observedAtMs),
  },
  timestampMs: nowMs,
})

interface Headers {
  readonly vaino_version: string
  readonly vaino_change: string
  readonly vaino_first_seen: string
  readonly vaino_changed_at: string
  readonly vaino_observed_at: string
}

const hasShapeOfHeaders = shape({
  vaino_version: (value) => isText(value) && /^[1-9]\d{0,14}$/.test(String(value)),
  vaino_change: isChangeId,
  vaino_first_seen: isTime,
  vaino_changed_at: isTime,
  vaino_observed_at: isTime,
})
const saysAll = (headers: object): headers is Headers => hasShapeOfHeaders(headers)

/** What a message without a value says: an older vaino's, or another program's, has its key alone. Null: no resource's key. */
export function readTombstone(key: string, headers: LogRecord['headers']): Tombstone | null {
  const parts = splitKey(key)
  if (parts === null) return null
  const resource = { scope: parts.scope, name: parts.id }
  const said = Object.fromEntries(headers.map(([name, value]) => [name, value && Buffer.from(value).toString('utf8')]))
  if (!saysAll(said)) return { kind: 'removed', resource }
  const deletion = {
    ...resource,
    version: Number(said.vaino_version),
    last: offsetIn(said.vaino_change),
    firstSeenMs: Date.parse(said.vaino_first_seen),
    changedAtMs: Date.parse(said.vaino_changed_at),
    observedAtMs: Date.parse(said.vaino_observed_at),
  }
  return { kind: 'deleted', resource: deletion }
}
