import { createRoute } from '@hono/zod-openapi'
import type { ApiContext } from '../api-context.ts'
import { exactQuery, pageParameter, wholeNumber } from '../parameters.ts'
import { type ApiHono, type Gatekeeper, json, refusals } from '../route.ts'
import * as schemas from '../schemas.ts'

const pageLimit = 100

export function deadLetterRoutes(app: ApiHono, { engine, limits }: ApiContext, gate: Gatekeeper): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/deadletters',
      operationId: 'listDeadLetters',
      summary: 'Records that could not be used, newest first',
      tags: ['Input'],
      ...gate('read'),
      request: {
        query: exactQuery({
          limit: wholeNumber(
            `Maximum entries of a page, ${pageLimit} where absent; a page can hold fewer where they are large.`,
            1,
            1000,
          ),
          page: pageParameter,
        }),
      },
      responses: {
        200: { description: 'A page.', content: { 'application/json': { schema: schemas.deadLetters } } },
        ...refusals(400, 429, 502, 503),
      },
    }),
    async (c) => {
      const { limit = pageLimit, page } = c.req.valid('query')
      const found = await engine.deadLetters(limit, page, limits.pageBytes)
      return json({ deadletters: found.entries, page: found.page })
    },
  )
}
