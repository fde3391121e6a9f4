import type { z } from 'zod'
import { duration } from '../../model/duration.ts'

/** The option of a cloud's source for the longest that one call may take. @param seconds what it is where it is absent */
export const callTimeout = (seconds: number): z.ZodDefault<typeof duration> =>
  duration
    .refine((ms) => ms >= 100 && ms <= 300_000, { error: 'expected from 100ms to 5m' })
    .default(seconds * 1000)
    .meta({ 'x-default': `\`${seconds}s\``, description: 'For the answer to one call; a later one is a failed call.' })
