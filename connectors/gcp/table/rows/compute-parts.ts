import type { JsonObject } from '../../../../model/json.ts'
import type { Listing, Row } from '../row.ts'

/** A collection of Compute Engine in all places. A place that does not answer is named, the others are listed. */
export const everywhere = (collection: string, permission = `compute.${collection}.list`): Listing => ({
  api: 'compute',
  path: `projects/{$project}/aggregated/${collection}`,
  items: collection,
  aggregated: true,
  permission,
  query: { maxResults: '500', returnPartialSuccess: 'true' },
})

/** A collection that is not in places. */
export const globally = (collection: string, permission = `compute.${collection}.list`): Listing => ({
  api: 'compute',
  path: `projects/{$project}/global/${collection}`,
  items: 'items',
  permission,
  query: { maxResults: '500', returnPartialSuccess: 'true' },
})

const isZonal = ({ zone }: JsonObject): boolean => typeof zone === 'string'
export const isRegional = ({ zone, region }: JsonObject): boolean =>
  typeof region === 'string' && typeof zone !== 'string'
export const isGlobal = (item: JsonObject): boolean => !isZonal(item) && !isRegional(item)

/** Collections whose things in a region, or in none, are read with a permission of their own, though one list has them all. */
const guarded: Readonly<Partial<Record<'zonal' | 'regional' | 'global', ReadonlySet<string>>>> = {
  regional: new Set([
    ...['backendServices', 'healthChecks', 'urlMaps', 'sslCertificates', 'sslPolicies', 'networkEndpointGroups'],
    ...['targetHttpProxies', 'targetHttpsProxies', 'targetTcpProxies'],
  ]),
  global: new Set(['addresses', 'forwardingRules', 'networkEndpointGroups']),
}
const prefixes = { regional: 'region', global: 'global' } as const
const capitalised = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`

/** Types that one collection holds, apart by where the things are: Terraform has a type for each. */
export function apart(
  collection: string,
  asset: string,
  types: Partial<Record<'zonal' | 'regional' | 'global', string>>,
  more: Partial<Row> = {},
): readonly Row[] {
  const list = everywhere(collection)
  const tests = { zonal: isZonal, regional: isRegional, global: isGlobal } as const
  return Object.entries(types).map(([where, type]) => {
    const isThere = tests[where as keyof typeof tests]
    const { only = () => true } = more
    const isGuarded = guarded[where as keyof typeof guarded]?.has(collection) === true
    return {
      ...more,
      ...{ list, type, assets: assetsOf(asset, where), only: (item) => isThere(item) && only(item) },
      ...(isGuarded
        ? { getPermission: `compute.${prefixes[where as keyof typeof prefixes]}${capitalised(collection)}.get` }
        : {}),
    }
  })
}

/** Cloud Asset Inventory, too, has types of their own for some of them. */
function assetsOf(asset: string, where: string): readonly string[] {
  const variants = {
    Address: 'global',
    ForwardingRule: 'global',
    BackendService: 'regional',
    Disk: 'regional',
  } as const
  const variant = variants[asset as keyof typeof variants]
  const prefix = variant !== undefined && variant === where ? { global: 'Global', regional: 'Region' }[variant] : ''
  return [`compute.googleapis.com/${prefix}${asset}`]
}
