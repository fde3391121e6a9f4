import { z } from 'zod'
import { isObject, type JsonObject, parseJson } from '../../../model/json.ts'
import { timestamp } from '../../../model/record.ts'
import type { Attribution } from '../../source.ts'

/** One change, as an audit log or a feed of Cloud Asset Inventory tells of it. */
export interface ChangeEvent {
  /** Unique; an event that is delivered twice has it twice. */
  readonly id: string
  readonly occurredAt: string
  /** `compute`: the first part of the service's name. */
  readonly service: string
  /** The operation, `v1.compute.instances.setLabels`; null: a feed doesn't say it. */
  readonly method: string | null
  /** The project's id or number, where the message says it. */
  readonly project: string | null
  /** Paths that it names, without host and version: what it is about first. */
  readonly paths: readonly string[]
  /** What a feed of Cloud Asset Inventory calls its type; null: it is none of a feed. */
  readonly assetType: string | null
  /** What it names was deleted. */
  readonly isDelete: boolean
  /** The last of several entries about one operation. */
  readonly isEnd: boolean
  /** Null: the message doesn't say who. */
  readonly by: Attribution | null
}

const text = z.string().max(2048)
const entry = z.looseObject({
  insertId: z.string().min(1).max(256),
  logName: text,
  timestamp,
  resource: z.looseObject({ labels: z.record(z.string(), z.unknown()).optional() }).optional(),
  operation: z
    .looseObject({ id: text.optional(), first: z.boolean().optional(), last: z.boolean().optional() })
    .optional(),
  protoPayload: z.looseObject({
    serviceName: text,
    methodName: text,
    resourceName: text.optional(),
    status: z.looseObject({ code: z.number().optional() }).nullish(),
    authenticationInfo: z
      .looseObject({
        principalEmail: text.optional(),
        principalSubject: text.optional(),
        serviceAccountDelegationInfo: z.array(z.looseObject({})).max(100).optional(),
      })
      .nullish(),
    requestMetadata: z.looseObject({ callerSuppliedUserAgent: z.string().optional() }).nullish(),
    response: z.looseObject({ name: z.unknown().optional(), targetLink: z.unknown().optional() }).nullish(),
  }),
})
const feed = z.looseObject({
  asset: z.looseObject({ name: text, assetType: text, updateTime: timestamp.optional() }),
  window: z.looseObject({ startTime: timestamp.optional() }).optional(),
})

/** Longest user agent that is kept, characters: it can be forged to any length. */
const maxUserAgent = 512
const onlyReads = /^(?:get|list|aggregatedList|search|query|testIam)/i

/**
 * Reads the body of a message: an entry of an audit log, or what a feed of Cloud Asset Inventory sends.
 * @returns `not_watched` where the call was refused or only read
 */
export function readMessage(body: string): ChangeEvent | 'not_watched' | 'unusable' {
  const message = objectIn(body)
  if (message === null) return 'unusable'
  if (message.asset !== undefined) return fromFeed(message)
  const read = entry.safeParse(message)
  if (!read.success) return 'unusable'
  const { insertId, logName, timestamp: occurredAt, resource, operation, protoPayload } = read.data
  const { serviceName, methodName, resourceName, status, response } = protoPayload
  const isChange = !/data_access$/.test(logName) && (status?.code ?? 0) === 0 && !onlyReads.test(lastPartOf(methodName))
  if (!isChange) return 'not_watched'
  const labelled = resource?.labels?.project_id
  const named = [resourceName, response?.targetLink, response?.name].filter((one) => typeof one === 'string')
  return {
    ...{ id: insertId, occurredAt, service: serviceOf(serviceName), method: methodName },
    project: typeof labelled === 'string' ? labelled : (/^projects\/([^/]+)\//.exec(logName)?.[1] ?? null),
    paths: named.map(pathOf),
    assetType: null,
    isDelete: /^(?:delete|Delete\w*)$/.test(lastPartOf(methodName)),
    isEnd: operation?.last === true && operation.first !== true,
    by: attributionOf(read.data, operation?.id ?? insertId),
  }
}

function attributionOf(
  { timestamp: occurredAt, protoPayload }: z.output<typeof entry>,
  id: string,
): Attribution | null {
  const { authenticationInfo, requestMetadata, serviceName, methodName } = protoPayload
  const who = authenticationInfo?.principalEmail ?? authenticationInfo?.principalSubject
  if (who === undefined || who === '') return null
  const agent = requestMetadata?.callerSuppliedUserAgent?.slice(0, maxUserAgent)
  const actor: JsonObject = { principal: who, ...(agent === undefined ? {} : { user_agent: agent }) }
  // Both entries of an operation that takes long are about one change.
  return { occurredAt, actor, event: { id, name: methodName, source: serviceName } }
}

function fromFeed(message: JsonObject): ChangeEvent | 'unusable' {
  const read = feed.safeParse(message)
  if (!read.success) return 'unusable'
  const { asset, window } = read.data
  const [, host = '', ...path] = asset.name.split(/^\/\/|\//)
  const occurredAt = window?.startTime ?? asset.updateTime
  if (occurredAt === undefined || path.length === 0) return 'unusable'
  return {
    ...{
      id: `${asset.name} ${occurredAt} ${message.deleted === true}`,
      occurredAt,
      service: serviceOf(host),
      method: null,
    },
    ...{ project: null, paths: [path.join('/')], assetType: asset.assetType, by: null },
    isDelete: message.deleted === true,
    isEnd: false,
  }
}

const serviceOf = (name: string): string => name.split('.')[0] ?? name
const lastPartOf = (method: string): string => method.slice(method.lastIndexOf('.') + 1)

/** `//pubsub.googleapis.com/projects/p/topics/t`, a link with a version, and the path alone. */
const pathOf = (name: string): string => /(?:^|\/)((?:projects|b)\/.+)$/.exec(name)?.[1] ?? name

function objectIn(value: string): JsonObject | null {
  try {
    const parsed = parseJson(value)
    return isObject(parsed) ? parsed : null
  } catch {
    // Not JSON: the caller counts it as unusable.
    return null
  }
}
