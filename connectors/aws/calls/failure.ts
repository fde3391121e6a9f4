import { CallFailure, type FailureKind } from '../../calls/call-failure.ts'

const throttled =
  /^(?:Throttl|RequestLimitExceeded|TooManyRequests|SlowDown|BandwidthLimitExceeded|RequestThrottled|ProvisionedThroughputExceeded|TransactionInProgress|LimitExceededException$|PriorRequestNotComplete|EC2Throttled)/
const denied = /^(?:AccessDenied|UnauthorizedOperation|AuthorizationError|NotAuthorized|Forbidden$|UnauthorizedAccess)/
const credentials =
  /^(?:ExpiredToken|RequestExpired|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|AuthFailure|InvalidAccessKeyId|InvalidToken$|TokenRefreshRequired|CredentialsProviderError|TokenProviderError|MissingAuthenticationToken|IncompleteSignature)/
const notEnabled = /^(?:OptInRequired|SubscriptionRequired|RegionDisabled)/
const connection =
  /ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|socket|network|connection|fetch failed|Unable to connect|terminated|closed/i

interface Thrown {
  readonly name: string
  readonly message: string
  readonly status: number | null
  readonly retryAfterMs: number | null
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** What the SDK threw, whichever of its forms it has. */
function thrownOf(error: unknown): Thrown {
  if (!isRecord(error)) return { name: '', message: String(error), status: null, retryAfterMs: null }
  const metadata = isRecord(error.$metadata) ? error.$metadata : {}
  const response = isRecord(error.$response) ? error.$response : {}
  const headers = isRecord(response.headers) ? response.headers : {}
  const retryAfter = Number(headers['retry-after'])
  const status = [response.statusCode, metadata.httpStatusCode].find((one) => typeof one === 'number')
  const name = [error.name, error.Code, error.code].find((one) => typeof one === 'string' && one !== 'Error') ?? ''
  return {
    name: String(name),
    message: typeof error.message === 'string' ? error.message : '',
    status: typeof status === 'number' ? status : null,
    retryAfterMs: headers['retry-after'] !== undefined && retryAfter >= 0 ? retryAfter * 1000 : null,
  }
}

/** @param action as IAM calls it */
export function failureOf(action: string, error: unknown): CallFailure {
  const thrown = thrownOf(error)
  const said = thrown.message === '' || thrown.message === 'UnknownError' ? thrown.name : thrown.message
  const text = [said, thrown.status === null ? '' : `(HTTP ${thrown.status})`].filter((part) => part !== '').join(' ')
  return new CallFailure(action, text || 'it failed without a word', kindOf(thrown), thrown.name, thrown.retryAfterMs)
}

function kindOf({ name, message, status }: Thrown): FailureKind {
  if (throttled.test(name) || status === 429) return 'throttled'
  if (denied.test(name)) return 'denied'
  if (credentials.test(name)) return 'credentials'
  if (notEnabled.test(name)) return 'not_enabled'
  if (status === 503 && /slow down|rate/i.test(message)) return 'throttled'
  if (status !== null && status >= 500) return 'passing'
  if (['TimeoutError', 'AbortError', 'SyntaxError', 'NotAnAnswer'].includes(name)) return 'passing'
  if (status === null && connection.test(`${name} ${message}`)) return 'passing'
  if (status === 403 && name !== '') return /^\d+$|Unknown|^403/.test(name) ? 'denied' : 'other'
  return 'other'
}
