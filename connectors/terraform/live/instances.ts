import type { Json } from '../../../model/resource.ts'
import { formatInstance } from '../address.ts'
import type { JsonObject } from '../parse-bytes.ts'
import { readEach, type StateReading } from '../read-state.ts'
import type { Instance, ResourceHead } from '../resource.ts'
import type { StateInstance } from './provider/provider.ts'
import { type ConfigurationAddress, parseConfigurationAddress, readsNothing } from './provider-address.ts'

/** A managed instance of a state, with all that reading the real thing needs. */
export interface ManagedInstance {
  /** Its address. */
  readonly id: string
  readonly head: ResourceHead
  /** Its attributes are this object's own, and clear. */
  readonly instance: Instance
  readonly configuration: ConfigurationAddress
}

/**
 * Reads the managed instances of a state that something real may stand behind, one by one; one is in memory at a time. Data sources, deposed
 * objects, and things that exist in a state alone (random, time) are left out.
 * @throws VainoError as `readState` does
 */
export async function readInstances(
  chunks: AsyncIterable<Uint8Array>,
  take: (instance: ManagedInstance) => Promise<void> | void,
): Promise<StateReading> {
  return readEach(chunks, {
    dataSources: false,
    make: (head, instance) => ({
      id: formatInstance(head.address, instance.index, instance.deposed),
      head,
      instance,
      configuration: parseConfigurationAddress(head.provider, head.type),
    }),
    take: async (found) => {
      if (found.instance.deposed === null && !readsNothing(found.configuration.provider)) await take(found)
    },
  })
}

/** What a provider is asked with. Made before the attributes are changed; numbers keep their digits. */
export const readOf = ({ id, head, instance }: ManagedInstance): StateInstance => ({
  address: id,
  type: head.type,
  schemaVersion: numberOf(instance.notes.schema_version),
  attributes: Buffer.from(JSON.stringify(instance.attributes)),
  private: instance.ofProvider.private,
  identity: instance.identity ?? null,
  identitySchemaVersion: instance.ofProvider.identityVersion,
})

const numberOf = (value: Json | undefined): number => (typeof value === 'number' ? value : 0)

/** A text attribute of an instance, `''` where there is none. */
export const textOf = (attributes: JsonObject, name: string): string => {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined
  return typeof value === 'string' ? value : ''
}
