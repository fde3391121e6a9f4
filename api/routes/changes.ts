import { createRoute, z } from '@hono/zod-openapi'
import type { Cursor } from '../../model/cursor.ts'
import type { LoggedChange } from '../../storage/state-reader.ts'
import type { ApiContext } from '../api-context.ts'
import { readChangePage } from '../change-page.ts'
import { changeStream } from '../change-stream.ts'
import { compressAnswer } from '../compression.ts'
import { Follower } from '../follower.ts'
import { longPoll } from '../long-poll.ts'
import { filteredQuery, filterOf, minCursorParameter, suppressedParameter, wholeNumber } from '../parameters.ts'
import { maxStepsBack, readOffset } from '../position.ts'
import { preferredMs } from '../prefer.ts'
import { type ApiHono, connectionOf, type Gatekeeper, jsonText, refusals } from '../route.ts'
import * as schemas from '../schemas.ts'
import { fieldExpected, fieldPattern, opListPattern, type Wanted, wantedChanges } from '../wanted.ts'

/** Milliseconds after which a page is answered, full or not: a filter that lets little through must not delay the client. */
const pageMs = 2000
const pageLimit = 100

const once = { error: 'given more than once; once is expected' }
const query = filteredQuery({
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
  op: z
    .string(once)
    .regex(opListPattern, 'expected some of r, c, u, d, with commas between')
    .optional()
    .meta({ description: 'Only these operations.', example: 'u,d' }),
  field: z.string(once).max(5000).regex(fieldPattern, fieldExpected).optional().meta({
    description: 'Only where this field, one below it or a whole that held it has changed.',
    example: 'configuration.ingress',
  }),
  limit: wholeNumber(
    `Maximum changes of a page, ${pageLimit} where absent; a stream ends after as many, and without it goes on.`,
    1,
    10_000,
  ),
  include_suppressed: suppressedParameter,
  min_cursor: minCursorParameter,
})

const positionHeaders = (cursor: Cursor, upToDate: boolean) => ({
  'stream-next-offset': cursor,
  'stream-up-to-date': String(upToDate),
  'cache-control': 'no-store',
})

const asPage = (texts: readonly string[], cursor: Cursor, upToDate: boolean) =>
  jsonText(
    `{"changes":[${texts.join(',')}],"cursor":"${cursor}","up_to_date":${upToDate}}`,
    positionHeaders(cursor, upToDate),
  )

export function changeRoutes(app: ApiHono, api: ApiContext, gate: Gatekeeper): void {
  const { engine, feed, limits, minCursor, rules, streams } = api
  const ruleOf = (change: LoggedChange) => rules.ruleOf(change)
  const { reader } = engine

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/changes',
      operationId: 'followChanges',
      summary: 'What changed, from a cursor on, and live',
      description:
        'Changes of one partition come in the order of their offsets; of one resource, therefore, in the order of its versions. A filter lets a change pass when its `before` or its `after` matches: a change whose `after` does not match is how a resource leaves the filter. As server-sent events the `id` of each event is a cursor, so that `Last-Event-ID` goes on from there (it wins over `offset`). `event: control` says where the client stands when it is up to date, and why the stream ends when the server ends it. What a rule ignores is left out, unless `include_suppressed=true` asks for it: then it has a member `rule`. A client that stops reading is disconnected.',
      tags: ['Changes'],
      ...gate('read'),
      ...query,
      request: {
        ...query.request,
        headers: z.object({
          'last-event-id': z
            .string()
            .optional()
            .meta({ description: 'For `live=sse`: the last id that came, which EventSource sends by itself.' }),
        }),
      },
      responses: {
        200: {
          description: 'A page, or a stream of events.',
          headers: {
            'Stream-Next-Offset': { description: 'The cursor after this answer.', schema: { type: 'string' } },
            'Stream-Up-To-Date': { description: 'Whether that is the end of the log.', schema: { type: 'boolean' } },
          },
          content: {
            'application/json': { schema: schemas.changes },
            'text/event-stream': { schema: z.union([schemas.change, schemas.control]) },
          },
        },
        204: { description: 'long-poll: nothing came; go on from `Stream-Next-Offset`.' },
        ...refusals(400, 410, 429, 503),
      },
    }),
    async (c) => {
      const { offset, live, op, field, limit, min_cursor, include_suppressed, ...filters } = c.req.valid('query')
      const suppressed = include_suppressed === 'true' ? 'included' : 'left_out'
      const wanted: Wanted = { passes: wantedChanges(filterOf(filters), op, field), suppressed }
      // An EventSource comes back with the URL it began with; how far it has got, it says here.
      const resumed = live === 'sse' ? c.req.valid('header')['last-event-id'] : undefined
      const begin = resumed || (offset ?? (live ? 'now' : '-1'))
      await minCursor(min_cursor, c.req.raw, [begin])
      const from = readOffset(reader, begin)
      const accepted = c.req.raw.headers.get('accept-encoding')

      if (live === undefined) {
        const options = { limit: limit ?? pageLimit, maxBytes: limits.pageBytes, maxMs: pageMs }
        const page = await readChangePage(reader, from, wanted, ruleOf, options)
        return compressAnswer(asPage(page.texts, page.cursor, page.upToDate), accepted)
      }
      const follower = new Follower(reader, feed, from, wanted, ruleOf)
      if (live === 'sse') {
        const { cursor, upToDate } = follower
        const source = changeStream({ feed, follower, heartbeatMs: limits.heartbeatMs, limit: limit ?? null })
        return new Response(streams.body('sse', source, connectionOf(c)), {
          headers: {
            ...positionHeaders(cursor, upToDate),
            'content-type': 'text/event-stream',
            // nginx would collect events until a buffer is full.
            'x-accel-buffering': 'no',
          },
        })
      }
      const options = {
        feed,
        follower,
        waitMs: Math.min(limits.longPollMs, preferredMs(c.req.raw)),
        limit: limit ?? pageLimit,
        maxBytes: limits.pageBytes,
      }
      const page = await longPoll(streams, options, c.req.raw.signal)
      if (page.texts.length > 0) return compressAnswer(asPage(page.texts, page.cursor, page.upToDate), accepted)
      return new Response(null, { status: 204, headers: positionHeaders(page.cursor, page.upToDate) })
    },
  )
}
