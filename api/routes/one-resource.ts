import { createRoute, z } from '@hono/zod-openapi'
import { VainoError } from '../../model/errors.ts'
import { type Key, splitKey } from '../../model/scope.ts'
import type { ApiContext } from '../api-context.ts'
import { fillPage, inSlices } from '../list-page.ts'
import { atParameter, exactQuery, minCursorParameter, pageParameter, wholeNumber } from '../parameters.ts'
import { asOfHeader, asOfHeaderDefinition, headPoint, readPoint } from '../position.ts'
import { type ApiHono, type Gatekeeper, json, jsonText, refusals, refuseUnseen } from '../route.ts'
import * as schemas from '../schemas.ts'

const pageLimit = 100

const keyInPath = z.object({
  key: z.string().meta({ description: 'Percent-encoded as one segment.', example: 'aws%2F1%2Feu-west-1%2Fvpc%2Fv-1' }),
})
const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
})

const cursorHeader = {
  'Stream-Next-Offset': { description: 'A cursor that this answer contains.', schema: { type: 'string' as const } },
}

export function oneResourceRoutes(app: ApiHono, context: ApiContext, gate: Gatekeeper): void {
  getRoute(app, context, gate)
  historyRoute(app, context, gate)
}

function getRoute(app: ApiHono, { engine: { reader }, minCursor }: ApiContext, gate: Gatekeeper): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/resources/{key}',
      operationId: 'getResource',
      summary: 'One resource',
      description: 'Answers 410 with `deleted_at` and the last `version` when it was deleted.',
      tags: ['State'],
      ...gate('read', 'filtered'),
      request: { params: keyInPath, query: exactQuery({ at: atParameter, min_cursor: minCursorParameter }) },
      responses: {
        200: { ...answer('It.', schemas.item), headers: { ...cursorHeader, ...asOfHeaderDefinition } },
        ...refusals(400, 404, 410, 429, 503),
      },
    }),
    async (c) => {
      const key = c.req.valid('param').key as Key
      refuseUnseen(c, splitKey(key)?.scope)
      const { at, min_cursor } = c.req.valid('query')
      await minCursor(min_cursor, c.req.raw, [at])
      const point = at === undefined ? headPoint(reader) : readPoint(reader, at, 'at')
      const { position, asOf } = point
      const found = await inSlices(reader.lookUp(key, position))
      if (found.kind === 'live') {
        return json(found.item, { 'stream-next-offset': reader.encode(position), ...asOfHeader(point) })
      }
      if (found.kind === 'deleted') {
        throw new VainoError('gone', `${key} was deleted at ${found.deletedAt}`, {
          hint: 'Its history is under /history; at= shows it as it was.',
          details: { deleted_at: found.deletedAt, version: found.version, ...(asOf === null ? {} : { as_of: asOf }) },
        })
      }
      throw neverSeen(key, at)
    },
  )
}

function historyRoute(
  app: ApiHono,
  { engine: { reader }, limits, minCursor, rules }: ApiContext,
  gate: Gatekeeper,
): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/resources/{key}/history',
      operationId: 'getHistory',
      summary: "One resource's changes, newest first",
      description: 'All of them: one that a rule ignores has a member `rule`.',
      tags: ['State'],
      ...gate('read', 'filtered'),
      request: {
        params: keyInPath,
        query: exactQuery({
          limit: wholeNumber(
            `Maximum entries of a page, ${pageLimit} where absent; a page can hold fewer where they are large.`,
            1,
            1000,
          ),
          page: pageParameter,
          min_cursor: minCursorParameter,
        }),
      },
      responses: {
        200: { ...answer('A page.', schemas.history), headers: cursorHeader },
        ...refusals(400, 404, 429, 503),
      },
    }),
    async (c) => {
      const key = c.req.valid('param').key as Key
      refuseUnseen(c, splitKey(key)?.scope)
      const { limit = pageLimit, page, min_cursor } = c.req.valid('query')
      await minCursor(min_cursor, c.req.raw)
      const position = reader.head()
      const { json, last } = await fillPage(reader.history(key, page), {
        limit,
        maxBytes: limits.pageBytes,
        signal: c.req.raw.signal,
        textOf: ({ change, cursor }) => change.toJson(cursor, rules.ruleOf(change)),
      })
      if (last === null) {
        if (reader.get(key, position).kind === 'unknown') throw neverSeen(key, undefined)
        if (page !== undefined) throw noSuchPage(page)
      }
      const headers = { 'stream-next-offset': reader.encode(position) }
      return jsonText(`{"changes":[${json}],"page":${JSON.stringify(last?.page ?? null)}}`, headers)
    },
  )
}

const noSuchPage = (page: string) =>
  new VainoError('bad_request', `"${page}" is not a page of this history, or its changes are no longer kept`, {
    hint: 'Take "page" unchanged from the answer before, or begin again without it.',
  })

const neverSeen = (key: string, at: string | undefined) =>
  new VainoError('not_found', `${key} ${at === undefined ? 'was never seen' : `was not there at ${at}`}`, {
    hint: 'GET /v1/resources lists the keys; a key is percent-encoded as one segment of the path.',
  })
