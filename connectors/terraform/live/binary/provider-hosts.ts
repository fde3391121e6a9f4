/** Terraform's registry and OpenTofu's have the same providers under the same names, and each of the two rewrites the other's addresses. */
const sameRegistry = ['registry.terraform.io', 'registry.opentofu.org'] as const

/** An address of a provider and the one that is the same provider, the given one first. */
export function addressesOf(address: string): readonly string[] {
  const host = sameRegistry.find((one) => address.startsWith(`${one}/`))
  if (host === undefined) return [address]
  const others = sameRegistry.filter((one) => one !== host)
  return [address, ...others.map((other) => other + address.slice(host.length))]
}
