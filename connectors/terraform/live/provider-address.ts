import { stateOnlyProviders } from '../../../model/drift.ts'

/** A provider configuration: a `provider` block of one module, with or without an alias. */
export interface ConfigurationAddress {
  /** `registry.terraform.io/hashicorp/aws.eu`; of a block in a module, the module's path and a dot before it. */
  readonly name: string
  /** `registry.terraform.io/hashicorp/aws`, never OpenTofu's host: the two registries are mirrors of each other. */
  readonly provider: string
}

/** OpenTofu writes its own host for the same providers. */
const tofuHost = /(?<![^.])registry\.opentofu\.org\//

/** States before Terraform 0.13 name no namespace, and an upgrade of them writes `-`. */
const ofNoNamespace = (type: string): string => `registry.terraform.io/hashicorp/${type}`

/**
 * Reads what a state says of a resource's provider: `provider["registry.terraform.io/hashicorp/aws"].eu`,
 * `module.net.provider["…"]`, and `provider.aws.eu` of states before Terraform 0.13.
 * @param type of the resource, whose first word names the provider where the state doesn't
 */
export function parseConfigurationAddress(text: string | null, type: string): ConfigurationAddress {
  const current = /^(?:(.+)\.)?provider\["([^"]+)"\](?:\.([^.]+))?$/.exec(text ?? '')
  const old = current === null ? /^(?:(.+)\.)?provider\.([^.[\]]+)(?:\.([^.]+))?$/.exec(text ?? '') : null
  const [, module, address, alias] = current ?? old ?? []
  const provider = providerOf(address ?? type.replace(/_.*$/s, ''), current !== null)
  return {
    name: `${module === undefined ? '' : `${module}.`}${provider}${alias === undefined ? '' : `.${alias}`}`,
    provider,
  }
}

/** @param isWhole whether it has a host and a namespace */
function providerOf(address: string, isWhole: boolean): string {
  const isLegacy = !isWhole || address.includes('/-/')
  return isLegacy ? ofNoNamespace(address.split('/').at(-1) ?? address) : withTerraformsHost(address)
}

export const withTerraformsHost = (text: string): string => text.replace(tofuHost, 'registry.terraform.io/')

/** Whether a text can be the name of a provider configuration, with either host. */
export const isConfigurationName = (text: string): boolean =>
  /^(?:module\..+\.)?[^/\s]+\/[^/\s]+\/[^/.\s]+(?:\.[^./\s]+)?$/.test(text)

/** Providers of things that exist in a state alone: reading one tells nothing, so none is read, and none is counted. */
const readNothing = new Set(stateOnlyProviders.map(ofNoNamespace))

export const readsNothing = (provider: string): boolean =>
  readNothing.has(provider) || provider.startsWith('terraform.io/builtin/')
