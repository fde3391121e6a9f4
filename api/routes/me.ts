import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { rightsOf, withinOf } from '../access.ts'
import type { Caller } from '../caller.ts'
import { exactQuery } from '../parameters.ts'
import { type ApiEnv, type ApiHono, type Gatekeeper, json, refusals } from '../route.ts'
import * as schemas from '../schemas-overview.ts'

export type CallerOf = (c: Context<ApiEnv>) => Promise<Caller | null>

export function meRoutes(app: ApiHono, callerOf: CallerOf, gate: Gatekeeper): void {
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
        ...refusals(400, 429, 503),
      },
    }),
    async (c) => {
      const caller = await callerOf(c)
      const rights = rightsOf(caller)
      const name = caller?.isKnown ? caller.name : null
      return json({ rights, name, within: rights.includes('read') ? withinOf(caller, 'read') : null })
    },
  )
}
