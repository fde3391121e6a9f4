import { z } from 'zod'
import { ops } from '../../model/change.ts'
import { driftStatuses, driftTiers } from '../../model/drift.ts'
import { duration } from '../../model/duration.ts'
import { severities } from '../../model/rules.ts'
import { alertSources, healthConditions } from './alert.ts'

const text = z.string().min(1).max(1000)

const listOf = <Item extends z.ZodType<string>>(item: Item, description: string) =>
  z
    .union([item, z.array(item).min(1).max(1000)], { error: 'expected text, or a list of texts' })
    .transform((given) => (Array.isArray(given) ? given : [given]))
    .optional()
    .meta({ description })

const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, `expected one of ${words.join(', ')}`)

/** What a match asks of, by what has it. */
const askedOf: Readonly<Record<string, readonly (typeof alertSources)[number][]>> = {
  status: ['drift'],
  tier: ['drift'],
  op: ['changes'],
  condition: ['health'],
  type: ['drift', 'changes'],
  key: ['drift', 'changes'],
  field: ['drift', 'changes'],
  tag: ['drift', 'changes'],
  actor: ['drift', 'changes'],
  owner: ['drift', 'changes'],
}

const match = z
  .strictObject({
    severity: oneOf(severities).optional().meta({ description: 'As bad as this, or worse.' }),
    owner: listOf(text, 'Whose it is, as `owner` in rules.yaml says.'),
    scope: listOf(text, 'Scopes: `terraform/prod*/-/state`.'),
    type: listOf(text, 'Types: `aws_security_group`, `aws_iam_*`.'),
    key: listOf(text, 'Keys: `*/aws_instance.web[*`.'),
    tag: z
      .record(text, z.string().max(1000))
      .optional()
      .meta({ description: 'Tags that the resource has: `{env: "prod*"}`.' }),
    field: listOf(text, 'Fields that differ, and what lies below them: `ingress.cidr_blocks`.'),
    actor: listOf(text, 'Who did it, where that is known.'),
    status: listOf(oneOf(driftStatuses), 'Of a drift: how it stands.'),
    tier: listOf(oneOf(driftTiers), 'Of a drift: how certain it is.'),
    op: listOf(oneOf(ops), 'Of a change: what happened.'),
    condition: listOf(oneOf(healthConditions), "Of vaino's own health: what is wrong."),
  })
  .prefault({})
  .meta({
    description:
      'What is told; all that is given must hold, and of each list one. Texts are globs, as in rules.yaml. What has no such property does not match.',
  })

const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day such as 22:00')

const zone = z.string().refine(isZone, 'expected the name of a time zone such as Europe/Berlin or UTC')

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

const quietHours = z
  .strictObject({
    from: clock.meta({ description: 'When they begin.' }),
    to: clock.meta({ description: 'When they end; before `from`: on the next day.' }),
    zone: zone.prefault('UTC').meta({ description: 'The time zone of the two: `Europe/Berlin`.' }),
  })
  .refine(({ from, to }) => from !== to, { error: 'begin and end at the same time' })

export const groupNames = [
  ...(['source', 'severity', 'owner', 'scope', 'key', 'type', 'status', 'condition'] as const),
  ...(['provider', 'account', 'region', 'namespace'] as const),
] as const
export type GroupName = (typeof groupNames)[number]

const words = (description: string) => z.string().min(1).max(2_000).optional().meta({ description })

/** Its fields are checked where all is there: with the configuration. */
const template = z.strictObject({
  title: words('The title: one line, 300 characters.'),
  text: words('What stands below it, 10,000 characters.'),
})

/** One entry of `alerts.routes`. */
export const routeSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w.-]{1,80}$/, 'expected at most 80 letters, digits and . _ -')
      .optional()
      .meta({
        description:
          'By which messages name it, and by which vaino knows after a restart what it has told. Default: `route-1` by its place.',
      }),
    on: z
      .union([oneOf(alertSources), z.array(oneOf(alertSources)).min(1).max(3)], {
        error: `expected one of ${alertSources.join(', ')}, or a list of these`,
      })
      .transform((given) => (Array.isArray(given) ? given : [given]))
      .prefault(['drift', 'health'])
      .meta({ description: 'What it is about: `drift`, `changes`, `health` (vaino itself).' }),
    match,
    to: z
      .union([text, z.array(text).min(1).max(100)], { error: 'expected the name of a sink, or a list of names' })
      .transform((given) => (Array.isArray(given) ? given : [given]))
      .meta({ description: 'Sinks, by their names.' }),
    group_by: z.array(oneOf(groupNames)).max(groupNames.length).prefault(['scope']).meta({
      description:
        'What is told in one message has these in common, and is one incident where the sink keeps incidents; `[]`: all of the route.',
    }),
    digest: duration.prefault('30s').meta({
      description: 'Time from the first news of a group to its message, in which more is gathered.',
    }),
    after_scans: z
      .int()
      .min(1)
      .max(100)
      .prefault(1)
      .meta({ description: 'Drift is told when it has been there in so many complete scans of its scope.' }),
    repeat: duration
      .refine((ms) => ms >= 60_000, 'must be at least 1m')
      .optional()
      .meta({ description: 'How often a group is told again while something of it is open; default: never.' }),
    resolved: z.boolean().prefault(true).meta({ description: 'Whether it is told that something is over.' }),
    template: template.optional().meta({
      description:
        'What its messages say in chats, mails and incidents, in words of your own: `{field}` is a field of the message, `{{` a brace ([alerts.md](alerts.md#in-your-own-words)).',
    }),
    quiet_hours: quietHours.optional().meta({
      description: 'Hours of each day in which nothing is sent; what comes meanwhile is told when they end.',
    }),
  })
  .superRefine(({ on, match: asked }, context) => {
    for (const key of Object.keys(asked)) {
      const of = askedOf[key]
      if (of === undefined || of.some((source) => on.includes(source))) continue
      const message = `is asked of ${of.join(' and ')}, and the route is about ${on.join(' and ')}: say on: ${of[0]}`
      context.addIssue({ code: 'custom', path: ['match', key], message })
    }
  })

export type RouteConfig = z.output<typeof routeSchema>
