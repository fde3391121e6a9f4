import type { Redactor } from '../../model/redaction.ts'
import type { Json, Resource } from '../../model/resource.ts'
import { formatAddress, formatInstance, providerName, type ResourceAddress } from './address.ts'
import { asObject, asText, type JsonObject, own } from './parse-bytes.ts'
import { placementOf, takeTags } from './placement.ts'
import { redactSensitive } from './sensitive.ts'

/** What a state says of a resource apart from its instances, and says the same in every format. */
export interface ResourceHead extends ResourceAddress {
  /** The provider's address as the state has it. */
  readonly provider: string | null
}

/** One object of a resource: an instance, or a deposed one. */
export interface Instance {
  readonly index: Json | undefined
  readonly deposed: string | null
  readonly tainted: boolean
  /** Ours to change. */
  readonly attributes: JsonObject
  readonly sensitivePaths: Json | undefined
  readonly identity: Json | undefined
  /** What is kept in `metadata` as it stands: `schema_version`, `dependencies`, `create_before_destroy`. */
  readonly notes: JsonObject
}

export const addressOf = (head: ResourceHead, index?: Json, deposed: string | null = null): string =>
  formatInstance(formatAddress(head), index, deposed)

/**
 * Makes a resource of an instance, its fields always in the same order: the engine compares bytes first, and equal
 * attributes must give equal bytes. `metadata` is what describes terraform's bookkeeping, not the thing.
 */
export function toResource(head: ResourceHead, instance: Instance, redactor: Redactor): Resource {
  const id = addressOf(head, instance.index, instance.deposed)
  const configuration = instance.attributes
  const provider = providerName(head.provider, head.type)
  redactSensitive(configuration, instance.sensitivePaths, redactor)
  const tags = takeTags(configuration)
  const identity = asObject(instance.identity) ?? {}
  const place = placementOf(provider, configuration, identity, tags, head.name)
  const cloudId = asText(own(configuration, 'id'))
  // A taint announces that the thing will be replaced, which is worth a change. No attribute can be called `lifecycle`:
  // terraform reserves the name.
  if (instance.tainted) configuration.lifecycle = { tainted: true }
  return {
    id,
    type: head.type,
    name: place.name,
    provider,
    account: place.account,
    region: place.region,
    namespace: place.namespace,
    configuration,
    metadata: {
      mode: head.mode,
      ...(head.module === null ? {} : { module: head.module }),
      ...(head.provider === null ? {} : { provider: head.provider }),
      ...(cloudId === null ? {} : { cloud_id: cloudId }),
      ...(instance.identity === undefined || instance.identity === null ? {} : { identity: instance.identity }),
      ...instance.notes,
    },
    tags,
  }
}
