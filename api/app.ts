import { OpenAPIHono } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { routePath } from 'hono/route'
import { VainoError } from '../model/errors.ts'
import type { ScopeStatus } from '../model/status.ts'
import type { AuditLog } from '../pipeline/audit/audit-log.ts'
import type { Engine } from '../pipeline/engine.ts'
import { CurrentRules } from '../pipeline/rules/current-rules.ts'
import { hasTokens, noTokens, type Tokens } from './access.ts'
import type { ApiContext, MetricsPage } from './api-context.ts'
import { createAudit } from './audited.ts'
import { ChangeFeed } from './change-feed.ts'
import { compressAnswer } from './compression.ts'
import { type Connection, noConnection } from './connection.ts'
import { allowReading, preflightAnswer } from './cors.ts'
import { type DriftSource, serveDrift } from './drift-log.ts'
import type { Emit } from './emit.ts'
import { gatePartsOf } from './gate-parts.ts'
import { headOf } from './head.ts'
import { IgnoredCounts } from './ignored-counts.ts'
import { type ApiLimits, defaultLimits } from './limits.ts'
import { createMinCursor } from './min-cursor.ts'
import { OpenStreams } from './open-streams.ts'
import { refuseForeignPages } from './origin.ts'
import { asVainoError, invalidRequest, problemResponse } from './problem.ts'
import { queryRoutes } from './query-routes.ts'
import { absoluteUrl, badHost } from './request-url.ts'
import { type ApiEnv, type ApiHono, authenticated, documentRefusals, gatekeeper } from './route.ts'
import { operationRoutes } from './routes/operations.ts'
import { problem } from './schemas.ts'
import { noSite, routedPath, type Site } from './site.ts'
import { createUnknownRoute, type RouteName } from './unknown-route.ts'

export interface AppOptions {
  readonly engine: Engine
  /** The scopes after one, by name in byte order, with what reads each; default: the engine's, of which no source is known. */
  readonly scopes?: (after: string) => Iterable<ScopeStatus>
  readonly metrics: MetricsPage
  readonly emit: Emit
  readonly version: string
  /** Where there are none, everybody who reaches the server may do everything; see {@link serve} for what guards that. */
  readonly tokens?: Tokens
  readonly limits?: Partial<ApiLimits>
  /** Where it is noted who released, forgot, named; absent: nowhere. */
  readonly auditLog?: AuditLog
  /** Without them nothing is ignored. */
  readonly rules?: CurrentRules
  /** What drift there is; absent: its routes are not there. */
  readonly drift?: DriftSource
  /** What the process was started with; absent: its route is not there. */
  readonly configuration?: NonNullable<ApiContext['configuration']>
  /** Messages of alerts that were given up; absent: there are no alerts. */
  readonly undelivered?: NonNullable<ApiContext['undelivered']>
  /** Where browsers reach it; default: at its own address. */
  readonly site?: Site
  /** False: only the operational routes (`/healthz`, `/readyz`, `/metrics`). */
  readonly answersQueries?: boolean
}

/** The API over one engine. Disposing it ends every open stream with a last word on where to resume; the engine stays. */
export interface App extends Disposable {
  fetch(request: Request, connection?: Connection): Promise<Response>
  readonly routes: readonly RouteName[]
}

