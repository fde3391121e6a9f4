import type { LogRecord, TextPieces } from '../../../connectors/kafka/kafka.ts'
import type { EndedScan } from '../../../model/partition-state.ts'
import { isScope, keyOf, type Scope, splitKey } from '../../../model/scope.ts'
import type { ReplicaScope, ReplicaState, WaitingAttribution } from '../../../storage/replica.ts'
import type { OutputRecord } from '../owner/outbox.ts'
import { type PartitionReach, readForgotten, readPartitionReach } from './forgotten-scope.ts'
import { bodyOf, encoded, iso, type MessageSettings, quoted, quotedOften } from './message-body.ts'
import {
  isChangeId,
  isCount,
  isFlag,
  isList,
  isObject,
  isOrdinal,
  isText,
  isTime,
  offsetIn,
  orAbsent,
  orNull,
  shape,
} from './message-shape.ts'
import { scopeKeyPrefix } from './scope-key.ts'
import { readTombstone, type Tombstone } from './tombstone.ts'
import { readWaiting, readWaitingEnded } from './waiting-attribution.ts'

const ms = (text: string): number => Date.parse(text)
const msOrNull = (text: unknown): number | null => (typeof text === 'string' ? Date.parse(text) : null)
const isoOrNull = (value: number | null): string | null => (value === null ? null : iso(value))

export function stateMessage(
  state: ReplicaState,
  partition: number,
  nowMs: number,
  settings: MessageSettings,
): OutputRecord {
  const key = keyOf(state.scope, state.name)
  const head =
    `{"key":${quoted(key)},"version":${state.version},"scope":${quotedOften(state.scope)},"change":"${partition}-${state.last}",` +
    `"first_seen":"${iso(state.firstSeenMs)}","changed_at":"${iso(state.changedAtMs)}",` +
    `"observed_at":"${iso(state.observedAtMs)}","held":${state.held},"uid":${quoted(state.uid)},"resource":`
  return stateRecord(key, [head, state.document, '}'], nowMs, settings)
}

function stateRecord(
  key: string,
  body: TextPieces,
  timestampMs: number,
  { encoding, maxStateBytes }: MessageSettings,
): OutputRecord {
  const { value, contentType } = encoded(body, encoding, maxStateBytes)
  return { to: 'state', key, value, headers: { 'content-type': contentType }, timestampMs }
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
  uid: string | null
  resource: object
}

const hasShapeOfState = shape({
  key: isText,
  version: isOrdinal,
  scope: isText,
  change: isChangeId,
  first_seen: isTime,
  changed_at: isTime,
  observed_at: isTime,
  held: isFlag,
  uid: orNull(isText),
  resource: isObject,
})
interface EndedBody {
  scan: string
  observed_at: string | null
  ended_at?: string | null
}

// An older vaino doesn't state when the scan ended.
const isEndedScan = shape({ scan: isText, observed_at: orNull(isTime), ended_at: orAbsent(orNull(isTime)) })
const hasShapeOfScope = shape({
  scope: (value) => typeof value === 'string' && isScope(value),
  head: isCount,
  last_attempt_at: orNull(isTime),
  last_complete_at: orNull(isTime),
  confirmed_at: orNull(isTime),
  errors: isList,
  warnings: isList,
  attributes: orNull(isObject),
  // An older vaino states none of these.
  ended_scan: orAbsent(orNull(isEndedScan)),
  live_at_begin: orAbsent(orNull(isCount)),
  head_at_begin: orAbsent(orNull(isCount)),
  completed_at: orAbsent(orNull(isTime)),
  gone_since: orAbsent(orNull(isTime)),
})

const isStateBody = (body: object): body is StateBody =>
  hasShapeOfState(body) && splitKey((body as StateBody).key)?.scope === (body as StateBody).scope
const isScopeBody = (body: object): body is Record<string, unknown> => hasShapeOfScope(body)

