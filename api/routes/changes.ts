import { createRoute, z } from '@hono/zod-openapi'
import type { LoggedEntry } from '../../storage/state-reader.ts'
import type { ApiContext } from '../api-context.ts'
import { followHeaders, followParameters, followResponses } from '../follow-definition.ts'
import { beginOf, followLog } from '../follow-log.ts'
import { filteredQuery, filterOf, minCursorParameter, suppressedParameter } from '../parameters.ts'
import type { ApiHono, Gatekeeper } from '../route.ts'
import * as schemas from '../schemas.ts'
import { fieldExpected, fieldPattern, opListPattern, type Wanted, wantedChanges } from '../wanted.ts'

const once = { error: 'given more than once; once is expected' }
const query = filteredQuery({
  ...followParameters,
  op: z
    .string(once)
    .regex(opListPattern, 'expected some of r, c, u, d, a, with commas between')
    .optional()
    .meta({ description: 'Only these operations.', example: 'u,d' }),
  field: z.string(once).max(5000).regex(fieldPattern, fieldExpected).optional().meta({
    description: 'Only where this field, one below it or a whole that held it has changed.',
    example: 'configuration.ingress',
  }),
  include_suppressed: suppressedParameter,
  min_cursor: minCursorParameter,
})

export function changeRoutes(app: ApiHono, api: ApiContext, gate: Gatekeeper): void {
  const { engine, feed, minCursor, rules } = api
  const ruleOf = (change: LoggedEntry) => rules.ruleOf(change)

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
        headers: followHeaders,
      },
      responses: followResponses(schemas.changes, schemas.change),
    }),
    async (c) => {
      const { offset, live, op, field, limit, min_cursor, include_suppressed, ...filters } = c.req.valid('query')
      const suppressed = include_suppressed === 'true' ? 'included' : 'left_out'
      const wanted: Wanted = { passes: wantedChanges(filterOf(filters), op, field), suppressed }
      const begin = beginOf(live, offset, c.req.valid('header')['last-event-id'])
      await minCursor(min_cursor, c.req.raw, [begin])
      return followLog(c, api, { source: engine.reader, feed, ruleOf }, { begin, live, limit, wanted })
    },
  )
}
