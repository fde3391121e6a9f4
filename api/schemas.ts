// Long because the shapes are made of one another.
import { z } from '@hono/zod-openapi'
import { ops } from '../model/change.ts'
import { cursorPattern } from '../model/cursor.ts'
import { errorCodes } from '../model/errors.ts'
import { inputRecordSchema, scanErrorSchema } from '../model/record.ts'
import { resourceSchema } from '../model/resource-schema.ts'
import { scopeConditions, targetStates } from '../model/status.ts'
import { timeForms } from '../pipeline/time-point.ts'

// The shapes of DESIGN §5 for the OpenAPI document. Answers are not checked against them at run time; the tests do that.

const time = z.iso.datetime({ offset: true })
const nullable = <T extends z.ZodType>(schema: T) => z.union([schema, z.null()])

export const cursor = z
  .string()
  .meta({ id: 'Cursor', pattern: cursorPattern.source, description: 'Opaque text: a position in the change log.' })
/** Page tokens of every list: no character that a URL would need encoded. */
export const pagePattern = '^[A-Za-z0-9._-]+$'
export const page = z
  .string()
  .meta({ pattern: pagePattern })
  .nullable()
  .meta({ description: 'Give it back as `page` for the next page; null at the end.' })
const key = z.string().meta({ example: 'aws/111122223333/eu-west-1/aws_instance/i-0abc' })
const version = z.number().int().min(1).meta({ description: 'Counts the changes of one key, also after a delete.' })

export const resource = resourceSchema.meta({ id: 'Resource', description: 'One thing at a provider.' })
const header = z
  .object({
    provider: z.string(),
    account: z.string().nullable(),
    region: z.string().nullable(),
    namespace: z.string().nullable(),
    type: z.string(),
    id: z.string(),
    name: z.string().nullable(),
  })
  .meta({ id: 'ResourceHeader', description: 'Which resource, without its documents.' })

const fieldChange = z
  .object({
    path: z.string().meta({ description: 'For people.', example: 'configuration.ingress[id=sg-1].ports' }),
    pointer: z.string().meta({ description: 'RFC 6901, into `after` (`before` for a removed field).' }),
    op: z.enum(['add', 'remove', 'replace']),
    before: z.unknown(),
    after: z.unknown(),
  })
  .meta({ id: 'FieldChange' })

export const change = z
  .object({
    id: z.string().meta({ description: '`partition-offset`; the same whenever it is delivered.', example: '3-104882' }),
    op: z.enum(ops).meta({ description: 'First sight, created, updated, deleted.' }),
    key,
    version,
    scope: z.string(),
    scan: z.string().nullable(),
    resource: header,
    recorded_at: time,
    observed_at: time,
    occurred_at: time.nullable(),
    actor: z.unknown(),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it was deleted: `scan`, `source`, `replaced` or `forgotten`.' }),
    fields: z.array(fieldChange),
    rule: z.string().optional().meta({
      description: 'The rule that ignores the change, by the rules as they are now; absent where none does.',
    }),
    before: nullable(resource).optional().meta({ description: 'Absent with `documents=false`.' }),
    after: nullable(resource).optional().meta({ description: 'Absent with `documents=false`.' }),
    cursor,
  })
  .meta({ id: 'Change', description: 'A recorded difference.' })

const attribution = z
  .object({
    id: z.string().meta({ description: '`partition-offset`, as of a change.' }),
    op: z.literal('a'),
    key,
    version: version.meta({ description: 'Of the change.' }),
    scope: z.string(),
    resource: header,
    of: z.string().meta({ description: 'The id of the change.', example: '3-104882' }),
    occurred_at: time,
    actor: z.unknown(),
    event: z.object({ id: z.string(), name: z.string().nullable(), source: z.string().nullable() }),
    rule: z.string().optional().meta({ description: 'The rule that ignores the change.' }),
    recorded_at: time,
    cursor,
  })
  .meta({
    id: 'Attribution',
    description: 'Says later who made a change. The change, read from then on, has its `actor` and `occurred_at`.',
  })
const entry = z.union([change, attribution])

export const item = z
  .object({ key, version, scope: z.string(), first_seen: time, changed_at: time, observed_at: time, resource })
  .meta({ id: 'Item', description: 'A live resource, its key and version, and when it was seen.' })

export const asOf = time.nullable().meta({
  description:
    'The settled time that a given time is answered as of: the time itself, or an earlier one while a change of that time may still be committed. Null where a cursor or no time was given.',
})

export const total = z.number().int().nullable().meta({
  description: 'How many pass, on all pages together; null where only a look at each would tell.',
})
export const resources = z.object({
  resources: z.array(item.extend({ resource: z.union([resource, header]) })).meta({
    description: 'With `fields=header` each `resource` is a header.',
  }),
  total,
  page,
  cursor,
  as_of: asOf,
})
export const history = z.object({ changes: z.array(change), page })

export const snapshotLine = z
  .union([
    item.extend({ op: z.literal('put') }).meta({ id: 'SnapshotPut' }),
    z.object({ op: z.literal('delete'), key, version }),
    z.object({ control: z.literal('snapshot-end'), cursor, count: z.number().int() }),
    z.object({ control: z.literal('error'), problem: z.unknown() }),
  ])
  .meta({
    id: 'SnapshotLine',
    description: 'A snapshot is whole when its last line is `snapshot-end`; `count` is the number of lines before it.',
  })

