import { BlockList, isIP } from 'node:net'
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

/** Loopback never goes through a proxy; else `NO_PROXY` is names, of which each holds for what ends in it, addresses, networks, or `*`. */
function isDirect({ hostname, host }: URL, noProxy: string): boolean {
  if (hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]') return true
  const entries = noProxy.split(',').map((entry) => entry.trim().toLowerCase())
  return entries.some((entry) => isIn(entry, hostname) || holds(entry.replace(/^\*?\./, ''), hostname, host))
}

const holds = (entry: string, hostname: string, host: string): boolean =>
  entry === '*' || entry === hostname || entry === host || (entry !== '' && hostname.endsWith(`.${entry}`))

/** Whether an address is in a network, written as `10.0.0.0/8`. */
function isIn(network: string, hostname: string): boolean {
  const [address = '', bits = ''] = network.split('/')
  const plain = hostname.replace(/^\[|\]$/g, '')
  const family = isIP(address)
  const prefix = Number(bits)
  if (family === 0 || bits === '' || isIP(plain) !== family || !(prefix >= 0 && prefix <= (family === 4 ? 32 : 128)))
    return false
  const list = new BlockList()
  const kind = family === 4 ? 'ipv4' : 'ipv6'
  list.addSubnet(address, prefix, kind)
  return list.check(plain, kind)
}
