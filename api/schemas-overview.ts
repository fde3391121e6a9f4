import { z } from '@hono/zod-openapi'
import { entryOps } from '../model/change.ts'
import { severities } from '../model/rules.ts'
import { scopeConditions } from '../model/status.ts'
import { rights } from './caller.ts'
import { coverage } from './drift-schemas.ts'
import { asOf, cursor } from './schemas.ts'

const time = z.iso.datetime({ offset: true })
const count = z.number().int()
const countsOf = (names: readonly string[]) => z.object(Object.fromEntries(names.map((name) => [name, count])))

const facet = z
  .array(z.tuple([z.string().nullable(), count]))
  .meta({ description: 'Values and their counts, the most frequent first; null for resources that have none.' })

export const facets = z
  .object({
    total: count.nullable().meta({
      description:
        'Live resources that pass. Null, and no facets, where a name, a tag or a text is had by more than 20,000 resources, which are not counted.',
    }),
    facets: z.object({ provider: facet, account: facet, location: facet, type: facet, scope: facet }).partial(),
    distinct: z
      .object({ provider: count, account: count, location: count, type: count, scope: count })
      .partial()
      .meta({ description: 'How many values each facet has, shown or not.' }),
    cursor,
    as_of: asOf,
  })
  .meta({ id: 'Facets', description: 'How many live resources there are, by some of their properties.' })

export const activity = z
  .object({
    from: time.meta({ description: 'The begin of the first step, a whole number of steps after 1970.' }),
    step_s: count,
    series: z.array(
      z.object({
        op: z.enum(entryOps).optional(),
        provider: z.string().optional(),
        counts: z.array(count).meta({ description: 'Of each step.' }),
      }),
    ),
  })
  .meta({ id: 'Activity', description: 'How much was recorded, over time.' })

export const summary = z
  .object({
    resources: count.meta({ description: 'Live ones.' }),
    scopes: countsOf(scopeConditions).extend({ total: count }),
    held: count.meta({ description: 'Deletes that wait for another scan, or for a word.' }),
    dead_letters: count.nullable().meta({ description: 'Kept ones; null with Kafka, whose topic is not counted.' }),
    drift: countsOf(severities).nullable().meta({
      description:
        'Open items that no rule ignores, by severity; null where this server has no drift view. Zeros mean something only of what `coverage` says is known.',
    }),
    coverage: coverage.nullable().meta({
      description:
        'How much of what is managed was compared: where `unknown` is all of `managed`, nothing was, and `drift` says nothing. Null where `drift` is.',
    }),
    last_change_at: time.nullable(),
    cursor,
  })
  .meta({ id: 'Summary' })

export const configuration = z
  .object({
    file: z.string().nullable().meta({ description: 'The file that was read; null for none.' }),
    warnings: z.array(z.string()).meta({ description: 'Keys that have no effect here, or have moved.' }),
    settings: z.array(
      z.object({
        key: z.string().meta({ example: 'storage.workers' }),
        value: z.unknown().meta({ description: 'As written, or the default; null for none. A secret is masked.' }),
        from: z.string().meta({
          description: '`default`, a place in the file, a variable or a flag.',
          example: 'vaino.yaml:3:5',
        }),
      }),
    ),
  })
  .meta({ id: 'Configuration' })

export const me = z
  .object({
    rights: z.array(z.enum(rights)),
    name: z.string().nullable().meta({ description: 'What the audit log calls it; null where no token is needed.' }),
    within: z
      .array(z.string())
      .nullable()
      .meta({ description: 'It may read scopes that begin with one of these; null: all.' }),
  })
  .meta({ id: 'OwnRights' })