export const changes = z.object({
  changes: z.array(entry),
  cursor,
  up_to_date: z.boolean(),
  page: z.string().nullable().optional().meta({
    description: 'Of `order=desc` alone: give it back as `page` for older changes; null at the end.',
  }),
  kept_since: time.nullable().optional().meta({
    description:
      'Where `from`, or the end of `order=desc`, is older than the log: the time from which on it is kept. Else null.',
  }),
})
export const suppressed = z.object({
  rules: z.array(
    z.object({
      rule: z.string(),
      reason: z.string(),
      until: time.nullable(),
      place: z.string().nullable().meta({ description: 'Where it stands.', example: 'rules.yaml:3:5' }),
      ignored: z.number().int().meta({ description: 'Changes that it has ignored since `counted_since`.' }),
      last_at: time.nullable(),
      problem: z.string().nullable().meta({
        description:
          'What is odd about it, by the changes of a week: `matches nothing` or `matches everything`. Looked at once a day.',
      }),
    }),
  ),
  counted_since: time,
  changes: z.array(entry),
  cursor,
  up_to_date: z.boolean(),
})
export const baseline = z
  .object({
    name: z.string(),
    cursor,
    at: nullable(time).meta({ description: 'The time that it is as of; null where a cursor was given.' }),
    created_at: time,
    expired: z
      .boolean()
      .meta({ description: 'Its history is gone, because it took more than four times `retention.size`.' }),
  })
  .meta({ id: 'Baseline', description: 'A position of the change log that has a name.' })
export const baselines = z.object({ baselines: z.array(baseline) })
export const newBaseline = z
  .strictObject({
    name: z
      .string()
      .meta({ description: 'At most 64 letters, digits and . _ -, a letter first.', example: 'before-migration' }),
    at: z
      .string()
      .max(5000)
      .optional()
      .meta({ description: `A time or a cursor; now where absent. A time: ${timeForms}.` }),
  })
  .meta({ id: 'NewBaseline' })
export const deletedBaseline = z.object({ deleted: z.string() })
export const control = z
  .object({ cursor, up_to_date: z.boolean(), closing: z.string().optional() })
  .meta({ id: 'Control', description: 'The `data` of an `event: control`.' })

export const diff = z.object({
  from: cursor,
  to: cursor,
  from_as_of: asOf,
  as_of: asOf,
  changes: z.array(
    z.object({
      op: z.enum(['r', 'c', 'u', 'd']).meta({
        description:
          '`r`: seen for the first time in between, and as it was then; whether it was there before is not known.',
      }),
      key,
      resource: header,
      fields: z.array(fieldChange),
      before: nullable(resource),
      after: nullable(resource),
      first_seen: time.nullable().meta({
        description: 'When it was seen for the first time, where its comparison begins then; else null.',
      }),
    }),
  ),
})

export const scopes = z.object({
  scopes: z.array(
    z.object({
      scope: z.string(),
      status: z.enum(scopeConditions),
      last_attempt_at: time.nullable(),
      last_complete_at: time.nullable(),
      last_change_at: time.nullable().meta({ description: 'When one of its resources changed last.' }),
      gone_since: time.nullable().meta({
        description:
          'Since when each scan has found that what the scope stands for is gone; null where the last one did not.',
      }),
      resources: z.number().int().meta({ description: 'Live ones.' }),
      errors: z.array(scanErrorSchema),
      warnings: z.array(scanErrorSchema),
      attributes: z.record(z.string(), z.unknown()),
      held: nullable(
        z.object({
          deletes: z.number().int(),
          of: z.number().int(),
          keys: z.array(z.string()).meta({ description: 'The first hundred.' }),
        }),
      ),
      source: z
        .object({
          name: z.string().meta({ description: '`KIND:WHERE`, without credentials.' }),
          state: z.enum(targetStates).meta({
            description:
              'due: waits for its time or a permit; scanning; following: a watch is open; backing_off: waits after a failure; throttled: held by the rate limit of its system; not_ours: another node or source reads it.',
          }),
          since: time,
          observed: z.number().int().meta({ description: 'Resources seen by the scan under way, or by the last one.' }),
          failures: z.number().int().meta({ description: 'Failed scans in a row.' }),
          error: z.string().nullable(),
        })
        .optional()
        .meta({ description: 'What reads the scope; absent where no source of this process does.' }),
    }),
  ),
  page,
})
export const release = z
  .object({ apply: z.boolean({ error: 'expected true (delete them) or false (keep them)' }) })
  .strict()
export const released = z.object({ deletes: z.number().int(), cursor })

export const deadLetters = z.object({
  deadletters: z.array(z.object({ at: time, reason: z.string(), source: z.string(), preview: z.string() })),
  page,
})

export const inputRecord = inputRecordSchema.meta({ id: 'InputRecord', description: 'One line of an ingest.' })
export const ingested = z.object({
  records: z.number().int(),
  changes: z.number().int().nullable().meta({
    description: 'Changes that came of them; null with Kafka, where records of many senders are processed together.',
  }),
  dead_letters: z.number().int().nullable().meta({ description: 'Records that could not be used; null as above.' }),
  cursor,
})

export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(errorCodes),
    detail: z.string(),
    hint: z.string().optional().meta({ description: 'What to do.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' })
