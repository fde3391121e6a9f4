import { VainoError } from '../model/errors.ts'

/**
 * The URL of a request, whole. Without a usable `Host` (HTTP/1.0 health probes, an empty or malformed one) the server hands
 * over the path alone, and the router would take a part of it for the authority.
 * @returns null where `Host` made it no URL
 */
export function absoluteUrl(url: string): string | null {
  // Not resolved against a base: a path of two slashes would become another host.
  const absolute = url.startsWith('/') ? `http://localhost${url}` : url
  return URL.canParse(absolute) ? absolute : null
}

export const badHost = (request: Request): VainoError =>
  new VainoError('bad_request', `"${(request.headers.get('host') ?? '').slice(0, 80)}" is not a host`, {
    hint: 'Send Host: NAME or NAME:PORT; an IPv6 address is in brackets.',
  })
