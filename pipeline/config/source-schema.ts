import { z } from 'zod'
import { duration } from './units.ts'

const sourceExpected = 'expected KIND:WHERE such as terraform:./infra, or {kind, where}'

/** `kind:where`, in one piece or apart; a source's own options stand beside them and are checked by its connector. */
export const sourceSchema = z
  .union(
    [
      z
        .string()
        .regex(/^[a-z][a-z0-9-]*:.+/s, sourceExpected)
        .transform((whole) => ({
          kind: whole.slice(0, whole.indexOf(':')),
          where: whole.slice(whole.indexOf(':') + 1),
        })),
      z.looseObject({
        kind: z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected the name of a kind such as terraform'),
        where: z.string().min(1),
        interval: duration.optional(),
      }),
    ],
    { error: sourceExpected },
  )
  .transform(({ kind, where, interval, ...options }: Record<string, unknown> & { kind: string; where: string }) => ({
    kind,
    where,
    intervalMs: typeof interval === 'number' ? interval : null,
    options,
  }))

export type SourceConfig = z.output<typeof sourceSchema>
