import { createRoute, z } from '@hono/zod-openapi'
import type { ApiContext } from '../api-context.ts'
import { exactQuery, pageParameter, wholeNumber } from '../parameters.ts'
import { type ApiHono, type Gatekeeper, json, refusals } from '../route.ts'
import * as schemas from '../schemas.ts'

const pageLimit = 100

export function deadLetterRoutes(app: ApiHono, { engine, limits, undelivered }: ApiContext, gate: Gatekeeper): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/deadletters',
      operationId: 'listDeadLetters',
      summary: 'Records that could not be used, or alerts that could not be delivered, newest first',
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
          of: z.enum(['records', 'alerts']).optional().meta({
            description:
              'Of what: `records` of the input that could not be used, the default, or messages of `alerts` that were given up.',
          }),
        }),
      },
      responses: {
        200: { description: 'A page.', content: { 'application/json': { schema: schemas.deadLetters } } },
        ...refusals(400, 429, 502, 503),
      },
    }),
    async (c) => {
      const { limit = pageLimit, page, of = 'records' } = c.req.valid('query')
      if (of === 'alerts') {
        const { entries, page: next } = undelivered?.(limit, page) ?? { entries: [], page: null }
        return json({ deadletters: entries, page: next })
      }
      const found = await engine.deadLetters(limit, page, limits.pageBytes)
      return json({ deadletters: found.entries, page: found.page })
    },
  )
}
