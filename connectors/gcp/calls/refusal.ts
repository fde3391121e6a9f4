import { z } from 'zod'
import { CallFailure, type FailureKind } from '../../calls/call-failure.ts'

/** Google's form of an error: the older APIs fill `errors`, the newer ones `details`. */
const refused = z.looseObject({
  error: z.looseObject({
    message: z.string().default(''),
    status: z.string().optional(),
    errors: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
    details: z
      .array(
        z.looseObject({
          reason: z.string().optional(),
          retryDelay: z.string().optional(),
          metadata: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .optional(),
  }),
})

const throttled =
  /^(?:(?:user)?rateLimitExceeded|RATE_LIMIT_EXCEEDED|RESOURCE_EXHAUSTED|quotaExceeded|dailyLimitExceeded|concurrentLimitExceeded)$/i
const notEnabled = /^(?:accessNotConfigured|SERVICE_DISABLED)$/
/** Reasons that say no more than the status does. */
const vague = new Set(['forbidden', 'PERMISSION_DENIED', 'badRequest', 'backendError'])

/** An answer that refuses. */
export class Refusal extends CallFailure {
  override readonly name = 'CallFailure'
  /** Whose quota and enabled APIs counted, where the answer says it: a project's number or id. */
  readonly consumer: string | null

  constructor(given: ConstructorParameters<typeof CallFailure>, consumer: string | null) {
    super(...given)
    this.consumer = consumer
  }
}

/** @param action the permission that the call needs */
export function refusalOf(action: string, { status, headers }: Response, body: string): Refusal {
  const read = refused.safeParse(jsonOf(body))
  const { message = '', errors = [], details = [], status: name } = read.success ? read.data.error : {}
  const reasons = [...details, ...errors]
    .map(({ reason }) => reason)
    .concat(name)
    .filter((one) => one !== undefined)
  const code = reasons.find((reason) => !vague.has(reason)) ?? reasons[0] ?? ''
  const delays = details.map(({ retryDelay }) => secondsOf(retryDelay)).filter((one) => one !== null)
  const retryAfterS = secondsOf(headers.get('retry-after') ?? undefined) ?? delays[0] ?? null
  const said = message || (isPage(body) ? 'the answer is a web page' : 'the answer says no more')
  const consumer = details.map(({ metadata }) => metadata?.consumer).find((one) => typeof one === 'string')
  return new Refusal(
    [
      action,
      `${said} (HTTP ${status})`,
      kindOf(status, reasons),
      code,
      retryAfterS === null ? null : retryAfterS * 1000,
    ],
    consumer?.replace(/^projects\//, '') ?? /\bproject (\d+|[a-z][a-z0-9-]+) before\b/.exec(message)?.[1] ?? null,
  )
}

/** Google's own word that a thing is not there; a proxy's page with that status is none. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof CallFailure && /^(?:notFound|NOT_FOUND)$/.test(error.code)

export const isPage = (body: string): boolean => /^\s*<(?:!doctype|html|\?xml)/i.test(body)

function kindOf(status: number, reasons: readonly string[]): FailureKind {
  if (status === 429 || (status === 403 && reasons.some((reason) => throttled.test(reason)))) return 'throttled'
  if (status === 403) return reasons.some((reason) => notEnabled.test(reason)) ? 'not_enabled' : 'denied'
  if (status === 401) return 'credentials'
  return status >= 500 || status === 408 ? 'passing' : 'other'
}

/** `7` and `7.5s`; a date is not used by Google. */
function secondsOf(text: string | undefined): number | null {
  const seconds = Number(text?.replace(/s$/, '') || Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    // A proxy's words: the status says enough.
    return null
  }
}
