import { configuredComparison, isFromState, rulesFor, rulesOfKind, type TypeRules } from './array-identity.ts'
import type { ComparisonTable } from './comparison-tables.ts'
import { isObject, type JsonObject } from './json.ts'
import type { Json, Resource } from './resource.ts'

/** Schemas in the cache: custom kinds of all clusters, as they are and as they were. With {@link maxSchemaLength} it has 4 MB at most. */
const maxCachedSchemas = 256
/** UTF-16 units of one that is used; that of a kind with a hundred lists has 4,000. */
const maxSchemaLength = 8192
const bySchema = new Map<string, TypeRules>()
let cachedFor = configuredComparison()

/**
 * The rules of one resource: those of its type and, of an object of a cluster, what the cluster's own schema says of its lists. Its connector
 * writes that into `metadata.schema`: `sets` and `keyed`, by dotted paths below `configuration`.
 */
export function rulesOf(resource: Pick<Resource, 'provider' | 'type' | 'metadata'>): TypeRules {
  const isState = isFromState(resource)
  const schema = resource.provider === 'kubernetes' && !isState ? (resource.metadata?.schema ?? null) : null
  const ofKind = schema === null ? null : rulesOfSchema(resource.type, schema)
  return ofKind ?? rulesFor(resource.provider, resource.type, isState)
}

/** Null for a schema that is none, or too long to be one of a kind. */
function rulesOfSchema(type: string, schema: Json): TypeRules | null {
  const text = `${type} ${JSON.stringify(schema)}`
  if (text.length > maxSchemaLength || !isObject(schema)) return null
  if (cachedFor !== configuredComparison() || bySchema.size >= maxCachedSchemas) {
    bySchema.clear()
    cachedFor = configuredComparison()
  }
  const rules = bySchema.get(text) ?? rulesOfKind(type, tableOf(schema))
  bySchema.set(text, rules)
  return rules
}

/** A list is known by its name and the nearest one around it: the last two names of its path. Of a map's own names nothing is known. */
function tableOf({ sets = null, keyed = null }: JsonObject): ComparisonTable {
  const field = (path: string): string[] => {
    const names = path.split('.').slice(-2)
    return names.includes('*') ? [] : [names.length === 1 ? `configuration.${path}` : names.join('.')]
  }
  return {
    types: [],
    sets: Array.isArray(sets) ? sets.flatMap((path) => (typeof path === 'string' ? field(path) : [])) : [],
    keyed: Object.fromEntries(
      Object.entries(isObject(keyed) ? keyed : {}).flatMap(([path, key]) =>
        typeof key === 'string' ? field(path).map((name) => [name, key]) : [],
      ),
    ),
  }
}
