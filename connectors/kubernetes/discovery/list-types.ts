import { rulesFor } from '../../../model/array-identity.ts'
import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'
import { nameOfKind, type ServedKind } from './kinds.ts'

/** What a schema says of a kind's lists, as `metadata.schema` carries it: dotted paths without positions, a map's names one step `*`. */
export interface ListTypes {
  readonly sets: readonly string[]
  /** Of a list of objects the members that tell one from another, with `+` between. */
  readonly keyed: Readonly<Record<string, string>>
}

/** A recursive schema ends here; so does one that is deeper than any object. */
const maxDepth = 40
/** Schemas that are looked at for one kind: those of Argo's workflows are 30,000. */
const maxNodes = 200_000
/** Lists of one kind that are said; a document carries them. The shortest paths first. */
const maxLists = 100

/** `set`, the keys of a `map`, or null where the position counts. */
type ListType = { readonly set: true } | { readonly keys: string } | null

/**
 * The lists of a kind that are sets, or whose elements have an identity, by its OpenAPI v3 document (`x-kubernetes-list-type`,
 * `-list-map-keys`, `-patch-merge-key`). Left out is what the shipped tables say already, and a list whose name, and that of the member around it, another
 * list of another type has too.
 */
export function listTypesOf(document: JsonObject, kind: ServedKind): ListTypes {
  const schemas = objectIn(objectIn(document.components).schemas)
  const root = Object.values(schemas).find((schema) => isSchemaOf(schema, kind))
  const found = new Map<string, ListType>()
  const walk = { schemas, found, nodes: 0 }
  for (const [name, schema] of Object.entries(objectIn(objectIn(root).properties)))
    if (!passedOver.has(name)) visit(walk, schema, [name], 0)
  return written(found, nameOfKind(kind))
}

/** Compared by their own rules, or not at all. */
const passedOver = new Set(['apiVersion', 'kind', 'metadata', 'status'])

interface Walk {
  readonly schemas: JsonObject
  readonly found: Map<string, ListType>
  nodes: number
}

function visit(walk: Walk, value: Json | undefined, path: readonly string[], depth: number): void {
  if (depth > maxDepth || ++walk.nodes > maxNodes) return
  const schema = resolved(walk.schemas, value)
  if (schema.items !== undefined) {
    walk.found.set(path.join('.'), listTypeOf(schema))
    visit(walk, schema.items, path, depth + 1)
  }
  for (const [name, member] of Object.entries(objectIn(schema.properties)))
    if (!name.includes('.')) visit(walk, member, [...path, name], depth + 1)
  if (isObject(schema.additionalProperties ?? null)) visit(walk, schema.additionalProperties, [...path, '*'], depth + 1)
}

function listTypeOf(schema: JsonObject): ListType {
  const type = schema['x-kubernetes-list-type']
  if (type === 'set') return { set: true }
  const keys = schema['x-kubernetes-list-map-keys'] ?? null
  if (type === 'map' && Array.isArray(keys) && keys.length > 0) return { keys: keys.join('+') }
  const mergeKey = schema['x-kubernetes-patch-merge-key']
  return type === undefined && typeof mergeKey === 'string' ? { keys: mergeKey } : null
}

/** A schema stands in its place, or is referred to, alone or with a description beside it (`allOf` of one). */
function resolved(schemas: JsonObject, value: Json | undefined): JsonObject {
  const schema = objectIn(value)
  const [inner = null] = Array.isArray(schema.allOf) ? schema.allOf : []
  const reference = schema.$ref ?? objectIn(inner).$ref
  if (typeof reference !== 'string') return schema
  const { allOf: _allOf, $ref: _ref, ...beside } = schema
  return { ...objectIn(schemas[reference.replace('#/components/schemas/', '')]), ...beside }
}

function isSchemaOf(schema: Json, { group, version, kind }: ServedKind): boolean {
  const names = objectIn(schema)['x-kubernetes-group-version-kind'] ?? null
  return (
    Array.isArray(names) &&
    names.some((name) => {
      const one = objectIn(name)
      return one.group === group && one.version === version && one.kind === kind
    })
  )
}

function written(found: ReadonlyMap<string, ListType>, kind: string): ListTypes {
  const byName = Map.groupBy(found, ([path]) => nameIn(path))
  const sets: string[] = []
  const keyed: Record<string, string> = {}
  const told = [...byName.values()]
    .filter((lists) => new Set(lists.map(([, type]) => JSON.stringify(type))).size === 1)
    .flatMap((lists) => lists.slice(0, 1))
    .filter(([path, type]) => type !== null && !isShipped(path, type, kind))
    .sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
  for (const [path, type] of told.slice(0, maxLists)) {
    if (type === null) continue
    if ('set' in type) sets.push(path)
    else keyed[path] = type.keys
  }
  return { sets, keyed }
}

/** What a list is known by when documents are compared: its name, and the nearest one around it. */
const nameIn = (path: string): string => path.split('.').slice(-2).join('.')

function isShipped(path: string, type: NonNullable<ListType>, kind: string): boolean {
  const [name = '', owner = 'configuration'] = path.split('.').reverse()
  const rule = rulesFor('kubernetes', kind).arrayRule(name, owner)
  if (rule === null) return false
  return 'set' in type ? rule.unordered : rule.identities.some((identity) => identity.join('+') === type.keys)
}

const objectIn = (value: Json | undefined): JsonObject => (isObject(value ?? null) ? (value as JsonObject) : {})
