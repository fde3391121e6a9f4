import { createRoute, z } from '@hono/zod-openapi'
import type { ApiContext } from '../api-context.ts'
import { exactQuery } from '../parameters.ts'
import { readPoint } from '../position.ts'
import { type ApiHono, type Gatekeeper, json, refusals } from '../route.ts'
import * as schemas from '../schemas.ts'

export function baselineRoutes(app: ApiHono, { engine, audit }: ApiContext, gate: Gatekeeper): void {
  const { baselines, reader } = engine

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/baselines',
      operationId: 'listBaselines',
      summary: 'Positions of the log that have a name, and are kept from retention',
      tags: ['Changes'],
      ...gate('read'),
      request: { query: exactQuery({}) },
      responses: {
        200: { description: 'All of them, by name.', content: { 'application/json': { schema: schemas.baselines } } },
        ...refusals(400, 503),
      },
    }),
    (c) => {
      c.req.valid('query')
      return json({ baselines: baselines.list(reader) })
    },
  )

  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/baselines',
      operationId: 'saveBaseline',
      summary: 'Give a position a name, and keep the history after it',
      tags: ['Changes'],
      ...gate('admin'),
      request: { body: { required: true, content: { 'application/json': { schema: schemas.newBaseline } } } },
      responses: {
        200: { description: 'It.', content: { 'application/json': { schema: schemas.baseline } } },
        ...refusals(400, 410, 415, 503),
      },
    }),
    async (c) => {
      const { name, at = 'now' } = c.req.valid('json')
      const { position, asOf } = readPoint(reader, at, 'at')
      const of = { action: 'baseline.save', what: name, detailsOf: ({ cursor }: { cursor: string }) => ({ cursor }) }
      return json(await audit(c, of, () => baselines.save(reader, name, position, asOf)))
    },
  )

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/baselines/{name}',
      operationId: 'deleteBaseline',
      summary: 'Forget a baseline: retention may drop what only it kept',
      tags: ['Changes'],
      ...gate('admin'),
      request: { params: z.object({ name: z.string().meta({ example: 'before-migration' }) }) },
      responses: {
        200: { description: 'It is gone.', content: { 'application/json': { schema: schemas.deletedBaseline } } },
        ...refusals(400, 404, 503),
      },
    }),
    async (c) => {
      const { name } = c.req.valid('param')
      await audit(c, { action: 'baseline.delete', what: name, detailsOf: () => ({}) }, () => baselines.delete(name))
      return json({ deleted: name })
    },
  )
}
