/** What a route asks for. `open`: nothing, because it shows no data. */
export type Right = 'read' | 'ingest' | 'admin'
export type Access = Right | 'open'

export const rights = ['read', 'ingest', 'admin'] as const satisfies readonly Right[]

/** Scopes that begin with one of these, each of which ends with `/`; null: all. */
export type Within = readonly string[] | null

export interface Grant {
  readonly right: Right
  readonly within: Within
}

/** Who asks, and what they may. */
export interface Caller {
  readonly name: string
  /** False: no token was needed, and everybody has this name. */
  readonly isKnown: boolean
  readonly grants: readonly Grant[]
  /** When the token ends; null: it doesn't. */
  readonly expiresAtMs: number | null
}

/** A prefix of scopes as it is compared: `aws/1` is that account, not the one that begins with 1. */
export const asPrefix = (text: string): string => `${text.replace(/\/+$/, '')}/`

/** Whose tokens are taken, and what their claims allow. */
export interface OidcIssuer {
  /** As `iss` has it. */
  readonly issuer: string
  /** `aud` must have it. */
  readonly audience: string
  /** Absent: as the issuer's discovery document says. */
  readonly jwks_url?: string | undefined
  /** The claim by which the bearer is called in the audit log; absent, or where a token lacks it: `sub`. */
  readonly name?: string | undefined
  /** Milliseconds that the clocks of the issuer and of this machine may differ. */
  readonly clock_skew: number
  /** All that match add up; a token that matches none has no right. */
  readonly rights: readonly ClaimRights[]
}

export interface ClaimRights {
  /** `groups`, or a path such as `realm_access.roles`. */
  readonly claim: string
  /** What it must be, or have among its values. */
  readonly value: string
  readonly rights: readonly Right[]
  readonly within?: readonly string[] | undefined
}
