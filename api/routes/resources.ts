import { createRoute, type z } from '@hono/zod-openapi'
import type { Key } from '../../model/scope.ts'
import type { ApiContext } from '../api-context.ts'
import { nextTurn } from '../byte-source.ts'
import { sliceMs } from '../limits.ts'
import { matchingItems } from '../matching.ts'
import { decodePage, encodePage } from '../page-token.ts'
import { atParameter, filteredQuery, filterOf, minCursorParameter, pageParameter, wholeNumber } from '../parameters.ts'
import { readPosition } from '../position.ts'
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
      responses: { 200: answer('A page.', schemas.resources), ...refusals(400, 410, 429, 503) },
    }),
    async (c) => {
      const query = c.req.valid('query')
      const filter = filterOf(query)
      const question = [filter, query.at ?? null]
      const limit = query.limit ?? pageLimit
      const start = query.page === undefined ? null : decodePage(query.page, question)
      await minCursor(query.min_cursor, c.req.raw, [query.at, start?.cursor])
      const position = start
        ? reader.decode(start.cursor)
        : query.at === undefined
          ? reader.head()
          : readPosition(reader, query.at, 'at')
      const cursor = reader.encode(position)
      const texts: string[] = []
      let length = 0
      let last: Key | null = null
      let page: string | null = null
      let untilMs = performance.now() + sliceMs
      for (const item of matchingItems(reader, position, filter, start?.after)) {
        if (performance.now() > untilMs) {
          await nextTurn()
          if (c.req.raw.signal.aborted) break
          untilMs = performance.now() + sliceMs
        }
        if (item === null) continue
        if (last !== null && (texts.length >= limit || length >= limits.pageBytes)) {
          page = encodePage({ cursor, after: last }, question)
          break
        }
        const text = JSON.stringify(item)
        texts.push(text)
        length += text.length
        last = item.key
      }
      return jsonText(`{"resources":[${texts.join(',')}],"page":${JSON.stringify(page)},"cursor":"${cursor}"}`)
    },
  )
}
