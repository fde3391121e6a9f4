import { isIP } from 'node:net'
import { VainoError } from '../model/errors.ts'
import type { Site } from './site.ts'

/** Whether an address reaches this machine only. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (name === 'localhost' || name === '::1') return true
  return isIP(name) === 4 && name.startsWith('127.')
}

/** Routes whose answers are written while they are read. */
const streamed = /^\/v1\/(?:changes|snapshot|diff)$/

/** Routes for health probes, which come over HTTP/1.0 without a `Host`. They disclose no data. */
const probes = /^\/(?:healthz|readyz)$/

/** The host of a `Host` header or an authority, without its port. */
const hostOf = (authority: string): string => /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(authority)?.[1] ?? ''

/** The name that browsers have for this server, where one is configured; the port may be the proxy's. */
const publicHostOf = ({ origin }: Site): string | null => (origin === null ? null : new URL(origin).hostname)

/**
 * Keeps other sites' pages, running in a browser on this machine, from using the API. Without tokens being on the
 * machine is the only credential, and a browser lends it to every page: by a request across origins, or by a name that
 * the page's owner points to 127.0.0.1 (DNS rebinding), which then calls itself by that name in `Host`.
 * @param path as routes are found by it
 * @param localOnly no tokens are configured, so `Host` must name this machine, or the configured public address
 */
export function refuseForeignPages(request: Request, path: string, localOnly: boolean, site: Site): void {
  const headers = request.headers
  const host = (headers.get('host') ?? '').toLowerCase()
  // A browser always sends a host, so a request without one isn't DNS rebinding.
  const isProbe = host === '' && probes.test(path)
  if (localOnly && !isProbe && !isLoopback(hostOf(host)) && hostOf(host) !== publicHostOf(site)) {
    throw new VainoError('forbidden', `The host "${host.slice(0, 80)}" is not this machine`, {
      hint: 'Ask http://localhost or http://127.0.0.1, set public_url to the address that browsers use, or configure tokens.',
    })
  }
  const origin = headers.get('origin')
  if (origin !== null) {
    if (origin === site.origin || site.corsOrigins.includes(origin)) return
    if (origin.replace(/^https?:\/\//, '') !== host) throw refusedOrigin(origin)
  }
  const fetchSite = headers.get('sec-fetch-site')
  if (fetchSite === null || fetchSite === 'same-origin' || fetchSite === 'none') return
  const isLink = request.method === 'GET' && headers.get('sec-fetch-mode') === 'navigate'
  // A link of another site may open a page here, and may not make this server write a stream.
  if (isLink && !streamed.test(path)) return
  throw new VainoError('forbidden', 'A page of another site may not use this API', {
    hint: 'Ask from a program, or from a page that this server serves.',
  })
}

const refusedOrigin = (origin: string): VainoError =>
  new VainoError('forbidden', `A page of ${origin.slice(0, 80)} may not use this API`, {
    hint: "Ask from a program, or from a page that this server serves. If it is vaino's page behind a proxy, set public_url to its address in the browser; if it is a page of yours, name its origin in cors_origins.",
  })
