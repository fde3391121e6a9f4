import { createRoute, z } from '@hono/zod-openapi'
import { isWithin } from '../../model/filter.ts'
import { parseScope } from '../../model/scope.ts'
import { type ScopeStatus, scopeConditions } from '../../model/status.ts'
import type { ApiContext } from '../api-context.ts'
import type { Within } from '../caller.ts'
import { someOf } from '../drift-query.ts'
import { fillPage } from '../list-page.ts'
import { decodePage, encodePage } from '../page-token.ts'
import { exactQuery, minCursorParameter, pageParameter, wholeNumber } from '../parameters.ts'
import { type ApiHono, type Gatekeeper, json, jsonText, refusals, refuseUnseen, seenBy } from '../route.ts'
import * as schemas from '../schemas.ts'

const pageLimit = 1000
/** Null for one that is passed over. */
function* withStatus(scopes: Iterable<ScopeStatus>, wanted: ReadonlySet<string> | null): Generator<ScopeStatus | null> {
  for (const scope of scopes) yield wanted === null || wanted.has(scope.status) ? scope : null
}

function* seen(scopes: Iterable<ScopeStatus>, within: Within): Generator<ScopeStatus> {
  for (const scope of scopes) if (isWithin(within, scope.scope)) yield scope
}

const scopeSegment = z
  .string()
  .meta({ description: 'Percent-encoded as one segment.', example: 'aws%2F1%2Feu-west-1%2Fvpc' })

export function scopeRoutes(app: ApiHono, context: ApiContext, gate: Gatekeeper): void {
  listRoute(app, context, gate)
  wordRoutes(app, context, gate)
}

function listRoute(app: ApiHono, { engine, scopes, limits, minCursor }: ApiContext, gate: Gatekeeper): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/scopes',
      operationId: 'listScopes',
      summary: 'The watched scopes, how fresh each is, and its held deletes',
      tags: ['Scopes'],
      ...gate('read', 'filtered'),
      request: {
        query: exactQuery({
          status: someOf(scopeConditions, 'Of these statuses.'),
          limit: wholeNumber(`Maximum scopes of a page, ${pageLimit} where absent.`, 1, pageLimit),
          page: pageParameter,
          min_cursor: minCursorParameter,
        }),
      },
      responses: {
        200: {
          description: 'A page, by name.',
          headers: {
            'Stream-Next-Offset': { description: 'A cursor that this answer contains.', schema: { type: 'string' } },
          },
          content: { 'application/json': { schema: schemas.scopes } },
        },
        ...refusals(400, 429, 503),
      },
    }),
    async (c) => {
      const { limit = pageLimit, page, min_cursor, status } = c.req.valid('query')
      // The tokens of an earlier vaino, which knew no status, stay good.
      const question = status === undefined ? 'scopes' : ['scopes', status]
      const wanted = status === undefined ? null : new Set(status.split(','))
      await minCursor(min_cursor, c.req.raw)
      const after = page === undefined ? '' : decodePage(page, question).after
      const cursor = engine.reader.encode(engine.reader.head())
      const { json, last, hasMore } = await fillPage(withStatus(seen(scopes(after), seenBy(c)), wanted), {
        limit,
        maxBytes: limits.pageBytes,
        signal: c.req.raw.signal,
        textOf: (scope) => JSON.stringify(scope),
      })
      const next = hasMore && last !== null ? encodePage({ cursor, after: last.scope }, question) : null
      return jsonText(`{"scopes":[${json}],"page":${JSON.stringify(next)}}`, { 'stream-next-offset': cursor })
    },
  )
}

/** An operator's words. */
function wordRoutes(app: ApiHono, { engine, audit }: ApiContext, gate: Gatekeeper): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/scopes/{scope}/release',
      operationId: 'releaseScope',
      summary: "End the hold on a scope's deletes",
      tags: ['Scopes'],
      ...gate('admin', 'filtered'),
      request: {
        params: z.object({ scope: scopeSegment }),
        body: { required: true, content: { 'application/json': { schema: schemas.release } } },
      },
      responses: {
        200: { description: 'What was done.', content: { 'application/json': { schema: schemas.released } } },
        ...refusals(400, 404, 415, 503),
      },
    }),
    async (c) => {
      const scope = parseScope(c.req.valid('param').scope)
      refuseUnseen(c, scope)
      const { apply } = c.req.valid('json')
      const detailsOf = ({ deletes }: { deletes: number }) => ({ apply, deletes })
      const of = { action: 'scope.release', what: scope, detailsOf }
      return json(await audit(c, of, () => engine.release(scope, apply)))
    },
  )

  app.openapi(
    createRoute({
      method: 'delete',
      path: '/v1/scopes/{scope}',
      operationId: 'forgetScope',
      summary: 'Forget a scope that nobody watches any more',
      description:
        'Its live resources are deleted (reason `forgotten`), held ones too, and it is gone from `/v1/scopes`. History stays. A later scan or event begins it anew; versions go on counting.',
      tags: ['Scopes'],
      ...gate('admin', 'filtered'),
      request: { params: z.object({ scope: scopeSegment }) },
      responses: {
        200: { description: 'What was done.', content: { 'application/json': { schema: schemas.released } } },
        ...refusals(400, 404, 503),
      },
    }),
    async (c) => {
      const scope = parseScope(c.req.valid('param').scope)
      refuseUnseen(c, scope)
      const detailsOf = ({ deletes }: { deletes: number }) => ({ deletes })
      return json(await audit(c, { action: 'scope.forget', what: scope, detailsOf }, () => engine.forget(scope)))
    },
  )
}
