import { createHash, timingSafeEqual } from 'node:crypto'
import { VainoError } from '../model/errors.ts'
import { asPrefix, type Caller, type OidcIssuer, type Right, rights, type Within } from './caller.ts'

/** A token: the text alone, or with the name by which it is called in the audit log and the scopes that it may see. */
export type Token =
  | string
  | { readonly token: string; readonly name?: string | undefined; readonly within?: readonly string[] | undefined }

/** Tokens by what they allow; an admin's may do everything. */
export type Tokens = Readonly<Record<Right, readonly Token[]>> & {
  /** Whose signed tokens are taken too. */
  readonly oidc?: readonly OidcIssuer[]
}

export const noTokens: Tokens = { read: [], ingest: [], admin: [] }
export const hasTokens = (tokens: Tokens): boolean =>
  rights.some((right) => tokens[right].length > 0) || (tokens.oidc ?? []).length > 0

/** Whose an `Authorization` is; null where there is none. @throws VainoError `unauthorized` for one that isn't known, `not_ready` where nobody can say now */
export type Authenticate = (authorization: string | null) => Promise<Caller | null>

const everybody: Caller = {
  name: 'anybody',
  isKnown: false,
  grants: rights.map((right) => ({ right, within: null })),
  expiresAtMs: null,
}

/**
 * Without tokens everything is allowed: the server then listens on loopback only. With tokens they are asked for
 * everywhere, on loopback too, because a proxy on the same machine makes every caller look local.
 */
export function createAuthenticate(tokens: Tokens): Authenticate {
  if (!hasTokens(tokens)) return async () => everybody
  const known = knownTokens(tokens)
  const { oidc = [] } = tokens
  let verifier: Promise<(token: string) => Promise<Caller>> | null = null
  return async (authorization) => {
    const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) return null
    const found = known(token)
    if (found !== null) return found
    if (oidc.length > 0 && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) {
      // Loaded late: who has no issuer needs none of it.
      verifier ??= import('./oidc.ts').then(({ createVerifier }) => createVerifier(oidc))
      return (await verifier)(token)
    }
    throw new VainoError('unauthorized', 'The token is not known', { hint: 'Ask the operator of this vaino for one.' })
  }
}

/**
 * What a caller may see with what a route asks for.
 * @throws VainoError `unauthorized` for a caller without a token, `forbidden` for one that lacks the right
 */
export function withinOf(caller: Caller | null, access: Right): Within {
  if (caller === null) throw needsToken(`This needs a token with the right "${access}"`)
  const granted = caller.grants.filter(({ right }) => right === access || right === 'admin')
  if (granted.length === 0) {
    const has = caller.grants.map(({ right }) => right)
    const which = has.length === 0 ? 'no right' : `the right "${[...new Set(has)].join('", "')}"`
    throw new VainoError('forbidden', `The token has ${which}, this needs "${access}"`, {
      hint: `Use a token that is configured for "${access}".`,
    })
  }
  if (granted.some(({ within }) => within === null)) return null
  return [...new Set(granted.flatMap(({ within }) => within ?? []))]
}

/** What a caller may do, an admin all of it. @throws VainoError `unauthorized` for a caller without a token */
export function rightsOf(caller: Caller | null): readonly Right[] {
  if (caller === null) throw needsToken('This needs a token')
  const has = new Set(caller.grants.map(({ right }) => right))
  return rights.filter((right) => has.has(right) || has.has('admin'))
}

export const outOfReach = (what: string, within: readonly string[]): VainoError =>
  new VainoError(
    'forbidden',
    `The token sees ${within.length === 0 ? 'no scope' : within.join(', ')}, and not ${what}`,
    {
      hint: 'Use a token without `within`, or with that scope in it.',
    },
  )

const needsToken = (message: string): VainoError =>
  new VainoError('unauthorized', message, { hint: 'Send it as "Authorization: Bearer TOKEN".' })

const digest = (text: string) => createHash('sha256').update(text).digest()

/** The caller of a configured token; null for any other text. */
function knownTokens(tokens: Tokens): (token: string) => Caller | null {
  const known = rights.flatMap((right) =>
    tokens[right].map((token) => {
      const {
        token: text,
        name,
        within,
      } = typeof token === 'string'
        ? { token, name: undefined, within: undefined }
        : { name: undefined, within: undefined, ...token }
      return { right, name, within: within === undefined ? null : within.map(asPrefix), digest: digest(text) }
    }),
  )
  return (token) => {
    // Digests have one length, and every one is compared, so the time says nothing about the tokens.
    const given = digest(token)
    const found = known.filter((entry) => timingSafeEqual(entry.digest, given))
    if (found.length === 0) return null
    const name = found.find((entry) => entry.name !== undefined)?.name
    return {
      name: name ?? `token ${given.toString('hex').slice(0, 8)}`,
      isKnown: true,
      grants: found.map(({ right, within }) => ({ right, within })),
      expiresAtMs: null,
    }
  }
}
