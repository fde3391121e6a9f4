import { getPath } from 'hono/utils/url'

/** Where browsers reach this vaino, and which other pages may use it. */
export interface Site {
  /** Scheme and authority of `public_url`; null where it is not configured. */
  readonly origin: string | null
  /** The path of `public_url` without a slash at its end: `/vaino`; empty where there is none. */
  readonly prefix: string
  /** Origins of other applications' pages that may use the API. */
  readonly corsOrigins: readonly string[]
}

export const noSite: Site = { origin: null, prefix: '', corsOrigins: [] }

/** @param publicUrl an absolute http(s) URL without user, query and fragment */
export function siteOf(publicUrl: string | undefined, corsOrigins: readonly string[]): Site {
  if (publicUrl === undefined) return { ...noSite, corsOrigins }
  const { origin, pathname } = new URL(publicUrl)
  return { origin, prefix: pathname.replace(/\/+$/, ''), corsOrigins }
}

/** The address of the API as browsers see it, without a slash at its end; relative to the OpenAPI document where it is not configured. */
export const baseOf = ({ origin, prefix }: Site): string => (origin === null ? '.' : `${origin}${prefix}`)

/**
 * The path of a request that routes are found by. A proxy may leave the prefix in the path or take it off: both reach the same
 * route, because no route begins with the prefix (the configuration refuses one that does).
 */
export const routedPath =
  ({ prefix }: Site) =>
  (request: Request): string => {
    const path = getPath(request)
    return keyInOneSegment(prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path)
  }

/** A key or scope with slashes in it, as a proxy that decodes paths passes it on. */
const decoded = /^\/v1\/(resources|scopes)\/([^/]+\/.+?)(\/history|\/release)?$/

/** Puts a key whose slashes a proxy has decoded back into one segment. One that ends in `/history` can't be told from what is asked of a shorter one. */
function keyInOneSegment(path: string): string {
  const [, list, text = '', rest = ''] = decoded.exec(path) ?? []
  const isKey = list === 'resources' ? text.split('/').length > 4 : text.split('/').length === 4
  if (list === undefined || !isKey) return path
  try {
    return `/v1/${list}/${encodeURIComponent(decodeURIComponent(text))}${rest}`
  } catch (error) {
    if (error instanceof URIError) return path
    throw error
  }
}
