import { awsIdentities } from '../../connectors/aws/identity.ts'
import { gcpIdentities } from '../../connectors/gcp/identity.ts'
import type { Identities, PartsOfThings } from '../../connectors/identity.ts'
import { kubernetesIdentities } from '../../connectors/kubernetes/identity.ts'
import { type Key, keyOf, type Scope, splitScope } from '../../model/scope.ts'

/** The systems whose collected things Terraform's states are joined with; one line a system. */
const systems: readonly Identities[] = [awsIdentities, gcpIdentities, kubernetesIdentities]

const byProvider = new Map(systems.map((system) => [system.provider, system]))

/** How a system names things, by the first part of its scopes. */
export const identitiesOf = (provider: string): Identities | undefined => byProvider.get(provider)

/** How a system's things that states write in parts stand for these; undefined: it has none. */
export const partsOfSystem = (provider: string): PartsOfThings | undefined => identitiesOf(provider)?.parts

/** The key of the thing that a part's id belongs to; a thing's own key as it is. */
export function wholeKey(scope: Scope, id: string): Key {
  const { provider, collection } = splitScope(scope)
  const parts = partsOfSystem(provider)
  return keyOf(scope, parts?.has(collection) === true ? parts.wholeOf(id) : id)
}

/** Whether things of a scope are written in parts. */
export function isInParts(scope: Scope): boolean {
  const { provider, collection } = splitScope(scope)
  return partsOfSystem(provider)?.has(collection) === true
}

/** What an instance of a state is collected as, by whichever system has such things. */
export function partnerOf(...instance: Parameters<Identities['partnerOf']>) {
  for (const system of systems) {
    const partner = system.partnerOf(...instance)
    if (partner !== null) return { ...partner, provider: system.provider }
  }
  return null
}

/** The id under which a collected thing is wanted. */
export const wantedId = (provider: string, type: string, id: string): string =>
  identitiesOf(provider)?.seriesOf?.(type, id) ?? id

/** Whether what is wanted under an id is kept as several versions of it. */
export const isSeries = (provider: string, type: string, id: string): boolean =>
  identitiesOf(provider)?.seriesOf?.(type, `${id}.v1`) === id

/** Whether a collected thing is one of several versions of something. */
export const isVersion = (provider: string, type: string, id: string): boolean =>
  (identitiesOf(provider)?.seriesOf?.(type, id) ?? null) !== null

/** A configuration of another provider that leads to the same account by convention; null where there is none. */
export function siblingOf(configuration: string): string | null {
  for (const { placedByUid } of systems) {
    const sibling = placedByUid?.siblingOf(configuration) ?? configuration
    if (sibling !== configuration) return sibling
  }
  return null
}

/** Scopes of what is collected begin so. */
export const collectedScopes: readonly string[] = systems.map(({ provider }) => `${provider}/`)

/** Scopes of states, and of what was read live, begin so. */
export const terraformScopes = 'terraform/'
