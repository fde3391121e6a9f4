import { createRoute } from '@hono/zod-openapi'
import type { RightsOf } from '../access.ts'
import { exactQuery } from '../parameters.ts'
import { type ApiHono, type Gatekeeper, json, refusals } from '../route.ts'
import * as schemas from '../schemas-overview.ts'

export function meRoutes(app: ApiHono, rightsOf: RightsOf, gate: Gatekeeper): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/me',
      operationId: 'getOwnRights',
      summary: 'What the token of this request may do',
      description:
        'All of it where no tokens are configured. 401 where one is needed and none, or an unknown one, is sent.',
      tags: ['Operations'],
      ...gate('open'),
      request: { query: exactQuery({}) },
      responses: {
        200: { description: 'Its rights.', content: { 'application/json': { schema: schemas.me } } },
        ...refusals(400),
      },
    }),
    (c) => json({ rights: rightsOf(c.req.raw.headers.get('authorization')) }),
  )
}