export function createApp(options: AppOptions): App {
  const { engine, emit, tokens = noTokens, site = noSite, answersQueries = true } = options
  const limits = { ...defaultLimits, ...options.limits }
  const streams = new OpenStreams({ limits, emit })
  const rules = options.rules ?? new CurrentRules()
  const feed = new ChangeFeed(engine, limits.feedBytes, (change) => rules.ruleOf(change))
  const ignoredCounts = new IgnoredCounts({ reader: engine.reader, feed, rules, emit, isServing: answersQueries })
  const drift = options.drift === undefined ? null : serveDrift(options.drift, rules, limits.feedBytes / 8)
  const minCursor = createMinCursor({ engine, limits, stopping: streams.stopping })
  const scopes = options.scopes ?? ((after: string) => engine.reader.scopesAfter(after))
  const audit = createAudit(options.auditLog ?? null, emit, site)
  const own = { audit, scopes, site, limits, streams, feed, minCursor, rules, ignoredCounts }
  const context: ApiContext = { ...options, ...own }
  const refused = (error: VainoError, headers = {}) => problemResponse(error, headers, site.prefix)
  const hono: ApiHono = new OpenAPIHono<ApiEnv>({
    getPath: routedPath(site),
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.target, result.error)
    },
  })

  hono.use(countRequests(emit))
  hono.use('/v1/*', compressJson)
  hono.use(guardPages(!hasTokens(tokens), site))
  hono.openAPIRegistry.register('Problem', problem)
  documentRefusals(hono)
  const parts = gatePartsOf(tokens, limits, site)
  const gate = gatekeeper(parts)
  if (answersQueries) {
    const view = options.drift === undefined || drift === null ? null : { source: options.drift, served: drift }
    queryRoutes(hono, context, gate, { drift: view, caller: (c) => authenticated(c, parts) })
  }
  operationRoutes(hono, context, gate)

  const routes = hono.routes.map(({ method, path }) => ({ method, path }))
  const unknown = createUnknownRoute(routes)
  hono.notFound((c) => {
    const { method, path } = c.req
    const allow = unknown.methodsOf(path).join(', ')
    if (method === 'OPTIONS' && allow !== '') return new Response(null, { status: 204, headers: { allow } })
    return refused(unknown.refusal(method, path), allow === '' ? {} : { allow })
  })
  hono.onError((thrown, c) => {
    if (thrown instanceof HTTPException) return refused(fromHono(thrown))
    const error = asVainoError(thrown)
    if (error.code === 'internal') emit('http_failed', { method: c.req.method, route: c.req.path, error: thrown })
    return refused(error)
  })

  return {
    routes,
    async fetch(request, connection = noConnection) {
      const secured = (answer: Response) => withSecurity(answer, request, site)
      const url = absoluteUrl(request.url)
      if (url === null) return secured(refused(badHost(request)))
      if (request.method === 'HEAD') {
        // Hono would answer HEAD by GET and leave a body behind that nobody reads or cancels.
        const asked = new Request(url, { headers: request.headers })
        return headOf(secured(await hono.fetch(asked, { connection })), streams)
      }
      const asked = url === request.url ? request : new Request(url, request)
      return secured(await hono.fetch(asked, { connection }))
    },
    [Symbol.dispose]() {
      streams[Symbol.dispose]()
      ignoredCounts[Symbol.dispose]()
      feed[Symbol.dispose]()
      drift?.[Symbol.dispose]()
    },
  }
}

const countRequests =
  (emit: Emit): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const startedMs = performance.now()
    await next()
    const route = routePath(c, -1)
    emit('http_request', {
      method: c.req.method,
      route: route === '/*' ? 'unknown' : route,
      status: c.res.status,
      duration_ms: performance.now() - startedMs,
      traceparent: c.req.header('traceparent'),
    })
  }

/** Compresses every JSON answer of the API as the client accepts it: its lists repeat the same member names. */
const compressJson: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next()
  if (!c.res.headers.get('content-type')?.startsWith('application/json')) return
  const compressed = await compressAnswer(c.res, c.req.raw.headers.get('accept-encoding'))
  // Hono would merge the headers of the answer before into it.
  c.res = undefined
  c.res = compressed
}

/** What a browser asks on behalf of a page is looked at before any route. */
const guardPages =
  (localOnly: boolean, site: Site): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    refuseForeignPages(c.req.raw, c.req.path, localOnly, site)
    // The page's addresses are relative: without the slash they would leave the prefix.
    if (site.prefix !== '' && c.req.path === site.prefix) return c.redirect(`${site.prefix}/`, 308)
    return preflightAnswer(c.req.raw, site) ?? next()
  }

/** What Hono itself refuses: a body that is not JSON, or not declared as such. */
const fromHono = (thrown: HTTPException): VainoError =>
  thrown.status === 415
    ? new VainoError('bad_request', 'The body must be JSON', { hint: 'Send it with Content-Type: application/json.' })
    : new VainoError('bad_request', thrown.message || 'The body is malformed', { hint: 'See /docs for what it takes.' })

function withSecurity(answer: Response, request: Request, site: Site): Response {
  const { headers } = answer
  headers.set('x-content-type-options', 'nosniff')
  headers.set('referrer-policy', 'no-referrer')
  headers.set('cross-origin-resource-policy', 'same-origin')
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  allowReading(answer, request, site)
  return answer
}
