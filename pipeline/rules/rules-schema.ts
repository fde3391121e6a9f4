import { z } from 'zod'
import { changeShapes } from '../../model/rule-selector.ts'
import { severities } from '../../model/rules.ts'
import { byType, keyedFields, setPaths, volatilePaths } from '../config/compare-schema.ts'

const maxRules = 1000
const maxLength = 1000

const text = z.string().min(1).max(maxLength)
const listOf = <Item extends z.ZodType<string>>(item: Item, description: string) =>
  z
    .union([item, z.array(item).min(1).max(maxRules)], { error: 'expected text, or a list of texts' })
    .transform((given) => (Array.isArray(given) ? given : [given]))
    .optional()
    .meta({ description })

const scalar = (description: string) =>
  z
    .union([z.string().max(maxLength), z.number(), z.boolean(), z.null()], {
      error: 'expected text, a number, true, false or null',
    })
    .optional()
    .meta({ description })

const expectedTag = 'expected the name of a tag, or names with values: {team: web}'

const selector = {
  scope: listOf(text, 'Scopes: `terraform/infra*/-/state`.'),
  type: listOf(text, 'Types: `aws_instance`, `aws_*`.'),
  key: listOf(text, 'Keys: `*/aws_instance.web[*`.'),
  path: listOf(
    text,
    'Fields, and what lies below them, as changes print them: `ingress.cidr_blocks`, `tags.*`. Arrays are transparent; `ingress[*from_port=22*]` means those elements.',
  ),
  tag: z
    .union([text, z.record(text, z.string().max(maxLength))], { error: expectedTag })
    .transform((given): Record<string, string> => (typeof given === 'string' ? { [given]: '*' } : given))
    .optional()
    .meta({
      description:
        'Tags that the resource has, before or after: `team`, or `{team: web, env: "prod*"}` for all of these.',
    }),
  actor: listOf(text, 'Who did it, where that is known: `*:assumed-role/autoscaler/*`.'),
  change: listOf(
    z.enum(changeShapes, `expected one of ${changeShapes.join(', ')}`),
    'What happened to the resource (`create`, `update`, `delete`) or to one of its fields (`add`, `remove`, `replace`).',
  ),
  before: scalar("The field's value before: a text with wildcards, or any other value as it is."),
  after: scalar("The field's value after."),
}

const until = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'expected a date such as 2027-01-31, or a time such as 2027-01-31T12:00:00Z',
  })
  .transform((given) => Date.parse(given))
  .optional()
  .meta({ description: 'A date or a time (UTC): what is recorded from then on is not ignored.' })

type Check = Parameters<z.ZodObject['superRefine']>[0]

const ofResources = ['create', 'update', 'delete']

const checkSelector: Check = (rule, context) => {
  const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message })
  const change = (rule.change ?? []) as readonly string[]
  const kinds = change.filter((each) => ofResources.includes(each))
  if (kinds.length > 0 && kinds.length < change.length) {
    refuse(
      'change',
      'create, update and delete are of resources, add, remove and replace of fields: write a rule for each',
    )
  }
  const ofFields = ['path', 'before', 'after'].find((key) => rule[key] !== undefined)
  const other = kinds.find((each) => each !== 'update')
  if (ofFields !== undefined && other !== undefined) {
    refuse('change', `a ${other} has no single fields: leave out ${ofFields}, or write a rule for each`)
  }
}

const selectorKeys = Object.keys(selector)

const checkIgnore: Check = (rule, context) => {
  checkSelector(rule, context)
  // A misspelt key may be what it was to ignore.
  if (context.issues.length > 0) return
  if (selectorKeys.every((key) => rule[key] === undefined)) {
    const message = `says nothing of what it ignores: expected one or more of ${selectorKeys.join(', ')}`
    context.addIssue({ code: 'custom', path: [], message })
  }
}

const ignore = z
  .strictObject({
    name: text
      .regex(/^[\w.:/-]{1,80}$/, 'expected at most 80 letters, digits and . _ : / -')
      .optional()
      .meta({ description: 'How changes and metrics name the rule; absent: `ignore[0]` by its place.' }),
    ...selector,
    reason: text.meta({ description: 'Why that is noise, for those who look for it.' }),
    until,
  })
  .superRefine(checkIgnore)

const severity = z
  .strictObject({
    ...selector,
    severity: z.enum(severities, `expected one of ${severities.join(', ')}`).meta({ description: 'How bad it is.' }),
  })
  .superRefine(checkSelector)

const owner = z
  .strictObject({
    ...selector,
    owner: text.optional().meta({ description: 'Who owns it; absent: the value of `tag`, which is then one name.' }),
  })
  .superRefine((rule, context) => {
    checkSelector(rule, context)
    const tags = Object.entries(rule.tag ?? {})
    if (rule.owner !== undefined || (tags.length === 1 && tags[0]?.[1] === '*')) return
    context.addIssue({
      code: 'custom',
      path: [],
      message: 'names no owner: expected owner, or tag with the name of one tag',
    })
  })

const rulesOf = <Rule extends z.ZodType>(rule: Rule, description: string) =>
  z.array(rule).max(maxRules).prefault([]).meta({ description })

/** What `rules.yaml` may say. It parses, checks, documents, and makes the JSON Schema. */
export const rulesSchema = z
  .strictObject({
    ignore: rulesOf(
      ignore,
      'What is noise. It is recorded, carries its rule, and is left out of streams and drift. All that a rule says must hold, and of a list one. `*` stands for any characters, `?` for one, `\\` takes the next as it is. A delete is ignored only by `change: delete`.',
    ),
    volatile: byType(volatilePaths).prefault({}).meta({
      description: 'By type, fields that move by themselves. They are never compared, so nothing is recorded of them.',
    }),
    sets: byType(setPaths).prefault({}).meta({
      description: 'By type, array fields in which order means nothing.',
    }),
    keyed: byType(keyedFields).prefault({}).meta({
      description: 'By type, array fields and the fields that identify an element: `{rule: name}`.',
    }),
    severity: rulesOf(
      severity,
      'How bad drift is; the first rule that fits decides, and where none does, the shipped table.',
    ),
    owner: rulesOf(owner, 'Whose it is; the first rule that fits decides. `{tag: team}` takes the value of that tag.'),
  })
  .superRefine(({ ignore: rules }, context) => {
    const places = new Map<string, number>()
    for (const [at, { name }] of rules.entries()) {
      if (name === undefined) continue
      const earlier = places.get(name)
      if (earlier !== undefined) {
        const message = `ignore[${earlier}] has this name too`
        context.addIssue({ code: 'custom', path: ['ignore', at, 'name'], message })
      }
      places.set(name, at)
    }
  })
  .meta({ title: 'rules.yaml', description: 'What is noise, how bad what is, and whose.' })

export type RulesFile = z.output<typeof rulesSchema>
