import { isObject, type JsonObject } from '../../../model/json.ts'
import type { Redactor } from '../../../model/redaction.ts'
import type { Json, Resource } from '../../../model/resource.ts'
import { rulesOf } from '../../../model/resource-rules.ts'
import { appliedOf, lastApplied } from '../applied/applied.ts'
import { apiVersionOf, nameOfKind, type ServedKind } from '../discovery/kinds.ts'
import type { ListTypes } from '../discovery/list-types.ts'
import { type Manager, managersOf } from './attribution.ts'
import { isNoise, omittedStatus } from './noise.ts'
import { lastAppliedSecret, redactSecret } from './secrets.ts'
import { comparedStatus } from './status-fields.ts'

/** Members of an object's metadata that are compared, beside its labels, which are tags. */
const comparedMetadata = ['ownerReferences', 'finalizers', 'deletionTimestamp'] as const

export interface ReadObject {
  readonly resource: Resource
  /** Who has set its fields. */
  readonly managers: readonly Manager[]
  /** How many of it are wanted, where it can be scaled; else null. */
  readonly replicas: number | null
}

/** The id of an object in its scope; null for what is no object. */
export function idOf({ metadata = null }: JsonObject): string | null {
  if (!isObject(metadata) || typeof metadata.name !== 'string' || metadata.name === '') return null
  return typeof metadata.namespace === 'string' && metadata.namespace !== ''
    ? `${metadata.namespace}/${metadata.name}`
    : metadata.name
}

/**
 * An object of the API as a resource, redacted. `configuration` has its own members and what is compared of `metadata` and `status`; the
 * rest stands in `metadata`. Takes the object apart: it is not to be used afterwards.
 * @returns null where it has no name
 */
export function readObject(
  object: JsonObject,
  { kind, lists }: { readonly kind: ServedKind; readonly lists: ListTypes | null },
  cluster: string,
  redactor: Redactor,
): ReadObject | null {
  const id = idOf(object)
  if (id === null) return null
  const { apiVersion: _version, kind: _kind, metadata: said = null, status = null, ...own } = object
  const metadata = isObject(said) ? said : {}
  const name = nameOfKind(kind)
  const rules = rulesOf({ provider: 'kubernetes', type: name, metadata: schemaIn(lists) })
  const applied = appliedOf(object, { kind, rules, redactor })
  const annotations = splitAnnotations(metadata.annotations ?? null)
  if (name === 'Secret') {
    redactSecret(own, redactor)
    const text = annotations.noise[lastApplied]
    if (typeof text === 'string') annotations.noise[lastApplied] = lastAppliedSecret(text, redactor)
  }
  const compared = isObject(status) ? comparedStatus(name, status) : {}
  const managers = managersOf(metadata)
  const resource: Resource = {
    id,
    type: name,
    provider: 'kubernetes',
    name: textIn(metadata, 'name'),
    account: cluster,
    namespace: textIn(metadata, 'namespace'),
    uid: textIn(metadata, 'uid'),
    configuration: {
      ...unlessEmpty('metadata', {
        ...unlessEmpty('annotations', annotations.own),
        ...Object.fromEntries(
          comparedMetadata.flatMap((member) => (metadata[member] === undefined ? [] : [[member, metadata[member]]])),
        ),
      }),
      ...own,
      ...unlessEmpty('status', compared),
    },
    tags: isObject(metadata.labels ?? null) ? (metadata.labels as JsonObject) : {},
    metadata: {
      api_version: apiVersionOf(kind),
      created_at: metadata.creationTimestamp ?? null,
      generation: metadata.generation ?? null,
      resource_version: metadata.resourceVersion ?? null,
      ...schemaIn(lists),
      ...unlessEmpty('annotations', annotations.noise),
      ...(managers.length === 0 ? {} : { managers: managers.map((one) => ({ ...one })) }),
      ...(isObject(status) ? unlessEmpty('status', restOf(status)) : {}),
    },
  }
  redactor.redactResource(resource)
  // Redacted already, but for the names of fields.
  if (applied !== null) Object.assign(resource.metadata ?? {}, { applied })
  return { resource, managers, replicas: replicasIn(own) }
}

function replicasIn({ spec = null }: JsonObject): number | null {
  const replicas = isObject(spec) ? spec.replicas : null
  return typeof replicas === 'number' ? replicas : null
}

function splitAnnotations(annotations: Json): { readonly own: JsonObject; readonly noise: JsonObject } {
  const own: JsonObject = {}
  const noise: JsonObject = {}
  for (const [name, value] of Object.entries(isObject(annotations) ? annotations : {}))
    if (isNoise(name)) noise[name] = value
    else own[name] = value
  return { own, noise }
}

const textIn = (object: JsonObject, name: string): string | null => {
  const value = object[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** Comparing finds it there: `rulesOf` of the model. */
function schemaIn(lists: ListTypes | null): JsonObject {
  if (lists === null) return {}
  return unlessEmpty('schema', {
    ...(lists.sets.length === 0 ? {} : { sets: [...lists.sets] }),
    ...unlessEmpty('keyed', { ...lists.keyed }),
  })
}

const unlessEmpty = (name: string, object: JsonObject): JsonObject =>
  Object.keys(object).length === 0 ? {} : { [name]: object }

const restOf = (status: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(status).filter(([name]) => !omittedStatus.has(name)))
