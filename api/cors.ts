import type { Site } from './site.ts'

/** What a page may send and read beyond what every page may (Fetch standard, "CORS-safelisted" methods and headers). */
const allowedMethods = 'GET, HEAD, POST, DELETE'
const allowedHeaders = [
  'Authorization',
  'Content-Type',
  'Content-Encoding',
  'If-None-Match',
  'Last-Event-ID',
  'Prefer',
  'Producer-Id',
  'Producer-Epoch',
  'Producer-Seq',
].join(', ')
const exposedHeaders = [
  'ETag',
  'Producer-Expected-Seq',
  'Producer-Received-Seq',
  'Retry-After',
  'Stream-Next-Offset',
  'Vaino-As-Of',
  'Stream-Up-To-Date',
  'WWW-Authenticate',
].join(', ')
/** Seconds for which a browser asks no second time; Chromium keeps an answer for two hours at most. */
const preflightSeconds = 600

/**
 * The answer to a browser that asks whether a page of a configured origin may send a request; null where a request is none of these.
 * It is answered without a token: browsers send none with it.
 */
export function preflightAnswer({ method, headers }: Request, site: Site): Response | null {
  if (method !== 'OPTIONS' || !isCors(headers, site) || !headers.has('access-control-request-method')) return null
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': allowedMethods,
      'access-control-allow-headers': allowedHeaders,
      'access-control-max-age': String(preflightSeconds),
    },
  })
}

/**
 * Lets a page of a configured origin, and no other, read an answer. Credentials of the browser (cookies, a password that a proxy
 * asked for) are not allowed: such a page sends a token.
 */
export function allowReading(answer: Response, request: Request, site: Site): void {
  if (site.corsOrigins.length === 0) return
  // A cache must not answer one origin with what another one was allowed.
  answer.headers.append('vary', 'Origin')
  if (!isCors(request.headers, site)) return
  answer.headers.set('access-control-allow-origin', request.headers.get('origin') ?? '')
  answer.headers.set('access-control-expose-headers', exposedHeaders)
}

const isCors = (headers: Headers, { corsOrigins }: Site): boolean => corsOrigins.includes(headers.get('origin') ?? '')
