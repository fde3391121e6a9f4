import { z } from 'zod'
import { kinds } from '../sources/kinds.ts'
import { fittingBranch } from './fitting-branch.ts'
import { duration } from './units.ts'

const sourceExpected = 'expected KIND:WHERE such as terraform:./infra, or {kind, where}'

/** A source of a kind that there is: its own keys beside the four of every source. An unknown kind is refused when it is opened. */
const checkOptions: Parameters<z.ZodObject['superRefine']>[0] = (
  { kind, where, interval, forget_after, ...options },
  context,
) => {
  const known = typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  for (const issue of (known?.options.safeParse(options).error?.issues ?? []).flatMap(withoutUnion)) {
    if (issue.code === 'unrecognized_keys') {
      context.addIssue({ code: 'unrecognized_keys', keys: issue.keys, input: options, path: issue.path })
    } else if (issue.code === 'invalid_key') {
      context.addIssue({ code: 'custom', message: issue.issues[0]?.message ?? issue.message, path: issue.path })
    } else context.addIssue({ code: 'custom', message: issue.message, path: issue.path })
  }
}

/** What is wrong inside of the one alternative that was meant. */
function withoutUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  const branch = issue.code === 'invalid_union' ? fittingBranch(issue) : null
  if (branch === null) return [issue]
  return branch.flatMap(withoutUnion).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
}

const where = z.string().meta({ description: 'What is watched, as after `KIND:`.' })
const whereOf = (kind: string) => (mayBeAlone(kind) ? where.default('') : where.min(1))
const mayBeAlone = (kind: string): boolean => Object.hasOwn(kinds, kind) && kinds[kind]?.mayBeAlone === true

/** What every source can be given beside the keys of its kind. */
const ofEverySource = {
  interval: duration
    .optional()
    .meta({ description: 'Time from the end of a scan to the next; default: the `interval` of the configuration.' }),
  forget_after: duration.optional().meta({
    description:
      'A scope that stands for something that is gone (a deleted state file) is forgotten when each scan for this long has found it gone; default: never.',
  }),
}

/** The object form of each kind, for the JSON Schema. */
export const sourceSchemas: readonly z.ZodObject[] = Object.entries(kinds).map(([kind, { options }]) =>
  z.strictObject({ kind: z.literal(kind), where: whereOf(kind), ...ofEverySource, ...options.shape }),
)

/** `kind:where`, in one piece or apart; a source's own options stand beside them. */
export const sourceSchema = z
  .union(
    [
      z
        .string()
        .regex(/^[a-z][a-z0-9-]*:/, sourceExpected)
        .transform((whole) => ({
          kind: whole.slice(0, whole.indexOf(':')),
          where: whole.slice(whole.indexOf(':') + 1),
        }))
        .refine(({ kind, where }) => where !== '' || mayBeAlone(kind), sourceExpected),
      z
        .looseObject({
          kind: z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected the name of a kind such as terraform'),
          where: where.default(''),
          ...ofEverySource,
        })
        .superRefine(({ kind, where }, context) => {
          if (where !== '' || mayBeAlone(kind)) return
          context.addIssue({ code: 'custom', message: 'expected what is watched, as after KIND:', path: ['where'] })
        })
        .superRefine(checkOptions),
    ],
    { error: sourceExpected },
  )
  .transform(
    ({
      kind,
      where,
      interval,
      forget_after,
      ...options
    }: Record<string, unknown> & { kind: string; where: string }) => ({
      kind,
      where,
      intervalMs: typeof interval === 'number' ? interval : null,
      forgetAfterMs: typeof forget_after === 'number' ? forget_after : null,
      options,
    }),
  )

export type SourceConfig = z.output<typeof sourceSchema>
