import type { Redactor } from '../../model/redaction.ts'
import type { Json, Resource } from '../../model/resource.ts'
import { formatAddress, formatInstance, providerName, type ResourceAddress } from './address.ts'
import { asObject, asText, type JsonObject, own } from './parse-bytes.ts'
import { placementOf } from './placement.ts'
import { redactSensitive } from './sensitive.ts'
import { takeTags } from './tags.ts'

/** What a state says of a resource apart from its instances, and says the same in every format. */
export interface ResourceHead extends ResourceAddress {
  /** The provider's address as the state has it. */
  readonly provider: string | null
  /** The resource's address, without an index. */
  readonly address: string
  readonly providerName: string
}

/** Worked out once for all instances, of which there may be thousands. */
export const headOf = (parts: ResourceAddress & { readonly provider: string | null }): ResourceHead => ({
  ...parts,
  address: formatAddress(parts),
  providerName: providerName(parts.provider, parts.type),
})

/** One object of a resource: an instance, or a deposed one. */
export interface Instance {
  readonly index: Json | undefined
  readonly deposed: string | null
  readonly tainted: boolean
  /** Ours to change. */
  readonly attributes: JsonObject
  readonly sensitivePaths: Json | undefined
  /** Paths that the provider's schema marks as sensitive, where it is at hand. */
  readonly sensitiveInSchema?: readonly string[]
  readonly identity: Json | undefined
  /** What only a provider can use. */
  readonly ofProvider: {
    /** Base64, opaque, and maybe secret: passed on to the provider and nowhere else. */
    readonly private: string | null
    readonly identityVersion: number | null
    /** The attributes stand as texts, as in states of format 3: their provider has not read them since. */
    readonly isFlat: boolean
  }
  /** Members copied to `metadata` unchanged: `schema_version`, `dependencies`, `create_before_destroy`. */
  readonly notes: JsonObject
}

/**
 * Makes a resource of an instance, its fields always in the same order: the engine compares bytes first, and equal
 * attributes must give equal bytes. `metadata` is what describes terraform's bookkeeping, not the thing.
 */
export function toResource(head: ResourceHead, instance: Instance, redactor: Redactor): Resource {
  const configuration = instance.attributes
  redactSensitive(configuration, instance.sensitivePaths, redactor, instance.identity, instance.sensitiveInSchema)
  const tags = takeTags(configuration, head.type)
  const identity = asObject(instance.identity) ?? {}
  const place = placementOf(head, configuration, identity, tags)
  // A taint announces that the thing will be replaced, which is worth a change. No attribute can be called `lifecycle`:
  // terraform reserves the name.
  if (instance.tainted) configuration.lifecycle = { tainted: true }
  return {
    id: formatInstance(head.address, instance.index, instance.deposed),
    type: head.type,
    name: place.name,
    provider: head.providerName,
    account: place.account,
    region: place.region,
    namespace: place.namespace,
    configuration,
    metadata: metadataOf(head, instance),
    tags,
  }
}

function metadataOf(head: ResourceHead, { attributes, identity, notes }: Instance): JsonObject {
  const metadata: JsonObject = { mode: head.mode }
  if (head.module !== null) metadata.module = head.module
  if (head.provider !== null) metadata.provider = head.provider
  const cloudId = asText(own(attributes, 'id'))
  if (cloudId !== null) metadata.cloud_id = cloudId
  if (identity !== undefined && identity !== null) metadata.identity = identity
  return Object.assign(metadata, notes)
}
