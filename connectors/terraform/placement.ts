import { asObject, asText, type JsonObject, own } from './parse-bytes.ts'

/** A resource's account, region and name, as its attributes state them. */
export interface Placement {
  name: string | null
  account: string | null
  region: string | null
  namespace: string | null
}

/** What a provider calls these things; all of it is `null` where it is not known. */
type Locator = (attributes: JsonObject, identity: JsonObject, type: string) => Omit<Placement, 'name'>

const text = (attributes: JsonObject, name: string): string | null => asText(own(attributes, name))

/** The first element of a block, which is a list of one; or the object itself. */
const blockOf = (attributes: JsonObject, name: string): JsonObject => {
  const block = own(attributes, name)
  return asObject(Array.isArray(block) ? block[0] : block) ?? {}
}

/** `eu-west-1a` → `eu-west-1`, and the local zone `us-west-2-lax-1a` → `us-west-2`. */
const regionOfAwsZone = (zone: string | null): string | null =>
  /^[a-z]{2}(?:-[a-z]+)+?-\d+/.exec(zone ?? '')?.[0] ?? null

/** Types whose `account_id` or `owner_id` names somebody else: who is invited, granted something or put in charge. */
const namesOthers = new RegExp(
  `^aws_(?:${[
    ...['ami_launch_permission', 'snapshot_create_volume_permission', 'account_alternate_contact'],
    ...['(?:guardduty|securityhub|macie2|detective)_member', 'inspector2_(?:member_association|enabler)'],
    ...['\\w+_(?:organization_admin|delegated_admin|admin)_account', 'organizations_delegated_administrator'],
    ...[
      'vpc_peering_connection_accepter',
      'redshift_endpoint_authorization',
      'cloudtrail_organization_delegated_admin_account',
    ],
  ].join('|')})$`,
)

/** Attributes that hold an ARN of the resource's own account and region, the nearest to the resource first. */
const arns = ['arn', 'id', 'execution_arn', 'function_arn']
/** `https://sqs.eu-west-1.amazonaws.com/111122223333/q` */
const queueUrl = /^https:\/\/(?:sqs\.)?([a-z]{2}(?:-[a-z]+)+-\d+)\.(?:queue\.)?amazonaws\.com(?:\.cn)?\/(\d+)\//

const inAws: Locator = (attributes, identity, type) => {
  const arn = arns.map((name) => text(attributes, name)).find((candidate) => candidate?.startsWith('arn:'))
  const [, , , arnRegion, arnAccount] = arn?.split(':') ?? []
  const urls = ['url', 'queue_url', 'id'].map((name) => queueUrl.exec(text(attributes, name) ?? ''))
  const [, urlRegion, urlAccount] = urls.find((found) => found !== null) ?? []
  const owner = namesOthers.test(type)
    ? null
    : (text(attributes, 'owner_id') ?? text(identity, 'account_id') ?? text(attributes, 'account_id'))
  return {
    // The ARN goes before `account_id`, which in grants is somebody else's; a bucket's ARN holds neither, and what is AWS's
    // own has `aws` in its place.
    account: (/^\d+$/.test(arnAccount ?? '') && arnAccount) || urlAccount || owner,
    region:
      arnRegion ||
      (text(attributes, 'region') ??
        text(identity, 'region') ??
        urlRegion ??
        regionOfAwsZone(text(attributes, 'availability_zone'))),
    namespace: null,
  }
}

/** A zone's region: `europe-west1-b` → `europe-west1`; of a link its last part. A region is its own. */
const regionOfGoogle = (place: string | null): string | null =>
  place?.replace(/^.*\//, '').replace(/^([a-z]+(?:-[a-z]+)+\d+)-[a-z]$/, '$1') ?? null

/** `projects/P/locations/L/…`, `projects/P/zones/Z/…` */
const inGooglePath = /(?:^|\/)projects\/([^/]+)(?:\/(?:locations|regions|zones)\/([^/]+))?/

/** The region of all clusters of a Bigtable instance, where they share one. */
function regionOfClusters(attributes: JsonObject): string | null {
  const clusters = own(attributes, 'cluster')
  if (!Array.isArray(clusters)) return null
  const regions = new Set(clusters.map((cluster) => regionOfGoogle(text(asObject(cluster) ?? {}, 'zone'))))
  const [region] = regions
  return regions.size === 1 ? (region ?? null) : null
}

const inGoogle: Locator = (attributes, _identity, type) => {
  const [, pathProject, pathPlace] =
    ['id', 'self_link', 'name'].map((name) => inGooglePath.exec(text(attributes, name) ?? '')).find(Boolean) ?? []
  const own = type === 'google_project' ? text(attributes, 'project_id') : null
  return {
    account: own ?? text(attributes, 'project') ?? pathProject ?? null,
    region:
      regionOfGoogle(
        text(attributes, 'region') ?? text(attributes, 'location') ?? text(attributes, 'zone') ?? pathPlace ?? null,
      ) ?? regionOfClusters(attributes),
    namespace: null,
  }
}

const inAzure: Locator = (attributes) => ({
  account: /^\/subscriptions\/([^/]+)/i.exec(text(attributes, 'id') ?? '')?.[1] ?? null,
  region: text(attributes, 'location'),
  namespace: null,
})

/** The `metadata` of Kubernetes resources: a block, or a member of the manifest. */
function metadataOf(attributes: JsonObject): JsonObject {
  const ofManifest = ['object', 'manifest'].map((name) => asObject(own(blockOf(attributes, name), 'metadata')))
  return ofManifest.find((metadata) => metadata !== null) ?? blockOf(attributes, 'metadata')
}

const inKubernetes: Locator = (attributes) => ({
  account: null,
  region: null,
  namespace: text(metadataOf(attributes), 'namespace') ?? text(attributes, 'namespace'),
})

const locators: Readonly<Record<string, Locator>> = {
  aws: inAws,
  awscc: inAws,
  google: inGoogle,
  'google-beta': inGoogle,
  azurerm: inAzure,
  azapi: inAzure,
  kubernetes: inKubernetes,
  helm: inKubernetes,
}

const nowhere: Locator = () => ({ account: null, region: null, namespace: null })

/** What identifies a database goes before `name`, which is that of the database in it. */
function nameByType(type: string, attributes: JsonObject): string | null {
  if (/^aws_(?:db|rds|docdb|neptune|redshift)_/.test(type)) {
    const ofCluster = /_cluster$/.test(type) ? text(attributes, 'cluster_identifier') : null
    return ofCluster ?? text(attributes, 'identifier')
  }
  if (type === 'aws_s3_object' || type === 'aws_s3_bucket_object') return text(attributes, 'key')
  return null
}

/**
 * @param tags of the resource, of which `Name` is its name where it has no attribute of that name
 * @param label what it is called in the configuration, the last resort for its name
 */
export function placementOf(
  { providerName, type, name: label }: { readonly providerName: string; readonly type: string; readonly name: string },
  attributes: JsonObject,
  identity: JsonObject,
  tags: JsonObject,
): Placement {
  const locate = Object.hasOwn(locators, providerName) ? (locators[providerName] ?? nowhere) : nowhere
  const bucket = type.startsWith('aws_s3_') ? text(attributes, 'bucket') : null
  return {
    name:
      nameByType(type, attributes) ??
      text(attributes, 'name') ??
      bucket ??
      text(metadataOf(attributes), 'name') ??
      text(tags, 'Name') ??
      label,
    ...locate(attributes, identity, type),
  }
}