export function scopeMessage(state: ReplicaScope, nowMs: number, settings: MessageSettings): OutputRecord {
  const body = {
    scope: state.scope,
    head: state.head,
    input: state.input,
    had_complete: state.hadComplete,
    scan: state.scan,
    scan_from: state.scanFrom,
    ended_scan: state.ended === null ? null : endedBody(state.ended),
    live_at_begin: state.liveAtBegin,
    head_at_begin: state.headAtBegin,
    completed_at: isoOrNull(state.completedAtMs),
    gone_since: isoOrNull(state.goneSinceMs),
    last_attempt_at: isoOrNull(state.lastAttemptAtMs),
    last_complete_at: isoOrNull(state.lastCompleteAtMs),
    confirmed_at: isoOrNull(state.confirmedAtMs),
    failed: state.failed,
    errors: state.errors,
    warnings: state.warnings,
    attributes: state.attributes,
  }
  return stateRecord(`${scopeKeyPrefix}${state.scope}`, [JSON.stringify(body)], nowMs, settings)
}

export type StateMessage =
  | { readonly kind: 'state'; readonly state: ReplicaState }
  | { readonly kind: 'scope'; readonly scope: ReplicaScope }
  | { readonly kind: 'forgotten'; readonly scope: Scope; readonly head: number }
  | { readonly kind: 'partition'; readonly reach: PartitionReach }
  | { readonly kind: 'waiting'; readonly attribution: WaitingAttribution }
  | { readonly kind: 'waiting_ended'; readonly number: number }
  | Tombstone

/** What a message of the topic of states says; null for another program's. */
export function readStateMessage(
  key: string,
  value: Uint8Array | null,
  headers: LogRecord['headers'],
): StateMessage | null {
  if (value === null) {
    const forgotten = readForgotten(key, headers)
    if (forgotten !== null) return { kind: 'forgotten', ...forgotten }
    const number = readWaitingEnded(key, headers)
    return number === null ? readTombstone(key, headers) : { kind: 'waiting_ended', number }
  }
  const reach = readPartitionReach(key, value)
  if (reach !== null) return { kind: 'partition', reach }
  const attribution = readWaiting(key, value)
  if (attribution !== null) return { kind: 'waiting', attribution }
  const body = bodyOf(value)
  if (body === null) return null
  if (isStateBody(body)) return { kind: 'state', state: readState(body) }
  return isScopeBody(body) ? { kind: 'scope', scope: readScope(body) } : null
}

const readState = (body: StateBody): ReplicaState => ({
  scope: body.scope,
  name: body.key.slice(body.scope.length + 1),
  version: body.version,
  last: offsetIn(body.change),
  held: body.held,
  firstSeenMs: ms(body.first_seen),
  changedAtMs: ms(body.changed_at),
  observedAtMs: ms(body.observed_at),
  uid: body.uid,
  document: JSON.stringify(body.resource),
})

const readEnded = (body: EndedBody | null): EndedScan | null =>
  body === null ? null : { scan: body.scan, beganAtMs: msOrNull(body.observed_at), endedAtMs: msOrNull(body.ended_at) }

const endedBody = ({ scan, beganAtMs, endedAtMs }: EndedScan): EndedBody => ({
  scan,
  observed_at: isoOrNull(beganAtMs),
  ended_at: isoOrNull(endedAtMs),
})

const countOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null)

const readScope = (body: Record<string, unknown>): ReplicaScope => ({
  scope: body.scope as Scope,
  head: Number(body.head),
  input: typeof body.input === 'number' ? body.input : null,
  hadComplete: body.had_complete === true,
  scan: typeof body.scan === 'string' ? body.scan : null,
  scanFrom: typeof body.scan_from === 'number' ? body.scan_from : null,
  ended: readEnded((body.ended_scan ?? null) as EndedBody | null),
  lastAttemptAtMs: msOrNull(body.last_attempt_at),
  lastCompleteAtMs: msOrNull(body.last_complete_at),
  confirmedAtMs: msOrNull(body.confirmed_at),
  failed: body.failed === true,
  liveAtBegin: countOrNull(body.live_at_begin),
  headAtBegin: countOrNull(body.head_at_begin),
  completedAtMs: msOrNull(body.completed_at),
  goneSinceMs: msOrNull(body.gone_since),
  errors: body.errors as ReplicaScope['errors'],
  warnings: body.warnings as ReplicaScope['warnings'],
  attributes: body.attributes as ReplicaScope['attributes'],
})
