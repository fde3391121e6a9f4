import { createRoute, z } from '@hono/zod-openapi'
import { VainoError } from '../../model/errors.ts'
import type { ApiContext } from '../api-context.ts'
import { type ApiHono, type Gatekeeper, json, refusals } from '../route.ts'

const text = (description: string) => ({ description, content: { 'text/plain': { schema: z.string() } } })

export function operationRoutes(app: ApiHono, { engine, metrics, version }: ApiContext, gate: Gatekeeper): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/metrics',
      operationId: 'getMetrics',
      summary: 'Prometheus text',
      tags: ['Operations'],
      ...gate('read'),
      responses: { 200: text('The metrics.'), ...refusals() },
    }),
    async () => new Response(await metrics.render(), { headers: { 'content-type': metrics.contentType } }),
  )

  app.openapi(
    createRoute({
      method: 'get',
      path: '/healthz',
      operationId: 'getLiveness',
      summary: 'Whether the process answers',
      tags: ['Operations'],
      ...gate('open'),
      responses: {
        200: {
          description: 'It does.',
          content: { 'application/json': { schema: z.object({ status: z.literal('ok'), version: z.string() }) } },
        },
        ...refusals(),
      },
    }),
    () => json({ status: 'ok', version }),
  )

  app.openapi(
    createRoute({
      method: 'get',
      path: '/readyz',
      operationId: 'getReadiness',
      summary: 'Whether every partition works and writes succeed',
      tags: ['Operations'],
      ...gate('open'),
      responses: {
        200: {
          description: 'It is.',
          content: {
            'application/json': { schema: z.object({ ready: z.literal(true), problems: z.array(z.string()) }) },
          },
        },
        ...refusals(503),
      },
    }),
    () => {
      const { ready, problems } = engine.health()
      if (ready) return json({ ready, problems })
      throw new VainoError('not_ready', problems.join('; ') || 'vaino is not ready', {
        hint: 'It recovers by itself unless a problem names the disk.',
        retryAfterSeconds: 2,
        details: { ready, problems },
      })
    },
  )
}
