import type { JsonObject } from '../../../model/json.ts'
import { lastPart } from '../table/path.ts'
import type { Row } from '../table/row.ts'
import type { ChangeEvent } from './audit-entry.ts'

/** What an event says to look at: a type, and the ids that it names; a type without ids is looked at whole. */
export interface Affected {
  readonly type: string
  readonly ids: readonly string[]
}

/** Services that audit logs and asset names call otherwise than their API is called. */
const apisOf: Readonly<Record<string, string>> = { cloudsql: 'sqladmin', k8s: 'container' }

/** The collection below which the things of a row stand, where it isn't the last part of its list's path. */
const collections: Readonly<Record<string, string>> = {
  google_container_node_pool: 'nodePools',
  google_storage_bucket: 'buckets',
  google_storage_bucket_iam_policy: 'buckets',
  google_dns_record_set: 'managedZones',
  google_compute_network_firewall_policy: 'firewallPolicies',
  google_compute_region_network_firewall_policy: 'firewallPolicies',
}

/** Ids that are not the path that an event names. Null: the event names none. */
const idsOf: Readonly<Record<string, (path: string, project: string) => string | null>> = {
  google_storage_bucket: (path) => lastPart(path),
  google_storage_bucket_iam_policy: (path) => `b/${lastPart(path)}`,
  google_sql_database_instance: (path) => lastPart(path),
  google_sql_user: () => null,
  // Its name may hold a slash.
  google_logging_metric: (path) => (/^projects\/[^/]+\/metrics\/[^/%]+$/.test(path) ? lastPart(path) : null),
  google_spanner_instance: (path, project) => `${project}/${lastPart(path)}`,
  google_spanner_database: (path) =>
    path
      .split('/')
      .filter((_, at) => at === 3 || at === 5)
      .join('/'),
  google_project_service: (path, project) => `${project}/${lastPart(path)}`,
  google_dns_record_set: () => null,
  google_compute_router_nat: () => null,
  google_compute_router_peer: () => null,
  google_compute_router_interface: () => null,
}

const collectionOf = ({ type, list }: Row): string => collections[type] ?? lastPart(list.path)

/**
 * The types that an event is about. Where its path leads to nothing that is known, all types of its service are looked at: anything may
 * have changed.
 * @param project the id of the project that it is about
 */
export function affectedBy(event: ChangeEvent, rows: readonly Row[], project: string): readonly Affected[] {
  const api = apisOf[event.service] ?? event.service
  const ofApi = rows.filter(({ list }) => list.api === api)
  if (api === 'cloudresourcemanager') return ofProject(event, ofApi, project)
  const isOfPolicy = /setIam/i.test(event.method ?? '')
  // A policy is a call for each thing, and changes with what an event names alone, or by an event of its own.
  const isAbout = (row: Row, isNamed: boolean): boolean => {
    const isPolicy = row.isPolicy === true
    return isPolicy === isOfPolicy || (isPolicy && isNamed)
  }
  for (const path of event.paths) {
    const found = ofApi
      .filter((row) => isMeant(row, path))
      .map((row) => ({ row, type: row.type, ids: idIn(row.type, path, project) }))
    if (found.length === 0) continue
    const about = found.filter(({ row, ids }) => isAbout(row, ids.length > 0))
    // What has no policy of its own here may hold it itself, as a dataset does.
    return (isOfPolicy && about.length === 0 ? found : about).map(({ type, ids }) => ({ type, ids }))
  }
  const all = ofApi.filter((row) => isAbout(row, false))
  return (all.length > 0 ? all : ofApi).map(({ type }) => ({ type, ids: [] }))
}

/** A path ends with the row's collection and a name, and lies where the row's things lie. */
function isMeant(row: Row, path: string): boolean {
  const [collection, name] = path.split('/').slice(-2)
  if (name === undefined || collection !== collectionOf(row)) return false
  const place = /\/(zones|regions)\/([^/]+)\//.exec(path)
  // The parts of a row's test that are about where a thing is; what else it asks for is not known yet.
  const item: JsonObject = place === null ? {} : { [place[1] === 'zones' ? 'zone' : 'region']: place[2] ?? '' }
  return (
    row.list.aggregated !== true || row.only === undefined || row.only(item) || row.only({ ...item, type: 'MANAGED' })
  )
}

/** A path of another project, or with a number in the place of a name, names none of the type's ids. */
function idIn(type: string, path: string, project: string): readonly string[] {
  const own = path.replace(/^projects\/(?:\d+|_)(?=\/)/, `projects/${project}`)
  if (!own.startsWith(`projects/${project}/`)) return []
  const id = idsOf[type] === undefined ? own : idsOf[type](own, project)
  return id === null ? [] : [id]
}

function ofProject({ method }: ChangeEvent, rows: readonly Row[], project: string): readonly Affected[] {
  const isPolicy = /setIam/i.test(method ?? '')
  const ids = { google_project: `projects/${project}`, google_project_iam_policy: project }
  return rows
    .filter(({ type }) => method === null || isPolicy === (type === 'google_project_iam_policy'))
    .map(({ type }) => ({ type, ids: [ids[type as keyof typeof ids] ?? project] }))
}
