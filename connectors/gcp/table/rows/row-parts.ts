import type { JsonObject } from '../../../../model/json.ts'
import type { ApiName } from '../apis.ts'
import { lastPart, objectsIn, textAt } from '../path.ts'
import type { Ambient, Items, Listing } from '../row.ts'

/** A list of things in a project. @param path below `projects/PROJECT/`, with the version in front: `v1 topics` */
export const listed = (
  api: ApiName,
  path: `v${string} ${string}`,
  items: string,
  permission: string,
  more: Partial<Listing> = {},
): Listing => {
  const [version = '', below = ''] = path.split(' ')
  return { api, path: `${version}/projects/{$project}/${below}`, items, permission, ...more }
}

export const pageSize = (size: number): { readonly query: Readonly<Record<string, string>> } => ({
  query: { pageSize: String(size) },
})

/** The places in which an API has things, for those of its lists that take no `-` for all of them. */
export const locationsOf = (api: ApiName, version = 'v1'): Items => ({
  list: listed(api, `${version as 'v1'} locations`, 'locations', `${api}.locations.list`, pageSize(300)),
})

/** The regions of Compute Engine: for APIs that list no places of their own. */
export const regions: Items = {
  list: {
    api: 'compute',
    path: 'projects/{$project}/regions',
    items: 'items',
    permission: 'compute.regions.list',
    query: { maxResults: '500' },
  },
}

/** A list of things in each place of an API. @param collection `repositories` */
export const listedByPlace = (
  api: ApiName,
  version: string,
  collection: string,
  permission: string,
  places: Items = locationsOf(api, version),
  size = 500,
): Listing => ({
  api,
  path: `${version}/{+$parent.name}/${collection}`,
  items: collection,
  permission,
  parents: places,
  ...pageSize(size),
})

/** Things that every project gets, or that Google keeps for itself. */
export const defaults =
  (isDefault: (item: JsonObject) => boolean) =>
  (item: JsonObject): Ambient | null =>
    isDefault(item) ? 'default' : null

export const children =
  (isChild: (item: JsonObject) => boolean) =>
  (item: JsonObject): Ambient | null =>
    isChild(item) ? 'child' : null

/** What the controllers of a cluster make: a load balancer's parts, a cluster's firewall rules. */
export const isOfKubernetes = ({ name, description }: JsonObject): boolean =>
  /^(?:gke|k8s\d?|gkegw\d)-/.test(String(name)) || /"kubernetes\.io\//.test(String(description))

/** Each element of one of an item's lists as a thing of its own, below the item. */
export const eachBelow =
  (path: string) =>
  ($parent: JsonObject): JsonObject[] =>
    objectsIn($parent, path).map((element) => ({ ...element, $parent }))

export const nameOf = (item: JsonObject): string => lastPart(textAt(item, 'name'))
