import type { ZodError } from 'zod'
import { type ErrorCode, VainoError } from '../model/errors.ts'

/** RFC 9457, with our code, what to do, and whatever numbers the error carries for programs. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  readonly hint?: string
  readonly [member: string]: unknown
}

const problemType = 'application/problem+json'

/** Seconds after which a retry makes sense where the error names none. */
const defaultRetrySeconds = 1

/** @param prefix of the paths at the public address: what `type` points to is a page there */
export function problemOf(error: VainoError, prefix = ''): Problem {
  const named = {
    type: `${prefix}/docs#problem-${error.code}`,
    title: error.title,
    status: error.status,
    code: error.code,
    detail: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  }
  // First, so that people read them first; again last, so that no detail overwrites them.
  return { ...named, ...error.details, ...named }
}

export function problemResponse(
  error: VainoError,
  headers: Readonly<Record<string, string>> = {},
  prefix = '',
): Response {
  const answer = Response.json(problemOf(error, prefix), {
    status: error.status,
    headers: { ...headers, 'content-type': problemType },
  })
  if (error.status === 401) answer.headers.set('www-authenticate', 'Bearer realm="vaino"')
  // A client that is turned away gives its file descriptor back: where there is too much to do, those run out too.
  if (error.status === 429) answer.headers.set('connection', 'close')
  if (error.canRetry)
    answer.headers.set('retry-after', String(Math.ceil(error.retryAfterSeconds ?? defaultRetrySeconds)))
  return answer
}

const placeOf = { query: 'query parameter', param: 'path', header: 'header', json: 'body' } as const

/** What zod refused, as the sentence that a caller can act on. */
export function invalidRequest(target: string, error: ZodError): VainoError {
  const place = placeOf[target as keyof typeof placeOf] ?? target
  const errors = error.issues.slice(0, 20).map((issue) => ({
    in: place,
    name: issue.path.join('.'),
    message: issue.message,
  }))
  const detail = errors.map(({ name, message }) => `${place}${name ? ` "${name}"` : ''}: ${message}`).join('; ')
  return new VainoError('bad_request', detail, {
    hint: 'See /docs for what each route takes.',
    details: { errors },
  })
}

/** An unforeseen error discloses nothing to the client; the log has the error itself. */
export const asVainoError = (thrown: unknown): VainoError =>
  thrown instanceof VainoError
    ? thrown
    : new VainoError('internal', 'The request failed because of a defect in vaino.', {
        hint: 'The log of the server says more; please report it.',
        cause: thrown,
      })
