import { createRoute, z } from '@hono/zod-openapi'
import { VainoError } from '../../model/errors.ts'
import type { Filter } from '../../model/filter.ts'
import type { LoggedEntry, StateReader } from '../../storage/state-reader.ts'
import type { ApiContext } from '../api-context.ts'
import { followHeaders, followParameters, followResponses } from '../follow-definition.ts'
import { beginOf, followLog, logPageLimit } from '../follow-log.ts'
import { decodePage, encodePage } from '../page-token.ts'
import {
  documentsParameter,
  filteredQuery,
  filterOf,
  minCursorParameter,
  pageParameter,
  suppressedParameter,
} from '../parameters.ts'
import { readPastPage } from '../past-page.ts'
import { keptSince, readKeptPoint, readPoint } from '../position.ts'
import { type ApiHono, type Gatekeeper, jsonText, seenBy } from '../route.ts'
import * as schemas from '../schemas.ts'
import { fieldExpected, fieldPattern, opListPattern, type Wanted, wantedChanges } from '../wanted.ts'

const once = { error: 'given more than once; once is expected' }
const query = filteredQuery({
  ...followParameters,
  order: z.enum(['asc', 'desc'], 'expected "asc" or "desc"').optional().meta({
    description:
      '`desc`: the newest first, back from `to`, or from now; `page` leads to older ones, and a page may be empty before the end, because it ends after 80 ms of looking. Not for what is live.',
  }),
  from: z.string(once).max(5000).optional().meta({
    description:
      'Recorded after this time or cursor; in place of `offset`. Where it is older than the log, `kept_since` says how far that goes back.',
    example: '24h',
  }),
  to: z.string(once).max(5000).optional().meta({ description: 'Recorded at or before this time or cursor.' }),
  op: z
    .string(once)
    .regex(opListPattern, 'expected some of r, c, u, d, a, with commas between')
    .optional()
    .meta({ description: 'Only these operations.', example: 'u,d' }),
  field: z.string(once).max(5000).regex(fieldPattern, fieldExpected).optional().meta({
    description: 'Only where this field, one below it or a whole that held it has changed.',
    example: 'configuration.ingress',
  }),
  actor: z.string(once).min(1).max(1000).optional().meta({
    description: 'Only where this text stands in who made the change, capitals or not.',
    example: 'ann@example.com',
  }),
  scan: z.string(once).min(1).max(128).optional().meta({ description: 'Only what this scan found.' }),
  documents: documentsParameter,
  include_suppressed: suppressedParameter,
  page: pageParameter,
  min_cursor: minCursorParameter,
})

type Query = z.infer<(typeof query)['request']['query']>

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
        'Changes of one partition come in the order of their offsets; of one resource, therefore, in the order of its versions. A filter lets a change pass when its `before` or its `after` matches: a change whose `after` does not match is how a resource leaves the filter. As server-sent events the `id` of each event is a cursor, so that `Last-Event-ID` goes on from there (it wins over `offset`). `event: control` says where the client stands when it is up to date, and why the stream ends when the server ends it. What a rule ignores is left out, unless `include_suppressed=true` asks for it: then it has a member `rule`. A page may be empty before the end of the log, because it ends after 80 ms of looking: go on from its `cursor` until `up_to_date`. A client that stops reading is disconnected.',
      tags: ['Changes'],
      ...gate('read', 'filtered'),
      ...query,
      request: {
        ...query.request,
        headers: followHeaders,
      },
      responses: followResponses(schemas.changes, schemas.change),
    }),
    async (c) => {
      const asked = c.req.valid('query')
      refuseContradictions(asked)
      const { offset, live, limit, from, to, min_cursor, include_suppressed } = asked
      const filter = filterOf(asked, seenBy(c))
      const wanted: Wanted = {
        passes: wantedChanges(filter, asked),
        suppressed: include_suppressed === 'true' ? 'included' : 'left_out',
      }
      const documents = asked.documents !== 'false'
      const begin = beginOf(live, offset, c.req.valid('header')['last-event-id'])
      await minCursor(min_cursor, c.req.raw, [begin, from, to])
      if (asked.order === 'desc') return listPast(api, asked, { filter, wanted }, c.req.raw)
      const followed = { source: engine.reader, feed, ruleOf }
      const start = from === undefined ? begin : readKeptPoint(engine.reader, from, 'from').position
      const end = to === undefined ? {} : { through: readPoint(engine.reader, to, 'to').position }
      return followLog(c, api, followed, { begin: start, live, limit, wanted, documents, ...end })
    },
  )
}

function refuseContradictions({ order, live, offset, from, to, page }: Query): void {
  const wrong =
    order === 'desc' && (live !== undefined || offset !== undefined)
      ? 'order=desc goes back from `to`, or from now: neither live nor offset goes with it'
      : order !== 'desc' && page !== undefined
        ? 'page belongs to order=desc; forward, the cursor of the answer leads on as offset'
        : live !== undefined && (from !== undefined || to !== undefined)
          ? 'from and to choose a part of the log, live waits at its end'
          : offset !== undefined && from !== undefined
            ? 'offset and from both say where to begin'
            : null
  if (wrong !== null) throw new VainoError('bad_request', wrong, { hint: 'Leave one of them out.' })
}

/** A page of `order=desc`. */
async function listPast(
  { engine: { reader }, limits, rules }: ApiContext,
  asked: Query,
  { filter, wanted }: { readonly filter: Filter; readonly wanted: Wanted },
  request: Request,
) {
  const { from, to, op, field, actor, scan, limit = logPageLimit, include_suppressed } = asked
  const question = [filter, 'desc', from, to, op, field, actor, scan, include_suppressed]
  const start = asked.page === undefined ? null : decodePage(asked.page, question)
  // All pages go back from the same end, and as far as the first one did.
  const head = start === null ? (to === undefined ? reader.head() : readPoint(reader, to, 'to').position) : null
  const cursor = start?.after ?? reader.encode(head ?? [])
  const oldest =
    from === undefined
      ? { position: reader.floor(), keptSince: keptSince(reader) }
      : readKeptPoint(reader, from, 'from')
  const { texts, rest } = await readPastPage(reader, oldest.position, head ?? reader.decode(start?.cursor ?? ''), {
    ...{ filter, query: asked, wanted, ruleOf: (change) => rules.ruleOf(change), limit, signal: request.signal },
    ...{ maxBytes: limits.pageBytes, maxMs: limits.pageMs, documents: asked.documents !== 'false' },
  })
  const page = rest === null ? null : encodePage({ cursor: reader.encode(rest), after: cursor }, question)
  const upToDate = isSame(reader, cursor)
  return jsonText(
    `{"changes":[${texts.join(',')}],"cursor":"${cursor}","up_to_date":${upToDate},"page":${JSON.stringify(page)},"kept_since":${JSON.stringify(oldest.keptSince)}}`,
    { 'stream-next-offset': cursor, 'stream-up-to-date': String(upToDate), 'cache-control': 'no-store' },
  )
}

/** Whether nothing was recorded after a cursor. */
const isSame = (reader: StateReader, cursor: string): boolean => reader.encode(reader.head()) === cursor
