import { z } from '@hono/zod-openapi'
import { driftStatuses, driftTiers } from '../model/drift.ts'
import { severities } from '../model/rules.ts'
import { asOf, cursor, page } from './schemas.ts'

const time = z.iso.datetime({ offset: true })
const text = z.string().nullable()

const item = z
  .object({
    id: z.string().meta({ description: 'The same for the same address of the same state, always.' }),
    status: z.enum(driftStatuses),
    tier: z.enum(driftTiers).nullable().meta({
      description:
        '`since_apply`: the same reading showed something else when the state last moved, or an object of Kubernetes is not as it was applied. `state`: it differs from the state.',
    }),
    severity: z.enum(severities).nullable().meta({ description: 'Null where it is in sync.' }),
    type: z.string().meta({ example: 'aws_security_group' }),
    address: z.string().meta({ example: 'module.web.aws_security_group.app' }),
    state: z.string().meta({
      description:
        "The state's scope; of what is in no state, the scope that it was collected in; of what was applied to an object, that scope with `:applied` behind it.",
      example: 'terraform/app.tfstate/-/state',
    }),
    key: z.string().meta({ description: 'The key of what was read, for `/v1/resources/{key}`.' }),
    identity: text.meta({ description: 'Its ARN or link, else its id.' }),
    resource_id: text.meta({ description: 'Its attribute `id`.' }),
    provider: z.string(),
    name: text,
    account: text,
    region: text,
    namespace: text,
    tags: z.record(z.string(), z.unknown()),
    since: time.nullable(),
    resolved_at: time.nullable(),
    fields: z
      .array(
        z.object({
          path: z
            .string()
            .meta({ description: "In Terraform's words.", example: 'ingress[from_port=22].cidr_blocks[=0.0.0.0/0]' }),
          before: z.unknown(),
          after: z.unknown(),
          owner: z.unknown().optional().meta({
            description:
              'Of an object to which something was applied: who has the field now (`manager`, `operation`, `subresource`, `time`), null where nobody does.',
          }),
        }),
      )
      .meta({ description: 'What is unknown now keeps the fields that were known last.' }),
    omitted: z.number().int().meta({ description: 'Fields beyond those listed.' }),
    replaced: z.boolean().meta({ description: 'Another thing stands where the recorded one was.' }),
    actor: z.unknown(),
    occurred_at: time.nullable(),
    reason: text.meta({
      description:
        'Why it is unknown, or how it was resolved: `not_managed`, `not_covered`, of what no state had `managed`, `default`, `part`, `gone`; null: it is as wanted again.',
      example: 'denied',
    }),
    message: text.meta({ description: 'Of what is unknown: why, in words.' }),
    hint: text.meta({ description: 'The next step.' }),
    owner: text,
    rule: text.meta({ description: 'The rule that ignores it.' }),
    group: text.meta({
      description:
        'The block of configuration that made it, where that has `count` or `for_each`: its address without instance keys. Of what no state has, the key of what it is a part of.',
      example: 'module.web.aws_instance.app',
    }),
  })
  .meta({
    id: 'DriftItem',
    description:
      'A managed instance that differs from its state, or of which nothing is known; or a thing that no state has.',
  })

export const coverage = z
  .object({
    managed: z.number().int().meta({ description: 'All but `unmanaged` and `not_applied`.' }),
    in_sync: z.number().int(),
    changed: z.number().int(),
    missing: z.number().int(),
    unmanaged: z.number().int(),
    unknown: z.number().int(),
    suppressed: z
      .number()
      .int()
      .meta({ description: 'Drifted or unknown, and ignored by a rule: in no other number.' }),
    not_covered: z.number().int().meta({ description: 'Of `unknown`: those of states that are not read live.' }),
    exists: z.number().int().meta({
      description: 'Of `not_covered`: those that were found in what is collected; only their fields are not known.',
    }),
    not_applied: z.number().int().meta({
      description: 'Objects of Kubernetes to which nothing was applied that is known. They are in no other number.',
    }),
    percent: z.number().nullable().meta({ description: 'Of `managed`: what is known. Null where nothing is managed.' }),
  })
  .meta({ id: 'DriftCoverage' })

export const drift = z.object({
  drift: z.array(item),
  coverage: coverage.nullable().meta({ description: 'Null where the past was asked for.' }),
  page,
  cursor,
  as_of: asOf,
  up_to_date: z.boolean().meta({ description: 'False while the view is behind what was committed.' }),
})

export const driftEntry = z
  .object({
    id: z.string().meta({ description: 'The same whenever it is delivered.' }),
    event: z.enum(['open', 'changed', 'resolved']),
    at: time,
    duration_seconds: z.number().int().nullable().meta({ description: 'How long it was open; null unless resolved.' }),
    drift: item,
    cursor,
  })
  .meta({ id: 'DriftEntry', description: 'What happened to one item of drift.' })

export const driftChanges = z.object({ changes: z.array(driftEntry), cursor, up_to_date: z.boolean() })
