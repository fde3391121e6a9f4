import { createAuthenticate, hasTokens, type Tokens } from './access.ts'
import { callerAddress } from './caller-address.ts'
import type { ApiLimits } from './limits.ts'
import { createRequestRate } from './request-rate.ts'
import type { GateParts } from './route.ts'
import type { Site } from './site.ts'

/** What stands before every route: who asks, whether that is known, and how often. */
export const gatePartsOf = (tokens: Tokens, limits: ApiLimits, site: Site): GateParts => ({
  authenticate: createAuthenticate(tokens),
  allowsAnonymous: !hasTokens(tokens),
  takeRequest: createRequestRate(limits.requestsPerSecond),
  addressOf: (c) => callerAddress(c, site),
})
