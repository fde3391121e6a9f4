import { createHash, timingSafeEqual } from 'node:crypto'
import { VainoError } from '../model/errors.ts'

/** What a route asks for. `open`: nothing, because it shows no data. */
export type Right = 'read' | 'ingest' | 'admin'
export type Access = Right | 'open'

/** Tokens by what they allow; an admin's may do everything. */
export type Tokens = Readonly<Record<Right, readonly string[]>>

export const noTokens: Tokens = { read: [], ingest: [], admin: [] }
export const hasTokens = (tokens: Tokens): boolean => Object.values(tokens).some((list) => list.length > 0)

const digest = (text: string) => createHash('sha256').update(text).digest()

/** Checks a request's `Authorization` against what a route asks for; throws the refusal. */
export type Authorize = (authorization: string | null, access: Access) => void

/** What the bearer of an `Authorization` may do. @throws VainoError `unauthorized` where no token, or an unknown one, is given */
export type RightsOf = (authorization: string | null) => readonly Right[]

export const rights = ['read', 'ingest', 'admin'] as const satisfies readonly Right[]

/** Without tokens everybody who reaches the server has all of them. */
export function createRightsOf(tokens: Tokens): RightsOf {
  if (!hasTokens(tokens)) return () => rights
  const granted = grantedBy(tokens)
  return (authorization) => {
    const found = granted(authorization)
    if (found === null) throw needsToken('This needs a token')
    return found.includes('admin') ? rights : rights.filter((right) => found.includes(right))
  }
}

/**
 * Without tokens everything is allowed: the server then listens on loopback only. With tokens they are asked for
 * everywhere, on loopback too, because a proxy on the same machine makes every caller look local.
 */
export function createAuthorize(tokens: Tokens): Authorize {
  if (!hasTokens(tokens)) return () => {}
  const granted = grantedBy(tokens)
  return (authorization, access) => {
    if (access === 'open') return
    const found = granted(authorization)
    if (found === null) throw needsToken(`This needs a token with the right "${access}"`)
    if (!found.includes(access) && !found.includes('admin')) {
      throw new VainoError('forbidden', `The token has the right "${found.join('", "')}", this needs "${access}"`, {
        hint: `Use a token that is configured for "${access}".`,
      })
    }
  }
}

const needsToken = (message: string): VainoError =>
  new VainoError('unauthorized', message, { hint: 'Send it as "Authorization: Bearer TOKEN".' })

/** The rights that a request's token was configured for; null where it has none. Throws for an unknown one. */
function grantedBy(tokens: Tokens): (authorization: string | null) => Right[] | null {
  const known = rights.flatMap((right) => tokens[right].map((token) => ({ right, digest: digest(token) })))
  return (authorization) => {
    const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) return null
    // Digests have one length, and every one is compared, so the time says nothing about the tokens.
    const given = digest(token)
    const found = known.filter((entry) => timingSafeEqual(entry.digest, given)).map((entry) => entry.right)
    if (found.length > 0) return found
    throw new VainoError('unauthorized', 'The token is not known', { hint: 'Ask the operator of this vaino for one.' })
  }
}
