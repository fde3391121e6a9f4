import type { LogRecord } from '../../../connectors/kafka/kafka.ts'
import { maxWaiting } from '../../../model/attribution.ts'
import type { Json } from '../../../model/resource.ts'
import { isScope, type Scope } from '../../../model/scope.ts'
import type { WaitingAttribution } from '../../../storage/replica.ts'
import type { OutputRecord } from '../owner/outbox.ts'
import { bodyOf, iso } from './message-body.ts'
import { isOrdinal, isText, isTime, orNull, shape } from './message-shape.ts'
import { partitionKeyPrefix } from './scope-key.ts'

// Keys are used again, so that the topic keeps no more of them than can wait. So the header of a message that says that one waits no longer
// names its number.
const keyOf = (partition: number, number: number): string =>
  `${partitionKeyPrefix}${partition}:waiting:${number % maxWaiting}`
const numberHeader = 'vaino_number'

/** Who made a change that hasn't come yet, for the node that owns the partition when it comes. */
export function waitingAttribution(
  { scope, name, number, sinceMs, occurredAtMs, actor, event }: WaitingAttribution,
  partition: number,
  timestampMs: number,
): OutputRecord {
  const times = { since: iso(sinceMs), occurred_at: iso(occurredAtMs) }
  const value = JSON.stringify({ partition, number, scope, id: name, ...times, actor, event })
  return {
    ...{ to: 'state', key: keyOf(partition, number), value },
    ...{ headers: { 'content-type': 'application/json' }, timestampMs },
  }
}

/** The change has come. */
export const waitingEnded = (number: number, partition: number, timestampMs: number): OutputRecord => ({
  ...{ to: 'state', key: keyOf(partition, number), value: null },
  ...{ headers: { [numberHeader]: `${number}` }, timestampMs },
})

interface WaitingBody {
  number: number
  scope: Scope
  id: string
  since: string
  occurred_at: string
  actor: Json
  event: WaitingAttribution['event']
}

const hasShape = shape({
  number: isOrdinal,
  scope: (value) => typeof value === 'string' && isScope(value),
  id: isText,
  since: isTime,
  occurred_at: isTime,
  actor: (value) => value !== undefined && value !== null,
  event: shape({ id: isText, name: orNull(isText), source: orNull(isText) }),
})
const isWaitingBody = (body: object): body is WaitingBody => hasShape(body)

/** Null for another key, or another program's value. */
export function readWaiting(key: string, value: Uint8Array): WaitingAttribution | null {
  if (!key.startsWith(partitionKeyPrefix)) return null
  const body = bodyOf(value)
  if (body === null || !isWaitingBody(body)) return null
  const { number, scope, id: name, since, occurred_at, actor, event } = body
  return { number, scope, name, sinceMs: Date.parse(since), occurredAtMs: Date.parse(occurred_at), actor, event }
}

/** The number of the attribution that a message without a value is about; null for another key. */
export function readWaitingEnded(key: string, headers: LogRecord['headers']): number | null {
  if (!key.startsWith(partitionKeyPrefix)) return null
  const said = headers.findLast(([name]) => name === numberHeader)?.[1]
  const number = Number(Buffer.from(said ?? []).toString('utf8'))
  return Number.isSafeInteger(number) && number > 0 ? number : null
}
