import { z } from 'zod'

/** A JSON value as the engine holds it. A number that a double can't hold exactly is a raw JSON number (see json.ts). */
export type Json = null | boolean | number | string | RawNumber | Json[] | { [name: string]: Json }

/** What `JSON.rawJSON` makes: the source text of a number, kept as it was written. */
export interface RawNumber {
  readonly rawJSON: string
}

const nullableText = z.string().nullable().optional()
const object = z.record(z.string(), z.unknown())

/** VAINO's own resource JSON. Fields that it doesn't name are kept as they come, and are not compared. */
export const resourceSchema = z.looseObject({
  id: z.string().min(1).max(4096).meta({ description: 'Unique in its scope.' }),
  type: z.string().min(1).max(512).meta({ example: 'aws_instance' }),
  provider: z.string().min(1).max(256).meta({ example: 'aws' }),
  name: nullableText,
  account: nullableText,
  region: nullableText,
  namespace: nullableText,
  uid: nullableText.meta({ description: 'Changes when a thing is deleted and re-created under the same key.' }),
  configuration: object.nullable().optional(),
  metadata: object.nullable().optional().meta({ description: 'Kept, never compared.' }),
  tags: object.nullable().optional(),
})

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
export const comparedFields = ['type', 'name', 'account', 'region', 'namespace', 'configuration', 'tags'] as const

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
