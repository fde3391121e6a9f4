import type { LogRecord } from '../../../connectors/kafka/kafka.ts'
import { isScope, type Scope } from '../../../model/scope.ts'
import type { ForgottenScope } from '../../../storage/replica.ts'
import type { OutputRecord } from '../owner/outbox.ts'
import { bodyOf } from './message-body.ts'
import { isCount, shape } from './message-shape.ts'
import { partitionKeyPrefix, scopeKeyPrefix } from './scope-key.ts'

/** How far a partition's log and input had come, in a record that outlives its scopes. */
export interface PartitionReach {
  readonly head: number
  readonly input: number
}

/**
 * A forgotten scope's record becomes a tombstone. What the record said of its partition is kept under the partition's own key: a
 * node that has nothing else must never number a change again.
 */
export const forgottenScope = (
  { scope, head, input }: ForgottenScope,
  partition: number,
  timestampMs: number,
): OutputRecord[] => [
  {
    ...{ to: 'state', key: `${partitionKeyPrefix}${partition}`, value: JSON.stringify({ partition, head, input }) },
    ...{ headers: { 'content-type': 'application/json' }, timestampMs },
  },
  { to: 'state', key: `${scopeKeyPrefix}${scope}`, value: null, headers: { vaino_head: `${head}` }, timestampMs },
]

const hasShapeOfReach = shape({ head: isCount, input: isCount })

/** Null for another key, or another program's value. */
export function readPartitionReach(key: string, value: Uint8Array): PartitionReach | null {
  if (!key.startsWith(partitionKeyPrefix)) return null
  const body = bodyOf(value)
  if (body === null || !hasShapeOfReach(body)) return null
  const { head, input } = body as { head: number; input: number }
  return { head, input }
}

/** Which scope a message without a value says is forgotten, and the change that must come first; null for another key. */
export function readForgotten(key: string, headers: LogRecord['headers']): { scope: Scope; head: number } | null {
  const scope = key.startsWith(scopeKeyPrefix) ? key.slice(scopeKeyPrefix.length) : ''
  if (!isScope(scope)) return null
  const head = headers.findLast(([name]) => name === 'vaino_head')?.[1]
  const stated = Number(Buffer.from(head ?? []).toString('utf8'))
  return { scope: scope as Scope, head: Number.isSafeInteger(stated) && stated > 0 ? stated : 0 }
}
