import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { isWithin } from '../model/filter.ts'
import { type Authenticate, outOfReach, withinOf } from './access.ts'
import type { Access, Caller, Within } from './caller.ts'
import { type Connection, noConnection } from './connection.ts'
import type { TakeRequest } from './request-rate.ts'

/** What the HTTP server hands over with each request. */
export interface ApiEnv {
  Bindings: { connection?: Connection }
  Variables: { caller?: Caller | null; within?: Within }
}
export type ApiHono = OpenAPIHono<ApiEnv>

/** What {@link gatekeeper} adds to a route's definition. */
export interface Gate {
  readonly middleware: MiddlewareHandler<ApiEnv>
  readonly security: Record<string, string[]>[]
}

/**
 * Names who may use a route, in its definition; the check comes before anything else is looked at.
 * @param restricted what a caller gets that may see some scopes only: `filtered`, where the route shows what {@link seenBy} allows and nothing else;
 * `refused` where it isn't said
 */
export type Gatekeeper = (access: Access, restricted?: 'filtered' | 'refused') => Gate

export interface GateParts {
  readonly authenticate: Authenticate
  /** No tokens are configured. */
  readonly allowsAnonymous: boolean
  readonly takeRequest: TakeRequest
  /** Where a request comes from, for callers that have no name. */
  readonly addressOf: (c: Context<ApiEnv>) => string | null
}

export const gatekeeper =
  (parts: GateParts): Gatekeeper =>
  (access, restricted = 'refused') => ({
    middleware: async (c, next) => {
      if (access === 'open') return next()
      const caller = await authenticated(c, parts)
      const within = withinOf(caller, access)
      if (within !== null && restricted === 'refused') throw outOfReach('what this answers with', within)
      c.set('caller', caller)
      c.set('within', within)
      return next()
    },
    // An empty requirement: no token is needed.
    security: access === 'open' ? [] : parts.allowsAnonymous ? [{}, { [access]: [] }] : [{ [access]: [] }],
  })

/** Who asks. A caller without a good token counts by its address, so that tokens can't be tried faster than that. */
export async function authenticated(
  c: Context<ApiEnv>,
  { authenticate, takeRequest, addressOf }: Omit<GateParts, 'allowsAnonymous'>,
): Promise<Caller | null> {
  const address = () => `address ${addressOf(c)}`
  let caller: Caller | null
  try {
    caller = await authenticate(c.req.raw.headers.get('authorization'))
  } catch (error) {
    takeRequest(address())
    throw error
  }
  takeRequest(caller?.isKnown ? `caller ${caller.name}` : address())
  return caller
}

/** What the caller of a route may see; a route that has no gate shows nothing. */
export const seenBy = (c: Context<ApiEnv>): Within => {
  const within = c.get('within')
  return within === undefined ? [] : within
}

/** @throws VainoError `forbidden` where a caller may not see what is in a scope */
export function refuseUnseen(c: Context<ApiEnv>, scope: string | undefined): void {
  const within = seenBy(c)
  if (within !== null && (scope === undefined || !isWithin(within, scope))) throw outOfReach(scope ?? 'that', within)
}

export const connectionOf = (c: Context<ApiEnv>): Connection => {
  const connection = c.env?.connection ?? noConnection
  const expiresAtMs = c.get('caller')?.expiresAtMs ?? null
  return expiresAtMs === null
    ? connection
    : { ...connection, setIdleTimeout: (seconds) => connection.setIdleTimeout(seconds), expiresAtMs }
}

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
