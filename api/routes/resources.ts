import { createRoute, type z } from '@hono/zod-openapi'
import type { Key } from '../../model/scope.ts'
import type { ApiContext } from '../api-context.ts'
import { fillPage } from '../list-page.ts'
import { matchingItems } from '../matching.ts'
import { decodePage, encodePage } from '../page-token.ts'
import { atParameter, filteredQuery, filterOf, minCursorParameter, pageParameter, wholeNumber } from '../parameters.ts'
import { asOfHeader, asOfHeaderDefinition, headPoint, type Point, readPoint } from '../position.ts'
import { type ApiHono, type Gatekeeper, jsonText, refusals } from '../route.ts'
import * as schemas from '../schemas.ts'

const pageLimit = 100

const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
})

export function resourceRoutes(app: ApiHono, { engine, limits, minCursor }: ApiContext, gate: Gatekeeper): void {
  const { reader } = engine

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/resources',
      operationId: 'listResources',
      summary: 'Live resources by key',
      description: 'All pages of one list show the same position, whatever changes meanwhile.',
      tags: ['State'],
      ...gate('read'),
      ...filteredQuery({
        at: atParameter,
        limit: wholeNumber(
          `Maximum resources of a page, ${pageLimit} where absent; a page can hold fewer where they are large.`,
          1,
          1000,
        ),
        page: pageParameter,
        min_cursor: minCursorParameter,
      }),
      responses: {
        200: { ...answer('A page.', schemas.resources), headers: asOfHeaderDefinition },
        ...refusals(400, 410, 429, 503),
      },
    }),
    async (c) => {
      const query = c.req.valid('query')
      const filter = filterOf(query)
      const question = [filter, query.at ?? null]
      const limit = query.limit ?? pageLimit
      const start = query.page === undefined ? null : decodePage(query.page, question)
      await minCursor(query.min_cursor, c.req.raw, [query.at, start?.cursor])
      const point: Pick<Point, 'position' | 'asOf'> =
        start !== null
          ? { position: reader.decode(start.cursor), asOf: start.asOf ?? null }
          : query.at === undefined
            ? headPoint(reader)
            : readPoint(reader, query.at, 'at')
      const { position, asOf } = point
      const cursor = reader.encode(position)
      const { json, last, hasMore } = await fillPage(
        matchingItems(reader, position, filter, start?.after as Key | undefined),
        {
          limit,
          maxBytes: limits.pageBytes,
          signal: c.req.raw.signal,
          textOf: (item) => JSON.stringify(item),
        },
      )
      const page = hasMore && last !== null ? encodePage({ cursor, after: last.key, asOf }, question) : null
      const end = `"page":${JSON.stringify(page)},"cursor":"${cursor}","as_of":${JSON.stringify(asOf)}`
      return jsonText(`{"resources":[${json}],${end}}`, asOfHeader(point))
    },
  )
}
