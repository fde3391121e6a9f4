import type { JsonObject } from '../../model/json.ts'
import { discovery } from './discovery.ts'
import { project, type StandIn } from './stand-in.ts'
import { born } from './things.ts'

/** Puts a thing into a stand-in as if somebody had made it. @param path `projects/P/zones/Z/instances/N` */
export function put({ store }: StandIn, api: string, schema: string, path: string, thing: JsonObject = {}): string {
  const versions = ['v1', 'v2', 'v3']
  const known = versions.map((version) => discovery.api(api, version)?.schemas[schema]).find((one) => one !== undefined)
  if (known === undefined) throw new Error(`${api} has no ${schema}`)
  const name = path.split('/').at(-1) ?? ''
  const isFull = !['compute', 'storage', 'sqladmin', 'dns', 'logging', 'container'].includes(api)
  store.set(api, path, born({ name: isFull ? path : name, ...thing }, path, known, api))
  return path
}

export const instance = (standIn: StandIn, name: string, zone = 'europe-west1-b', thing: JsonObject = {}): string =>
  put(standIn, 'compute', 'Instance', `projects/${project}/zones/${zone}/instances/${name}`, {
    machineType: `https://www.googleapis.com/compute/v1/projects/${project}/zones/${zone}/machineTypes/e2-small`,
    ...thing,
  })

export const firewall = (standIn: StandIn, name: string, thing: JsonObject = {}): string =>
  put(standIn, 'compute', 'Firewall', `projects/${project}/global/firewalls/${name}`, {
    network: `https://www.googleapis.com/compute/v1/projects/${project}/global/networks/main`,
    ...thing,
  })

export const topic = (standIn: StandIn, name: string): string =>
  put(standIn, 'pubsub', 'Topic', `projects/${project}/topics/${name}`)

/**
 * Puts an asset into the inventory, where it is as the inventory shows it. @param path below the service's name
 * @returns what makes the inventory forget it
 */
export function asset(
  { store }: StandIn,
  assetType: string,
  path: string,
  data: JsonObject = {},
  updateTime = '2026-11-29T12:00:00Z',
): () => void {
  const name = `//${assetType.split('/')[0]}/${path}`
  const key = `assets/${encodeURIComponent(name)}`
  const location = /\/(?:locations|zones|regions)\/([^/]+)\//.exec(path)?.[1] ?? 'global'
  store.set('cloudasset', key, { name, assetType, updateTime, resource: { version: 'v1', data, location } })
  return () => void store.delete('cloudasset', key)
}
