import { parseJson } from '../../../model/json.ts'
import type { Redactor } from '../../../model/redaction.ts'
import type { Json, Resource } from '../../../model/resource.ts'
import { asObject, type JsonObject, own } from '../parse-bytes.ts'
import { toResource } from '../resource.ts'
import type { ManagedInstance } from './instances.ts'
import type { Binary, Reading, TypeSchema } from './provider/provider.ts'

type Present = Extract<Reading, { kind: 'present' }>

/** What a live document says of how it was read. */
export interface ReadBy {
  readonly binary: Binary
  readonly schema: TypeSchema
  readonly redactor: Redactor
}

/** What tells a thing from another of the same make; it is compared although only the provider sets it. */
const identities = new Set(['id', 'arn', 'uid', 'unique_id', 'self_link', 'metadata.uid'])

/**
 * The document of a real thing: what a state would hold after a refresh, made by the same function, so that equal attributes give an equal
 * document. What only the provider sets stands in `metadata.computed`, because it moves by itself.
 */
export function liveResource(asked: ManagedInstance, answer: Present, { binary, schema, redactor }: ReadBy): Resource {
  const resource = toResource(
    asked.head,
    {
      ...asked.instance,
      // The caller may compare the answer with another one.
      attributes: copyOf(answer.attributes),
      identity: copyOf(answer.identity ?? asked.instance.identity ?? null),
      sensitiveInSchema: schema.sensitive,
    },
    redactor,
  )
  const configuration = resource.configuration ?? {}
  const computed = takeOut(
    configuration,
    schema.computedOnly.filter((path) => !identities.has(path)),
  )
  for (const path of schema.sets)
    if (schema.computedOnly.some((inner) => inner.startsWith(`${path}.`))) sortAt(configuration, path)
  Object.assign(resource.metadata ?? {}, {
    computed,
    schema: {
      provider: binary.address,
      version: binary.version,
      ...listed('sets', schema.sets),
      ...listed('optional_computed', schema.optionalComputed),
      ...listed('blocks', schema.blocks),
      ...listed('computed', schema.computedOnly),
    },
    provider_configuration: asked.configuration.name,
  })
  redactor.redactResource(resource)
  return resource
}

/** The state's own document of an instance, as it stands in the state's scope. */
export function desiredResource({ head, instance }: ManagedInstance, redactor: Redactor): Resource {
  const identity = instance.identity === undefined ? undefined : copyOf(instance.identity)
  const resource = toResource(head, { ...instance, attributes: copyOf(instance.attributes), identity }, redactor)
  redactor.redactResource(resource)
  return resource
}

/** A structured clone would lose the digits of large numbers. */
const copyOf = <T extends Json>(value: T): T => parseJson(JSON.stringify(value)) as T

const listed = (name: string, paths: readonly string[]): Readonly<Record<string, readonly string[]>> =>
  paths.length === 0 ? {} : { [name]: paths }

/**
 * Takes out of a configuration what stands at the paths (dotted, without positions; `*` is each key of a map).
 * @returns what was there, by path; a list where it was there more than once
 */
export function takeOut(configuration: JsonObject, paths: readonly string[]): JsonObject {
  const taken: JsonObject = {}
  for (const path of paths) {
    const values = takeAt(configuration, path.split('.'))
    const [value] = values
    if (value !== undefined) taken[path] = values.length === 1 ? value : values
  }
  return taken
}

function takeAt(value: Json | undefined, steps: readonly string[]): Json[] {
  if (Array.isArray(value)) return value.flatMap((element) => takeAt(element, steps))
  const object = asObject(value)
  const [step, ...rest] = steps
  if (object === null || step === undefined) return []
  const names = step === '*' ? Object.keys(object) : Object.hasOwn(object, step) ? [step] : []
  return names.flatMap((name) => {
    const inner = own(object, name)
    if (rest.length > 0) return takeAt(inner, rest)
    delete object[name]
    return inner === undefined ? [] : [inner]
  })
}

/** Elements of a set stand in the order of what is left of them. */
function sortAt(value: Json | undefined, path: string): void {
  const at = (inner: Json | undefined, steps: readonly string[]): void => {
    if (steps.length === 0) {
      if (Array.isArray(inner)) inner.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    } else if (Array.isArray(inner)) for (const element of inner) at(element, steps)
    else {
      const object = asObject(inner)
      const [step = '', ...rest] = steps
      if (object !== null) at(own(object, step), rest)
    }
  }
  at(value, path.split('.'))
}
