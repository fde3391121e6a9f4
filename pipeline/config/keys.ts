import { z } from 'zod'
import { configSchema } from './schema.ts'
import { sourceSchemas } from './source-schema.ts'

/** What a key of the configuration is, as its JSON Schema says. */
export interface KeySchema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, KeySchema>>
  readonly additionalProperties?: unknown
  readonly items?: KeySchema
  readonly anyOf?: readonly KeySchema[]
  readonly oneOf?: readonly KeySchema[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly 'x-instead'?: string
  readonly 'x-moved'?: string
  readonly 'x-secret'?: boolean
  readonly 'x-default'?: string
}

export type KeyPath = readonly PropertyKey[]

/** The JSON Schema (2020-12) of `vaino.yaml`; a source's object form has the keys of its kind. */
export function jsonSchema(): KeySchema {
  const schema = z.toJSONSchema(configSchema, { io: 'input' }) as KeySchema
  const sources = schema.properties?.sources
  const [text] = sources?.items?.anyOf ?? []
  if (sources === undefined || text === undefined) return schema
  const objects = sourceSchemas.map((one): KeySchema => {
    const { $schema: _, ...object } = z.toJSONSchema(one, { io: 'input' })
    return object as KeySchema
  })
  const items = { ...sources.items, anyOf: [text, ...objects] }
  return { ...schema, properties: { ...schema.properties, sources: { ...sources, items } } }
}

/** The schema of all values of a map, whose keys are the user's. */
export function valuesOf({ additionalProperties: values }: KeySchema): KeySchema | undefined {
  return typeof values === 'object' && values !== null ? (values as KeySchema) : undefined
}

/** The schema of a key: in a block, in a map, or in the variant of a block that has it. */
const memberOf = (schema: KeySchema, name: string): KeySchema | undefined =>
  schema.properties?.[name] ??
  valuesOf(schema) ??
  variantsOf(schema).find(({ properties }) => properties?.[name] !== undefined)?.properties?.[name]

/** The variants of a block, those of variants too. */
export const variantsOf = ({ anyOf = [], oneOf = [] }: KeySchema): readonly KeySchema[] =>
  [...anyOf, ...oneOf].flatMap((variant) => [variant, ...variantsOf(variant)])

/** The schema at a path; `null` where there is no such key. */
export function schemaAt(root: KeySchema, path: KeyPath): KeySchema | null {
  let schema: KeySchema | undefined = root
  for (const part of path) {
    schema = typeof part === 'number' ? schema.items : memberOf(schema, String(part))
    if (schema === undefined) return null
  }
  return schema
}

export interface Leaf {
  readonly path: readonly string[]
  readonly schema: KeySchema
}

/** Every key that holds a value rather than other keys, in the order of the schema. */
export function leaves(schema: KeySchema, path: readonly string[] = []): Leaf[] {
  if (schema.properties === undefined) return [{ path, schema }]
  return Object.entries(schema.properties).flatMap(([name, inner]) => leaves(inner, [...path, name]))
}

/** `sources[0].where` */
export const formatPath = (path: KeyPath): string =>
  path.map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`)).join('')

/** `VAINO_STORAGE__WORKERS` for `storage.workers`. */
export const variableOf = (path: readonly string[]): string => `VAINO_${path.join('__').toUpperCase()}`
