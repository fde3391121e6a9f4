import { isIP } from 'node:net'
import { VainoError } from '../model/errors.ts'

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

/**
 * Keeps other sites' pages, running in a browser on this machine, from using the API. Without tokens being on the
 * machine is the only credential, and a browser lends it to every page: by a request across origins, or by a name that
 * the page's owner points to 127.0.0.1 (DNS rebinding), which then calls itself by that name in `Host`.
 * @param localOnly no tokens are configured, so `Host` must name this machine
 */
export function refuseForeignPages(request: Request, localOnly: boolean): void {
  const headers = request.headers
  const host = headers.get('host') ?? ''
  // A browser always sends a host, so a request without one isn't DNS rebinding.
  const isProbe = host === '' && probes.test(new URL(request.url).pathname)
  if (localOnly && !isProbe && !isLoopback(hostOf(host))) {
    throw new VainoError('forbidden', `The host "${host.slice(0, 80)}" is not this machine`, {
      hint: 'Ask http://localhost or http://127.0.0.1, or configure tokens.',
    })
  }
  const origin = headers.get('origin')
  if (origin !== null && origin.replace(/^https?:\/\//, '') !== host) {
    throw new VainoError('forbidden', `A page of ${origin.slice(0, 80)} may not use this API`, {
      hint: 'Ask from a program, or from a page that this server serves.',
    })
  }
  const site = headers.get('sec-fetch-site')
  if (site === null || site === 'same-origin' || site === 'none') return
  const isLink = request.method === 'GET' && headers.get('sec-fetch-mode') === 'navigate'
  // A link of another site may open a page here, and may not make this server write a stream.
  if (isLink && !streamed.test(new URL(request.url).pathname)) return
  throw new VainoError('forbidden', 'A page of another site may not use this API', {
    hint: 'Ask from a program, or from a page that this server serves.',
  })
}
