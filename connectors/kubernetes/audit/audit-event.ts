import { z } from 'zod'
import { timestamp } from '../../../model/record.ts'
import type { Attribution } from '../../source.ts'

/** What a change of the audit log was about, as its `objectRef` names it. */
export interface AuditedChange {
  readonly group: string
  /** As it stands in paths: `deployments`. */
  readonly plural: string
  readonly namespace: string | null
  readonly name: string
  readonly by: Attribution
}

const text = z.string().max(2048)
const event = z.looseObject({
  auditID: z.string().min(1).max(256),
  stage: text,
  verb: text,
  requestURI: z.string().max(16_384),
  user: z.looseObject({ username: text.optional() }),
  impersonatedUser: z.looseObject({ username: text.optional() }).nullish(),
  sourceIPs: z.array(text).max(100).nullish(),
  userAgent: z.string().nullish(),
  objectRef: z
    .looseObject({
      resource: text.optional(),
      namespace: text.optional(),
      name: text.optional(),
      apiGroup: text.optional(),
      subresource: text.optional(),
    })
    .nullish(),
  responseStatus: z.looseObject({ code: z.number().optional() }).nullish(),
  requestReceivedTimestamp: timestamp,
})

const writes: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete'])
/** Subresources whose writes change what is compared. `exec`, `eviction` and `token` change no field; `status` is written by controllers. */
const writtenParts: ReadonlySet<string> = new Set(['', 'scale', 'finalize', 'approval'])

/** Longest user agent that is kept, characters: it can be forged to any length. */
const maxUserAgent = 512

/**
 * Reads one event of an audit log, at any level.
 * @returns `not_watched` for what changed nothing, or no object of a name: a read, a refusal, a dry run, an earlier stage
 */
export function readAuditEvent(json: unknown): AuditedChange | 'not_watched' | 'unusable' {
  const read = event.safeParse(json)
  if (!read.success) return 'unusable'
  const { stage, verb, requestURI, objectRef, responseStatus } = read.data
  const { resource = '', namespace = '', name = '', apiGroup = '', subresource = '' } = objectRef ?? {}
  const code = responseStatus?.code ?? 0
  const query = queryOf(requestURI)
  const isChange =
    stage === 'ResponseComplete' && writes.has(verb) && code >= 200 && code < 300 && query?.has('dryRun') === false
  if (!isChange || resource === '' || name === '' || !writtenParts.has(subresource)) return 'not_watched'
  return {
    ...{ group: apiGroup, plural: resource, namespace: namespace === '' ? null : namespace, name },
    by: attributionOf(read.data, query.get('fieldManager')),
  }
}

const queryOf = (uri: string): URLSearchParams | null => URL.parse(uri, 'http://server')?.searchParams ?? null

function attributionOf(
  {
    auditID,
    verb,
    user,
    impersonatedUser,
    sourceIPs,
    userAgent,
    requestReceivedTimestamp,
    objectRef,
  }: z.output<typeof event>,
  fieldManager: string | null,
): Attribution {
  const agent = userAgent ?? ''
  const as = impersonatedUser?.username
  // As the server itself names a manager that doesn't name itself. A delete leaves no entry of one.
  const manager = fieldManager ?? agent.split('/')[0] ?? ''
  const [source] = sourceIPs ?? []
  return {
    occurredAt: requestReceivedTimestamp,
    actor: {
      ...{ type: 'user', name: as ?? user.username ?? 'unknown', verb },
      ...(as === undefined ? {} : { impersonated_by: user.username ?? 'unknown' }),
      ...(verb === 'delete' ? {} : { manager }),
      ...(source === undefined ? {} : { source_ip: source }),
      ...(agent === '' ? {} : { user_agent: agent.slice(0, maxUserAgent) }),
    },
    event: { id: auditID, name: `${verb} ${objectRef?.resource ?? ''}`, source: 'kubernetes audit log' },
  }
}
