import { type RouteConfig, z } from '@hono/zod-openapi'
import type { Filter } from '../model/filter.ts'
import { nearest } from '../model/nearest.ts'
import { timeForms } from '../pipeline/time-point.ts'
import type { Within } from './caller.ts'
import { pagePattern } from './schemas.ts'

const text = (description: string, example?: string) =>
  z
    .string({ error: 'given more than once; once is expected' })
    .max(5000, 'longer than 5000 characters')
    .optional()
    .meta({ description, ...(example === undefined ? {} : { example }) })

/** A whole number in a range; a query parameter is text until here. */
export const wholeNumber = (description: string, min: number, max: number) => {
  const error = `expected a whole number from ${min} to ${max}`
  return z
    .string({ error })
    .regex(/^\d{1,9}$/, error)
    .transform(Number)
    .refine((value) => value >= min && value <= max, error)
    .optional()
    .openapi({ param: { required: false }, type: 'integer', minimum: min, maximum: max, description })
}

const filterShape = {
  provider: text('Of this provider.', 'aws'),
  account: text('In this account; `-`: of those that have none.', '111122223333'),
  location: text('In this region or namespace; `-`: of those that have neither.', 'eu-west-1'),
  type: text('Of this type.', 'aws_instance'),
  scope: text('In this scope.', 'terraform/network.tfstate/-/state'),
  name: text('With this name.'),
  q: text(
    'In whose id, name, ARN or one of whose tags, as `name=value`, this text stands, capitals or not.',
    'web-1',
  ).refine((value) => value !== '', 'expected a text'),
  key: text(
    'With this key. A key in the path needs its slashes encoded, which some proxies decode; here they may stand.',
    'aws/111122223333/eu-west-1/vm/i-0abc',
  ),
  key_prefix: text('Whose key begins so.', 'terraform/'),
}

/** Tags come as `tag.team=web`: any number of parameters that no fixed list can name. */
const tagParameter: NonNullable<RouteConfig['parameters']> = [
  {
    name: 'tag',
    in: 'query',
    style: 'form',
    explode: true,
    description: 'With this tag: `tag.<name>=<value>`, as often as needed.',
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    example: { 'tag.team': 'web' },
  },
]

const refuseUnknown = (known: readonly string[], filters: boolean) => (query: object, context: z.RefinementCtx) => {
  for (const [name, value] of Object.entries(query)) {
    if (known.includes(name)) continue
    if (filters && /^tag\../.test(name)) {
      if (typeof value !== 'string')
        context.addIssue({ code: 'custom', path: [name], message: 'given more than once; once is expected' })
      continue
    }
    const meant = nearest(name, known)
    const expected =
      known.length === 0 ? 'none is expected' : `expected ${known.join(', ')}${filters ? ', tag.<name>' : ''}`
    const message = `unknown; ${meant === null ? expected : `did you mean "${meant}"?`}`
    context.addIssue({ code: 'custom', path: [name], message })
  }
}

/**
 * The part of a route's definition that is its query: the filters beside its own parameters, and nothing else, so that a
 * typo isn't an unfiltered answer.
 */
export const filteredQuery = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const known = [...Object.keys(shape), ...Object.keys(filterShape)]
  const query = z
    .object({ ...shape, ...filterShape })
    .catchall(z.unknown())
    .superRefine(refuseUnknown(known, true))
  return { parameters: tagParameter, request: { query } }
}

/** A query of exactly these parameters. */
export const exactQuery = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .object(shape)
    .catchall(z.unknown())
    .superRefine(refuseUnknown(Object.keys(shape), false))

/**
 * The filters in a query that {@link filteredQuery} has checked.
 * @param within what the asker may see
 */
export function filterOf(query: Readonly<Record<string, unknown>>, within: Within): Filter {
  const tags = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    name.startsWith('tag.') && typeof value === 'string' ? [[name.slice('tag.'.length), value]] : [],
  )
  const fixed = Object.keys(filterShape).flatMap((name): [string, string][] => {
    const value = query[name]
    return typeof value === 'string' ? [[name, value]] : []
  })
  return {
    ...Object.fromEntries(fixed),
    ...(tags.length === 0 ? {} : { tags: Object.fromEntries(tags) }),
    ...(within === null ? {} : { within }),
  }
}

export const minCursorParameter = text(
  'Answer only when this cursor is contained: what an earlier answer, of this node or another, has shown is there. Waits up to 10 s, or as `Prefer: wait=SECONDS` says if that is less; then 503, whose `cursor` says where this node is.',
)
export const suppressedParameter = z
  .enum(['true', 'false'], 'expected "true" or "false"')
  .optional()
  .meta({ description: '`true`: also what a rule ignores; it then names its `rule`.' })
export const documentsParameter = z
  .enum(['true', 'false'], 'expected "true" or "false"')
  .optional()
  .meta({ description: '`false`: without `before` and `after`, which are most of a change.' })
export const pageParameter = text('`page` of the answer before; the other parameters stay the same.').meta({
  pattern: pagePattern,
})
export const atParameter = text(
  `As of this time or cursor; now where absent. A time: ${timeForms}.`,
  '2026-11-23T12:00:00Z',
)
export const sinceParameter = text('A cursor: only what changed since.')
export const positionParameter = (description: string) =>
  z.string({ error: 'expected once: a time or a cursor' }).max(5000).meta({ description })
