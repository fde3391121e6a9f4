import type { TypeRules } from '../../../model/array-identity.ts'
import { isObject, type JsonObject, parseJson } from '../../../model/json.ts'
import type { Redactor } from '../../../model/redaction.ts'
import type { Json } from '../../../model/resource.ts'
import { apiVersionOf, nameOfKind, type ServedKind } from '../discovery/kinds.ts'
import { type Deviation, deviationsOf } from './compare-applied.ts'
import { type FieldSet, fieldSetsOf, has, havingIn } from './field-set.ts'
import { isOfAutoscaler, isScale, type Owned, ownerIn } from './owners.ts'
import { writtenFields } from './written-fields.ts'

export const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** Field managers that write without server-side apply what somebody wants to stand: Helm 3, Pulumi, Terraform's own resources. */
const appliers = /^(?:helm|pulumi|terraform|hashicorp|argocd|kapp|werf|skaffold|kustomize-controller|helm-controller)/i

/** JSON of a manager's fields beyond this is not kept: what it wants is not known then. That of a large Deployment has 10 kB. */
const maxFieldsLength = 64 * 1024

/**
 * What somebody applied to an object, and what of it is not there any more, for `metadata.applied`; null where nothing was. Read before the
 * object is redacted; what is answered is redacted.
 * - `by: last-applied`: kubectl's annotation has the values. `fields` are those that are others now and whose owner by `managedFields` isn't who
 *   applied them: what the server, or an admission webhook, made of the applied value is the applier's own.
 * - `by: managed-fields`: server-side apply keeps which fields an applier has, not their values; `appliers` carries these sets.
 */
export function appliedOf(
  object: JsonObject,
  as: { readonly kind: ServedKind; readonly rules: TypeRules; readonly redactor: Redactor },
): JsonObject | null {
  const { metadata = null } = object
  if (!isObject(metadata)) return null
  const sets = fieldSetsOf(metadata.managedFields)
  const { annotations = null } = metadata
  const text = isObject(annotations) ? (annotations[lastApplied] ?? null) : null
  const writers = sets.filter(({ fields }) => has(fields, annotationPath))
  if (typeof text === 'string' && !isHandedOver(writers, sets)) {
    const said = lastAppliedOf(text, object, { ...as, sets, writers })
    if (said !== null) return said
  }
  const applying = sets.filter(isApplier)
  if (applying.length === 0) return null
  if (JSON.stringify(applying).length > maxFieldsLength) return { by: 'managed-fields', problem: 'too_large' }
  return {
    by: 'managed-fields',
    appliers: applying.map(({ manager, operation, time, fields }) => ({ manager, operation, time, fields })),
  }
}

const annotationPath = [{ name: 'metadata' }, { name: 'annotations' }, { name: lastApplied }]

const isApplier = ({ subresource, operation, manager }: FieldSet): boolean =>
  subresource === null && (operation === 'Apply' || appliers.test(manager))

/** Whether somebody who applies on the server has taken over since the annotation was written: it says what was wanted before. */
function isHandedOver(writers: readonly FieldSet[], sets: readonly FieldSet[]): boolean {
  const writtenAt = ownerIn(writers)?.time ?? null
  if (writtenAt === null) return false
  return sets.some(
    ({ operation, subresource, time }) =>
      operation === 'Apply' && subresource === null && time !== null && time > writtenAt,
  )
}

interface Looking {
  readonly kind: ServedKind
  readonly rules: TypeRules
  readonly redactor: Redactor
  readonly sets: readonly FieldSet[]
  /** Who has the annotation. */
  readonly writers: readonly FieldSet[]
}

/** @returns null where the annotation is another object's, which a controller has copied */
function lastAppliedOf(text: string, object: JsonObject, looking: Looking): JsonObject | null {
  const { kind, redactor, rules, writers } = looking
  const writer = ownerIn(writers)
  const by = { by: 'last-applied', manager: writer?.manager ?? null, time: writer?.time ?? null }
  const version = redactor.redactValue(text)
  let wanted: Json = null
  try {
    wanted = parseJson(text)
  } catch {
    // Said as a problem below.
  }
  if (!isObject(wanted)) return { ...by, version, problem: 'unreadable' }
  if (wanted.kind !== kind.kind || nameOf(wanted) !== nameOf(object)) return null
  // Fields are named otherwise there: nothing can be compared.
  if (wanted.apiVersion !== apiVersionOf(kind)) return { ...by, version, problem: 'other_version' }
  const name = nameOfKind(kind)
  const [want, found] = [comparedOf(wanted, name), comparedOf(object, name)]
  const deviations = deviationsOf(want, found, rules).flatMap((one) => standing(one, looking))
  if (deviations.length === 0) return { ...by, version }
  return { ...by, version, ...writtenFields(deviations, want, found, { kind: name, redactor }) }
}

function nameOf({ metadata = null }: JsonObject): Json {
  return isObject(metadata) ? (metadata.name ?? null) : null
}

/** What of an object can be applied: not its status, and of `metadata` labels and annotations. */
function comparedOf(
  { apiVersion: _version, kind: _kind, status: _status, metadata = null, ...own }: JsonObject,
  kind: string,
): JsonObject {
  const { labels = null, annotations = null } = isObject(metadata) ? metadata : {}
  const { [lastApplied]: _applied, ...others } = isObject(annotations) ? annotations : {}
  const said = kind === 'Secret' ? inData(own) : own
  return { ...said, metadata: { ...(isObject(labels) ? { labels } : {}), annotations: others } }
}

/** `stringData` of a Secret is written into its `data`. */
function inData({ data = null, stringData = null, ...own }: JsonObject): JsonObject {
  const encoded = Object.entries(isObject(stringData) ? stringData : {}).map(([name, value]) => [
    name,
    Buffer.from(typeof value === 'string' ? value : '').toString('base64'),
  ])
  const given = Object.entries(isObject(data) ? data : {}).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replaceAll(/\s/g, '') : value,
  ])
  return { ...own, data: Object.fromEntries([...given, ...encoded]) as JsonObject }
}

/** Empty where the deviation is no drift: its applier still owns the field, the applier has applied another value on the server, or an autoscaler owns it. */
function standing(one: Deviation, { sets, writers }: Looking): Owned[] {
  if (one.found === undefined) return [{ ...one, owner: null, isSure: one.wasTaken }]
  const owners = havingIn(sets, one.path)
  if (owners.some((owner) => owner.operation === 'Apply' || writers.includes(owner))) return []
  if (isScale(one.path) && owners.some(isOfAutoscaler)) return []
  return [{ ...one, owner: ownerIn(owners), isSure: owners.length > 0 }]
}
