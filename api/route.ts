import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import type { Access, Authorize } from './access.ts'
import { type Connection, noConnection } from './connection.ts'

/** What the HTTP server hands over with each request. */
export interface ApiEnv {
  Bindings: { connection?: Connection }
}
export type ApiHono = OpenAPIHono<ApiEnv>

/** What {@link gatekeeper} adds to a route's definition. */
export interface Gate {
  readonly middleware: MiddlewareHandler<ApiEnv>
  readonly security: Record<string, string[]>[]
}

/** Names who may use a route, in its definition; the check comes before anything else is looked at. */
export type Gatekeeper = (access: Access) => Gate

export const gatekeeper =
  (authorize: Authorize, allowsAnonymous: boolean): Gatekeeper =>
  (access) => ({
    middleware: (c, next) => {
      authorize(c.req.raw.headers.get('authorization'), access)
      return next()
    },
    // An empty requirement: no token is needed.
    security: access === 'open' ? [] : allowsAnonymous ? [{}, { [access]: [] }] : [{ [access]: [] }],
  })

export const connectionOf = (c: Context<ApiEnv>): Connection => c.env?.connection ?? noConnection

/** Why a request can be refused, by status, for the document; the problem's `code` distinguishes two of one status. */
const reasons = {
  400: 'Malformed: a parameter, a cursor, the body.',
  401: 'A token is needed, or it is not known.',
  403: 'The token lacks the right, a page of another site asks, or a newer producer has taken over.',
  404: 'There is no such thing.',
  409: 'A producer sequence number is missing.',
  410: 'Gone: the resource was deleted, or the history is no longer kept.',
  413: 'The body is over the limit.',
  415: 'The content encoding is not supported.',
  429: 'Too much is under way; `Retry-After` says when to come back.',
  502: 'Kafka refuses: a permission is missing.',
  503: 'Not ready, the data directory cannot be used, or Kafka cannot be reached.',
  507: 'The disk is full; nothing of the request was acknowledged.',
} as const
type RefusalStatus = keyof typeof reasons

/** The refusals of a route, for its definition. */
export const refusals = <const S extends RefusalStatus>(...statuses: S[]) =>
  Object.fromEntries(
    [...new Set<RefusalStatus>([...statuses, 401, 403])]
      .sort()
      .map((status) => [status, { $ref: `#/components/responses/Refused${status}` }]),
  ) as Record<S | 401 | 403, { $ref: string }>

/** Makes the refusals and the tokens known to the document, once for all routes. */
export function documentRefusals(app: ApiHono): void {
  for (const [status, description] of Object.entries(reasons)) {
    app.openAPIRegistry.registerComponent('responses', `Refused${status}`, {
      description,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    })
  }
  for (const right of ['read', 'ingest', 'admin']) {
    app.openAPIRegistry.registerComponent('securitySchemes', right, {
      type: 'http',
      scheme: 'bearer',
      description: `A token with the right \`${right}\` or \`admin\`. Not needed where no tokens are configured (loopback only).`,
    })
  }
}

/** Answers with JSON of a stated shape. */
export const json = <Body>(body: Body, headers: Readonly<Record<string, string>> = {}): Response =>
  Response.json(body, { headers })

/** Answers with text that is JSON already. */
export const jsonText = (text: string, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(text, { headers: { ...headers, 'content-type': 'application/json' } })
