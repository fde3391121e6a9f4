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

/**
 * Without tokens everything is allowed: the server then listens on loopback only. With tokens they are asked for
 * everywhere, on loopback too, because a proxy on the same machine makes every caller look local.
 */
export function createAuthorize(tokens: Tokens): Authorize {
  if (!hasTokens(tokens)) return () => {}
  const known = (Object.keys(tokens) as Right[]).flatMap((right) =>
    tokens[right].map((token) => ({ right, digest: digest(token) })),
  )
  return (authorization, access) => {
    if (access === 'open') return
    const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) {
      throw new VainoError('unauthorized', `This needs a token with the right "${access}"`, {
        hint: 'Send it as "Authorization: Bearer TOKEN".',
      })
    }
    // Digests have one length, and every one is compared, so the time says nothing about the tokens.
    const given = digest(token)
    const rights = known.filter((entry) => timingSafeEqual(entry.digest, given)).map((entry) => entry.right)
    if (rights.length === 0) {
      throw new VainoError('unauthorized', 'The token is not known', {
        hint: 'Ask the operator of this vaino for one.',
      })
    }
    if (!rights.includes(access) && !rights.includes('admin')) {
      throw new VainoError('forbidden', `The token has the right "${rights.join('", "')}", this needs "${access}"`, {
        hint: `Use a token that is configured for "${access}".`,
      })
    }
  }
}
