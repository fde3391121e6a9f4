import { createRoute } from '@hono/zod-openapi'
import type { ApiContext } from '../api-context.ts'
import { exactQuery } from '../parameters.ts'
import { type ApiHono, type Gatekeeper, json, refusals } from '../route.ts'
import * as schemas from '../schemas-overview.ts'

/** What this process was started with. It names hosts and folders, so it asks for more than the right to read. */
export function configurationRoutes(app: ApiHono, { configuration }: ApiContext, gate: Gatekeeper): void {
  if (configuration === undefined) return
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/configuration',
      operationId: 'getConfiguration',
      summary: 'Every key with its value, and where that comes from',
      description:
        'As this process read it when it started: the file, the variables and the flags. Secrets are masked as `vaino config show` masks them. What a source works out by itself is not in it.',
      tags: ['Operations'],
      ...gate('admin'),
      request: { query: exactQuery({}) },
      responses: {
        200: {
          description: 'The configuration.',
          content: { 'application/json': { schema: schemas.configuration } },
        },
        ...refusals(400),
      },
    }),
    () => {
      const { file, warnings, settings } = configuration
      return json({
        file,
        warnings,
        settings: settings.map(({ path, value, from }) => ({ key: path.join('.'), value, from })),
      })
    },
  )
}
