import { z } from 'zod'
import type { ComparisonTable } from '../../model/comparison-tables.ts'

const maxTypes = 1000
const maxPaths = 1000

const path = z
  .string()
  .regex(/^[^.\s]+(\.[^.\s]+)*$/, 'expected a path such as etag or settings.version, without spaces')
const paths = z.array(path).max(maxPaths).optional()
const volatilePath = z.union([path, z.array(z.string().min(1)).min(1).max(50)], {
  error: 'expected a path such as settings.version, or a list of names where one holds a dot',
})
const identity = z
  .string()
  .regex(
    /^[^+|\s]+([+|][^+|\s]+)*$/,
    'expected the fields that identify an element, such as name, key+effect or id|name',
  )

export const volatilePaths = z.array(volatilePath).max(maxPaths).optional().meta({
  description: 'Paths below `configuration` that move by themselves and are never compared; arrays are transparent.',
})
export const setPaths = paths.meta({
  description: 'Array fields in which order means nothing: `records`, or `owner.records` for one.',
})
export const keyedFields = z
  .record(z.string(), identity)
  .superRefine((fields, context) => {
    for (const field of Object.keys(fields)) {
      const { error } = path.safeParse(field)
      if (error) context.addIssue({ code: 'custom', path: [field], message: error.issues[0]?.message ?? '' })
    }
  })
  .optional()
  .meta({
    description:
      'Array field → the fields that identify an element: `name`, `key+effect` for both, `id|name` for the first that fits.',
  })

const ofType = z.strictObject({ volatile: volatilePaths, sets: setPaths, keyed: keyedFields })

/** The tables that the configuration adds. Paths may be written as changes print them: `configuration.tags[name=x].value`. */
export const tablesOf = (compare: Readonly<Record<string, z.output<typeof ofType>>>): ComparisonTable[] =>
  Object.entries(compare).map(([type, { volatile = [], sets = [], keyed = {} }]) => ({
    types: [type],
    volatile: volatile.map((given) => (typeof given === 'string' ? plain(given) : given)),
    sets: sets.map(ownerAndName),
    keyed: Object.fromEntries(Object.entries(keyed).map(([field, fields]) => [ownerAndName(field), fields])),
  }))

const plain = (given: string): string => given.replace(/\[[^\]]*\]/g, '').replace(/^configuration\.(?=.)/, '')

/** An array is known by its name and, where a path is given, the nearest name around it. */
const ownerAndName = (given: string): string => plain(given).split('.').slice(-2).join('.')

const typePattern = /^[^\s*]*\*?[^\s*]*$/

/** Something for each type, or each pattern with one `*`. */
export const byType = <Inner extends z.ZodType>(inner: Inner) =>
  z.record(z.string(), inner).superRefine((types, context) => {
    const names = Object.keys(types)
    if (names.length > maxTypes) context.addIssue({ code: 'custom', message: `expected at most ${maxTypes} types` })
    for (const name of names) {
      if (name !== '' && typePattern.test(name)) continue
      const message = 'expected a resource type such as aws_instance, with at most one * in it'
      context.addIssue({ code: 'custom', path: [name], message })
    }
  })

/** What `compare` may say: for each type what extends the shipped tables. */
export const compareSchema = byType(ofType).transform(tablesOf).prefault({}).meta({
  description:
    'By resource type (`aws_instance`, `azurerm_*`, `kubernetes:Deployment`), what extends the shipped tables: `volatile`, `sets`, `keyed`. A change to it takes effect without a restart.',
  'x-moved': 'It is part of rules.yaml now: `volatile`, `sets` and `keyed` there. Here it goes on working.',
})
