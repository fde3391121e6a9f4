import type { Json } from '../../model/resource.ts'
import { asObject, asText, type JsonObject, own } from './parse-bytes.ts'

/** Where a resource is and what it is called, as far as its attributes tell. */
export interface Placement {
  name: string | null
  account: string | null
  region: string | null
  namespace: string | null
}

/** What a provider calls these things; all of it is `null` where it is not known. */
type Locator = (attributes: JsonObject, identity: JsonObject) => Omit<Placement, 'name'>

const text = (attributes: JsonObject, name: string): string | null => asText(own(attributes, name))

/** `eu-west-1a` → `eu-west-1`, and the local zone `us-west-2-lax-1a` → `us-west-2`. */
const regionOfAwsZone = (zone: string | null): string | null =>
  /^[a-z]{2}(?:-[a-z]+)+?-\d+/.exec(zone ?? '')?.[0] ?? null

const inAws: Locator = (attributes, identity) => {
  const arn = [text(attributes, 'arn'), text(attributes, 'id')].find((candidate) => candidate?.startsWith('arn:'))
  const [, , , arnRegion, arnAccount] = arn?.split(':') ?? []
  return {
    // The ARN goes before `account_id`, which in grants is somebody else's; a bucket's ARN holds neither.
    account:
      arnAccount || (text(attributes, 'owner_id') ?? text(identity, 'account_id') ?? text(attributes, 'account_id')),
    region:
      arnRegion ||
      (text(attributes, 'region') ??
        text(identity, 'region') ??
        regionOfAwsZone(text(attributes, 'availability_zone'))),
    namespace: null,
  }
}

const inGoogle: Locator = (attributes) => ({
  account: text(attributes, 'project'),
  // The zone `europe-west1-b` is in the region `europe-west1`.
  region:
    text(attributes, 'region') ??
    text(attributes, 'location') ??
    text(attributes, 'zone')?.replace(/-[a-z]$/, '') ??
    null,
  namespace: null,
})

const inAzure: Locator = (attributes) => ({
  account: /^\/subscriptions\/([^/]+)/i.exec(text(attributes, 'id') ?? '')?.[1] ?? null,
  region: text(attributes, 'location'),
  namespace: null,
})

/** The `metadata` block of Kubernetes resources: a list of one. */
const metadataBlock = (attributes: JsonObject): JsonObject => {
  const metadata = own(attributes, 'metadata')
  return asObject(Array.isArray(metadata) ? metadata[0] : metadata) ?? {}
}

const inKubernetes: Locator = (attributes) => ({
  account: null,
  region: null,
  namespace: text(metadataBlock(attributes), 'namespace') ?? text(attributes, 'namespace'),
})

const locators: Readonly<Record<string, Locator>> = {
  aws: inAws,
  google: inGoogle,
  'google-beta': inGoogle,
  azurerm: inAzure,
  azapi: inAzure,
  kubernetes: inKubernetes,
  helm: inKubernetes,
}

const nowhere: Locator = () => ({ account: null, region: null, namespace: null })

/**
 * @param tags of the resource, of which `Name` is its name where it has no attribute of that name
 * @param terraformName what it is called in the configuration, the last resort
 */
export function placementOf(
  provider: string,
  attributes: JsonObject,
  identity: JsonObject,
  tags: JsonObject,
  terraformName: string,
): Placement {
  const locate = Object.hasOwn(locators, provider) ? (locators[provider] ?? nowhere) : nowhere
  return {
    name: text(attributes, 'name') ?? text(metadataBlock(attributes), 'name') ?? text(tags, 'Name') ?? terraformName,
    ...locate(attributes, identity),
  }
}

/** Each: the attribute that holds what the thing really carries, the provider's defaults included, then what repeats parts of it. */
const tagFamilies = [
  ['tags_all', 'tags'],
  ['effective_labels', 'labels', 'terraform_labels'],
] as const

/**
 * Moves the tags out of the attributes, so that one tag that changes is one field that changes. Only maps are tags: a
 * list of that name stays where it is.
 */
export function takeTags(attributes: JsonObject): JsonObject {
  for (const family of tagFamilies) {
    const found = family.map((name) => asObject(own(attributes, name))).find((tags) => tags !== null)
    if (!found) continue
    for (const name of family) if (isMapOrNull(own(attributes, name))) delete attributes[name]
    return found
  }
  return {}
}

const isMapOrNull = (value: Json | undefined): boolean => value === null || asObject(value) !== null
