import { awsIdentities } from '../../connectors/aws/identity.ts'
import { gcpIdentities } from '../../connectors/gcp/identity.ts'
import type { Identities } from '../../connectors/identity.ts'

/** The systems whose collected things Terraform's states are joined with; one line a system. */
const systems: readonly Identities[] = [awsIdentities, gcpIdentities]

const byProvider = new Map(systems.map((system) => [system.provider, system]))

/** How a system names things, by the first part of its scopes. */
export const identitiesOf = (provider: string): Identities | undefined => byProvider.get(provider)

/** What an instance of a state is collected as, by whichever system has such things. */
export function partnerOf(...instance: Parameters<Identities['partnerOf']>) {
  for (const system of systems) {
    const partner = system.partnerOf(...instance)
    if (partner !== null) return { ...partner, provider: system.provider }
  }
  return null
}

/** Scopes of what is collected begin so. */
export const collectedScopes: readonly string[] = systems.map(({ provider }) => `${provider}/`)

/** Scopes of states, and of what was read live, begin so. */
export const terraformScopes = 'terraform/'
