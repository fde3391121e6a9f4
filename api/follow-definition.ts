import { z } from '@hono/zod-openapi'
import { logPageLimit } from './follow-log.ts'
import { wholeNumber } from './parameters.ts'
import { maxStepsBack } from './position.ts'
import { refusals } from './route.ts'
import * as schemas from './schemas.ts'

const once = { error: 'given more than once; once is expected' }

/** What each route that follows a log takes beside its filters. */
export const followParameters = {
  offset: z
    .string(once)
    .max(5000)
    .optional()
    .meta({
      description: `\`-1\`: from the oldest change that is kept. \`now\`: from here on. \`now-N\`: N changes of each partition earlier (N at most ${maxStepsBack}). Else a cursor: from the change after it. Absent: \`-1\`, or \`now\` when live.`,
      example: '-1',
    }),
  live: z.enum(['sse', 'long-poll'], 'expected "sse" or "long-poll"').optional().meta({
    description:
      'Wait for what comes: as server-sent events, or one answer at a time. A long-poll waits up to 20 s, or as `Prefer: wait=SECONDS` says if that is less.',
  }),
  limit: wholeNumber(
    `Maximum changes of a page, ${logPageLimit} where absent; a stream ends after as many, and without it goes on.`,
    1,
    10_000,
  ),
}

export const followHeaders = z.object({
  'last-event-id': z.string().optional().meta({
    description: 'For `live=sse`: the last id that came, which EventSource sends by itself.',
  }),
})

/** @param page the schema of a page, and @param entry that of what an event carries */
export const followResponses = <P extends z.ZodType, E extends z.ZodType>(page: P, entry: E) => ({
  200: {
    description: 'A page, or a stream of events.',
    headers: {
      'Stream-Next-Offset': { description: 'The cursor after this answer.', schema: { type: 'string' as const } },
      'Stream-Up-To-Date': {
        description: 'Whether that is the end of the log.',
        schema: { type: 'boolean' as const },
      },
    },
    content: {
      'application/json': { schema: page },
      'text/event-stream': { schema: z.union([entry, schemas.control]) },
    },
  },
  204: { description: 'long-poll: nothing came; go on from `Stream-Next-Offset`.' },
  ...refusals(400, 410, 429, 503),
})
