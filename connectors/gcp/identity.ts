import type { JsonObject } from '../../model/json.ts'
import type { Resource } from '../../model/resource.ts'
import type { Identities, Thing } from '../identity.ts'
import { partWrittenBy, policyParts, policyTypeOf } from './policies/policies.ts'
import { referenceOf } from './scan/references.ts'
import { lastPart, textAt } from './table/path.ts'
import { rowOf } from './table/table.ts'

/** Types that Terraform has under two names. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['google_compute_instance_from_template', 'google_compute_instance'],
  ['google_cloud_run_service', 'google_cloud_run_v2_service'],
])

/** Where Terraform's own id of a type is another one than the thing's: the same out of a state's attributes. */
const idsInState: Readonly<Record<string, (attributes: JsonObject) => string>> = {
  google_cloud_run_service: (of) =>
    `projects/${textAt(of, 'project')}/locations/${textAt(of, 'location')}/services/${textAt(of, 'name')}`,
  // Made and never read again it has its path.
  google_sql_database_instance: (of) => textAt(of, 'name'),
  // Older ones lack the place.
  google_cloudbuild_trigger: (of) =>
    `projects/${textAt(of, 'project')}/locations/${typeof of.location === 'string' && of.location !== '' ? of.location : 'global'}/triggers/${textAt(of, 'trigger_id')}`,
  google_org_policy_policy: (of) => `${projectIn(textAt(of, 'parent'))}/policies/${lastPart(textAt(of, 'name'))}`,
  google_sql_user: (of) =>
    `${textAt(of, 'name')}/${typeof of.host === 'string' ? of.host : ''}/${textAt(of, 'instance')}`,
  google_project_iam_policy: (of) => textAt(of, 'project').replace(/^projects\//, ''),
  google_storage_bucket_iam_policy: (of) =>
    textAt(of, 'bucket').startsWith('b/') ? textAt(of, 'bucket') : `b/${textAt(of, 'bucket')}`,
  google_pubsub_topic_iam_policy: (of) => pathIn(of, 'topic', 'topics'),
  google_pubsub_subscription_iam_policy: (of) => pathIn(of, 'subscription', 'subscriptions'),
  google_secret_manager_secret_iam_policy: (of) => pathIn(of, 'secret_id', 'secrets'),
  google_artifact_registry_repository_iam_policy: (of) => pathIn(of, 'repository', 'repositories'),
  google_cloud_run_v2_service_iam_policy: (of) => pathIn(of, of.service === undefined ? 'name' : 'service', 'services'),
  // Its project may be left to the account's own address.
  google_service_account_iam_policy: (of) =>
    textAt(of, 'service_account_id').replace(/^projects\/-(?=\/.*@([^.]+)\.iam\.gserviceaccount\.com$)/, 'projects/$1'),
  google_kms_crypto_key_iam_policy: (of) => keyPathIn(of),
}

/** The path of a thing, whose name a state may have in its place. */
function pathIn(of: JsonObject, member: string, collection: string): string {
  const value = textAt(of, member)
  if (value.startsWith('projects/')) return value
  const place = typeof of.location === 'string' ? `locations/${of.location}/` : ''
  return `projects/${textAt(of, 'project').replace(/^projects\//, '')}/${place}${collection}/${value}`
}

/** `PROJECT/LOCATION/RING/KEY` is written too. */
function keyPathIn(of: JsonObject): string {
  const value = textAt(of, 'crypto_key_id')
  const [, project, place, ring, key] = /^([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(value) ?? []
  return key === undefined ? value : `projects/${project}/locations/${place}/keyRings/${ring}/cryptoKeys/${key}`
}

/** @throws Error for a folder or an organization, whose things are not collected */
function projectIn(parent: string): string {
  if (!parent.startsWith('projects/')) throw new Error(`${parent} is no project`)
  return parent
}

/** Google's own hosts alone: a state has no other. */
const noEndpoints: ReadonlySet<string> = new Set()

/** Older providers write ids as links. */
const usualId = (attributes: JsonObject): string => referenceOf(textAt(attributes, 'id'), noEndpoints)

function idIn(type: string, attributes: JsonObject): string | null {
  try {
    return (idsInState[type] ?? usualId)(attributes)
  } catch {
    // An instance that was never made, or an older provider's: it lacks the attribute.
    return null
  }
}

/** The project of a scope is the one that the id names; what a state's attribute says may be another, which only pays. */
function projectOf(id: string, { account, configuration }: Resource): string | null {
  const named = /^projects\/([^/]+)/.exec(id)?.[1]
  if (named !== undefined && !/^\d+$/.test(named)) return named
  const project = configuration?.project
  return typeof project === 'string' && project !== '' ? project.replace(/^projects\//, '') : (account ?? null)
}

/** Which collected thing of Google Cloud an instance of a state stands for, by the table of types. */
export const gcpIdentities: Identities = {
  provider: 'gcp',
  partnerOf(instance) {
    const { type: name, provider, configuration } = instance
    const policy = policyTypeOf(name)
    const type = policy ?? otherNames.get(name) ?? name
    if (!/^google(?:-beta)?$/.test(provider) || rowOf(type) === undefined) return null
    const id = idIn(type === policy ? policy : name, configuration ?? {})
    const part = policy === null ? undefined : partWrittenBy(name, configuration ?? {})
    if (id === null || part === null) return null
    const account = projectOf(id, instance)
    return {
      type,
      id: account === null ? id : id.replace(/^projects\/\d+(?=\/)/, `projects/${account}`),
      account,
      location: '-',
      ...(part === undefined ? {} : { part }),
    }
  },
  isAmbient: ({ metadata }) => metadata?.ambient !== undefined,
  holderOf: (collected) => holderOf(collected),
  hasHolder: (type) => /^google_(?:container_node_pool|compute_(?:region_)?disk)$/.test(type),
  parts: policyParts,
  locationOf: () => '-',
}

/** A node pool may stand in its cluster's block, a disk in that of the instance that has it. */
function holderOf({ type, id, metadata }: Resource): Thing | null {
  if (type === 'google_container_node_pool') {
    return { type: 'google_container_cluster', id: id.replace(/\/nodePools\/[^/]+$/, '') }
  }
  const users = type === 'google_compute_disk' || type === 'google_compute_region_disk' ? metadata?.users : undefined
  const [user] = Array.isArray(users) ? users : []
  return typeof user === 'string' ? { type: 'google_compute_instance', id: referenceOf(user, noEndpoints) } : null
}
