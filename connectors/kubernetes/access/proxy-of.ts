import { VainoError } from '../../../model/errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy on the way to a server: the kubeconfig's `proxy-url`, else the variables as kubectl reads them.
 * @throws VainoError `source_failed` for a proxy that is none of HTTP
 */
export function proxyOf(server: URL, configured: string | undefined, environment: Environment): URL | null {
  const given = configured ?? fromEnvironment(server, environment)
  if (given === undefined || given === '') return null
  const url = URL.parse(given.includes('://') ? given : `http://${given}`)
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new VainoError('source_failed', `the proxy of the cluster is of the kind "${url?.protocol ?? ''}"`, {
    hint: 'Only http:// and https:// proxies are supported; give one as the proxy-url of the cluster.',
  })
}

function fromEnvironment(server: URL, environment: Environment): string | undefined {
  const variable = (name: string): string | undefined => environment[name] ?? environment[name.toLowerCase()]
  if (isDirect(server, variable('NO_PROXY') ?? '')) return undefined
  return variable(server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY')
}

/** Loopback never goes through a proxy; else `NO_PROXY` is names, of which each holds for what ends in it, addresses, or `*`. */
function isDirect({ hostname, host }: URL, noProxy: string): boolean {
  if (hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]') return true
  return noProxy
    .split(',')
    .map((entry) =>
      entry
        .trim()
        .toLowerCase()
        .replace(/^\*?\./, ''),
    )
    .some(
      (entry) =>
        entry === '*' || entry === hostname || entry === host || (entry !== '' && hostname.endsWith(`.${entry}`)),
    )
}
