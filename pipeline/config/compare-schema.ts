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

const ofType = z.strictObject({
  volatile: z.array(volatilePath).max(maxPaths).optional().meta({
    description: 'Paths below `configuration` that move by themselves and are never compared; arrays are transparent.',
  }),
  sets: paths.meta({
    description: 'Array fields in which order means nothing: `records`, or `owner.records` for one.',
  }),
  keyed: z.record(z.string(), identity).optional().meta({
    description:
      'Array field → the fields that identify an element: `name`, `key+effect` for both, `id|name` for the first that fits.',
  }),
})

/** The tables that the configuration adds. Paths may be written as changes print them: `configuration.tags[name=x].value`. */
const tablesOf = (compare: Readonly<Record<string, z.output<typeof ofType>>>): ComparisonTable[] =>
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

/** What `compare` may say: for each type, or each pattern with one `*`, what extends the shipped tables. */
export const compareSchema = z
  .record(z.string(), ofType)
  .superRefine((types, context) => {
    const names = Object.keys(types)
    if (names.length > maxTypes) context.addIssue({ code: 'custom', message: `expected at most ${maxTypes} types` })
    for (const name of names) {
      if (name !== '' && typePattern.test(name)) continue
      const message = 'expected a resource type such as aws_instance, with at most one * in it'
      context.addIssue({ code: 'custom', path: [name], message })
    }
    for (const [name, { keyed = {} }] of Object.entries(types)) {
      for (const field of Object.keys(keyed)) {
        const { error } = path.safeParse(field)
        if (error)
          context.addIssue({ code: 'custom', path: [name, 'keyed', field], message: error.issues[0]?.message ?? '' })
      }
    }
  })
  .transform(tablesOf)
  .prefault({})
  .meta({
    description:
      'By resource type (`aws_instance`, `azurerm_*`, `kubernetes:Deployment`), what extends the shipped tables: `volatile`, `sets`, `keyed`. A change to it takes effect without a restart.',
  })
