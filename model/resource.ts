/** A JSON value as the engine holds it. A number that a double can't hold exactly is a raw JSON number (see json.ts). */
export type Json = null | boolean | number | string | RawNumber | Json[] | { [name: string]: Json }

/** What `JSON.rawJSON` makes: the source text of a number, kept as it was written. */
export interface RawNumber {
  readonly rawJSON: string
}

/** VAINO's own resource JSON, as `resourceSchema` checks it. Fields that it doesn't name are kept as they come, and are not compared. */
export interface Resource {
  id: string
  type: string
  provider: string
  name?: string | null
  account?: string | null
  region?: string | null
  namespace?: string | null
  uid?: string | null
  configuration?: { [name: string]: Json } | null
  metadata?: { [name: string]: Json } | null
  tags?: { [name: string]: Json } | null
  [other: string]: Json | undefined
}

/** The fields in which a difference is a change; `metadata` and every unnamed field are not. */
export const comparedFields = [
  'type',
  'name',
  'account',
  'region',
  'namespace',
  'provider',
  'configuration',
  'tags',
] as const

/** What a change says of its resource without its documents. */
export interface ResourceHeader {
  provider: string
  account: string | null
  region: string | null
  namespace: string | null
  type: string
  id: string
  name: string | null
}

export const headerOf = (resource: Resource): ResourceHeader => ({
  provider: resource.provider,
  account: resource.account ?? null,
  region: resource.region ?? null,
  namespace: resource.namespace ?? null,
  type: resource.type,
  id: resource.id,
  name: resource.name ?? null,
})
