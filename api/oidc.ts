import { createRemoteJWKSet, customFetch, decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose'
import { messageOf, VainoError } from '../model/errors.ts'
import { asPrefix, type Caller, type Grant, type OidcIssuer } from './caller.ts'

/** Signatures with a public key. Neither `none` nor HMAC, under which the public key would be the secret. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const maxTokenBytes = 8 * 1024
const maxDocumentBytes = 1024 * 1024
const fetchMs = 5_000
/** Keys are fetched anew after this, and for an unknown key id, but at most once in `cooldownMs`. */
const maxAgeMs = 10 * 60_000
const cooldownMs = 30_000

type Keys = ReturnType<typeof createRemoteJWKSet>

/** @returns verifies a token; throws VainoError `unauthorized` where it isn't good, `not_ready` where the issuer's keys can't be had now */
export function createVerifier(issuers: readonly OidcIssuer[]): (token: string) => Promise<Caller> {
  const keysOf = new Map<OidcIssuer, Promise<Keys>>()
  const keys = (issuer: OidcIssuer): Promise<Keys> => {
    const known = keysOf.get(issuer) ?? openKeys(issuer)
    keysOf.set(issuer, known)
    // What could not be discovered is asked for again by the next request.
    known.catch(() => keysOf.delete(issuer))
    return known
  }
  return async (token) => {
    if (token.length > maxTokenBytes) throw refused(`it has more than ${maxTokenBytes} bytes`)
    const claimed = issuerIn(token)
    const issuer = issuers.find((each) => each.issuer === claimed)
    if (issuer === undefined)
      throw refused(`its issuer ${JSON.stringify(claimed ?? null).slice(0, 200)} is not one that is configured`)
    try {
      const { payload } = await jwtVerify(token, await keys(issuer), {
        issuer: issuer.issuer,
        audience: issuer.audience,
        algorithms,
        clockTolerance: issuer.clock_skew / 1000,
        requiredClaims: ['exp'],
      })
      return callerOf(payload, issuer)
    } catch (error) {
      throw asRefusal(error, issuer)
    }
  }
}

function issuerIn(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch (error) {
    throw refused('it is not a JWT', error)
  }
}

async function openKeys(issuer: OidcIssuer): Promise<Keys> {
  const url = safeUrl(issuer.jwks_url ?? (await discovered(issuer)), issuer)
  return createRemoteJWKSet(url, {
    timeoutDuration: fetchMs,
    cooldownDuration: cooldownMs,
    cacheMaxAge: maxAgeMs,
    [customFetch]: (target, options) => fetchBounded(target, options as RequestInit),
  })
}

async function discovered({ issuer }: OidcIssuer): Promise<string> {
  const url = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`
  const answer = await fetchBounded(url, { signal: AbortSignal.timeout(fetchMs), redirect: 'error' })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  const document = (await answer.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown }
  if (document.issuer !== issuer)
    throw new Error(`${url} is of another issuer: ${String(document.issuer).slice(0, 200)}`)
  return String(document.jwks_uri)
}

/** What is not read over TLS could be anybody's; on this machine it can't be changed on the way. */
function safeUrl(text: string, { issuer }: OidcIssuer): URL {
  const url = URL.parse(text)
  if (
    url?.protocol === 'https:' ||
    (url?.protocol === 'http:' && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname))
  )
    return url
  throw new Error(`the keys of ${issuer} are at ${text.slice(0, 200)}, which is no https address`)
}

/** A document larger than {@link maxDocumentBytes} is an error, however it says how long it is. */
async function fetchBounded(url: string, options: RequestInit): Promise<Response> {
  const answer = await fetch(url, options)
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += piece.length
    if (bytes > maxDocumentBytes) throw new Error(`${url} answers with more than ${maxDocumentBytes} bytes`)
    pieces.push(piece)
  }
  return new Response(Buffer.concat(pieces), { status: answer.status, headers: answer.headers })
}

function callerOf(payload: JWTPayload, { issuer, name, rights }: OidcIssuer): Caller {
  const grants = rights
    .filter(({ claim, value }) => valuesOf(payload, claim).includes(value))
    .flatMap(({ rights: allowed, within }) =>
      allowed.map((right): Grant => ({ right, within: within === undefined ? null : within.map(asPrefix) })),
    )
  const [called] = name === undefined ? [] : valuesOf(payload, name)
  return {
    name: called ?? payload.sub ?? `a bearer of ${issuer}`,
    isKnown: true,
    grants,
    expiresAtMs: (payload.exp ?? 0) * 1000,
  }
}

/** A claim by its name, or by a path into what it holds: as texts. */
function valuesOf(payload: JWTPayload, claim: string): string[] {
  let value: unknown = Object.hasOwn(payload, claim) ? payload[claim] : payload
  if (!Object.hasOwn(payload, claim)) {
    for (const part of claim.split('.')) {
      const holder = value
      value =
        typeof holder === 'object' && holder !== null && Object.hasOwn(holder, part)
          ? (holder as Record<string, unknown>)[part]
          : undefined
    }
  }
  const list = Array.isArray(value)
    ? value
    : typeof value === 'string' && claim === 'scope'
      ? value.split(' ')
      : [value]
  return list
    .filter((each) => typeof each === 'string' || typeof each === 'boolean' || typeof each === 'number')
    .map(String)
}

const refused = (why: string, cause?: unknown): VainoError =>
  new VainoError('unauthorized', `The token is not good: ${why}`, {
    hint: 'Sign in anew, and send the token that was issued for this vaino.',
    cause,
  })

/** What jose says of a token, and what it says where it could not look. */
function asRefusal(error: unknown, { issuer }: OidcIssuer): VainoError {
  if (error instanceof VainoError) return error
  if (error instanceof errors.JWTExpired) return refused('it has expired', error)
  const isOfToken =
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  if (isOfToken) return refused(error.message, error)
  return new VainoError('not_ready', `The keys of ${issuer} can't be had now: ${messageOf(error)}`, {
    hint: 'Nothing is wrong with the token as far as is known. Check that this machine reaches the issuer.',
    retryAfterSeconds: 5,
    cause: error,
  })
}
