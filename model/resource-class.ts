import type { Resource, ResourceHeader } from './resource.ts'

/** What live resources can be counted by. */
export const dimensions = ['provider', 'account', 'location', 'type', 'scope'] as const
export type Dimension = (typeof dimensions)[number]

/** What a resource has in common with many others: they are counted, and filtered, by it. */
export type ResourceClass = Pick<ResourceHeader, 'provider' | 'account' | 'region' | 'namespace' | 'type'>

export const classOf = (resource: Resource | ResourceHeader): ResourceClass => ({
  provider: resource.provider,
  account: resource.account ?? null,
  region: resource.region ?? null,
  namespace: resource.namespace ?? null,
  type: resource.type,
})

export const sameClass = (a: ResourceClass, b: ResourceClass): boolean =>
  a.type === b.type &&
  a.region === b.region &&
  a.namespace === b.namespace &&
  a.account === b.account &&
  a.provider === b.provider
