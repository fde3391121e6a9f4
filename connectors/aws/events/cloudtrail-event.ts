import { z } from 'zod'
import { isObject, type JsonObject, parseJson } from '../../../model/json.ts'
import { timestamp } from '../../../model/record.ts'
import type { Json } from '../../../model/resource.ts'
import { actorOf } from './actor.ts'

/** One successful call that changed something, as CloudTrail has recorded it. */
export interface CloudTrailEvent {
  /** Unique; an event that is delivered twice has it twice. */
  readonly id: string
  /** The API's operation, without the version that Lambda's have: `UpdateFunctionCode`. */
  readonly name: string
  /** The prefix of its endpoint: `ec2`, `elasticloadbalancing`. */
  readonly service: string
  /** Whose things it changed. */
  readonly account: string
  readonly region: string
  /** RFC 3339. */
  readonly occurredAt: string
  readonly actor: Json
  /** Members in lower camel case; secrets are blanked by AWS, and what is over 100 KB is left out. Never state. */
  readonly request: JsonObject
  readonly response: JsonObject
  /** ARNs that the event itself names. */
  readonly arns: readonly string[]
}

/** What a message is where it holds no event to act upon. */
export type PassedOver =
  /** The call only read, or was refused. */
  | 'no_change'
  /** No API call: a console sign-in, an event of another kind that the rule lets through. */
  | 'no_call'
  /** Not what CloudTrail writes. */
  | 'unusable'

const name = z.string().regex(/^[A-Za-z0-9_]{1,128}$/)
const text = z.string().max(2048)
const members = z.looseObject({}).nullish()

const detail = z.looseObject({
  eventID: z.string().min(1).max(128),
  eventName: name,
  eventSource: z.string().regex(/^[a-z0-9.-]{1,128}$/),
  eventTime: timestamp,
  awsRegion: z.string().regex(/^[a-z0-9-]{1,32}$/),
  recipientAccountId: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
  // As a text it stands beside an event of the history.
  readOnly: z.union([z.boolean(), z.stringbool()]).optional(),
  errorCode: text.nullish(),
  requestParameters: members,
  responseElements: members,
  resources: z
    .array(z.looseObject({ ARN: text.optional(), arn: text.optional() }))
    .max(1000)
    .nullish(),
})

const call = 'AWS API Call via CloudTrail'

/** Lambda's operations carry their API's date, and some a revision: `UpdateFunctionCode20150331v2`. */
const withoutVersion = (operation: string): string => operation.replace(/\d{8}(v\d+)?$/, '')

/**
 * Reads a message of a queue: an event as EventBridge delivers it, also where SNS has wrapped it.
 * @param account the queue's, where an event doesn't name its own
 */
export function readMessage(body: string, account: string): CloudTrailEvent | PassedOver {
  const message = objectIn(body)
  if (message === null) return 'unusable'
  const envelope = message.Type === 'Notification' ? objectIn(message.Message) : message
  if (envelope === null) return 'unusable'
  const kind = envelope['detail-type']
  if (kind !== undefined && kind !== call) return 'no_call'
  return readDetail(envelope.detail ?? null, typeof envelope.account === 'string' ? envelope.account : account)
}

/** Reads an event alone, as `LookupEvents` and the log files have it. @param account where the event doesn't name one */
export function readDetail(value: Json, account: string): CloudTrailEvent | PassedOver {
  const read = detail.safeParse(value)
  if (!read.success) return 'unusable'
  const { eventID, eventName, eventSource, eventTime, awsRegion, recipientAccountId, ...rest } = read.data
  if (rest.readOnly === true || (rest.errorCode ?? '') !== '') return 'no_change'
  const owner = recipientAccountId ?? account
  if (!/^\d{12}$/.test(owner)) return 'unusable'
  return {
    ...{ id: eventID, name: withoutVersion(eventName), account: owner, region: awsRegion, occurredAt: eventTime },
    service: eventSource.split('.')[0] ?? eventSource,
    actor: actorOf(value as JsonObject),
    request: (rest.requestParameters ?? {}) as JsonObject,
    response: (rest.responseElements ?? {}) as JsonObject,
    arns: (rest.resources ?? []).flatMap(({ ARN, arn }) => ARN ?? arn ?? []),
  }
}

function objectIn(value: Json | undefined): JsonObject | null {
  if (typeof value !== 'string') return null
  try {
    const parsed = parseJson(value)
    return isObject(parsed) ? parsed : null
  } catch {
    // Not JSON: the caller counts it as unusable.
    return null
  }
}
