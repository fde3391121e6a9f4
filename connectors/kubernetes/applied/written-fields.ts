import { fieldStep, keyedStep, memberStep, pathOf, positionStep, type Step } from '../../../model/field-path.ts'
import { isObject, type JsonObject, parseJson } from '../../../model/json.ts'
import type { Redactor } from '../../../model/redaction.ts'
import type { Json } from '../../../model/resource.ts'
import { redactSecret } from '../objects/secrets.ts'
import type { ApiStep } from './field-set.ts'
import type { Owned } from './owners.ts'

/** Fields that a document carries; the number of the others is said. */
const maxFields = 100

/** Deviations as they stand in a document, with both values redacted as the objects are that they stand in. */
export function writtenFields(
  deviations: readonly Owned[],
  wanted: JsonObject,
  found: JsonObject,
  { kind, redactor }: { readonly kind: string; readonly redactor: Redactor },
): JsonObject {
  const [want, is] = [redacted(wanted, kind, redactor), redacted(found, kind, redactor)]
  const fields = deviations.slice(0, maxFields).map(({ path, owner, isSure }) => ({
    path: pathText(path),
    before: valueAt(wanted, want, path) ?? null,
    after: valueAt(found, is, path) ?? null,
    owner:
      owner === null
        ? null
        : { manager: owner.manager, operation: owner.operation, subresource: owner.subresource, time: owner.time },
    ...(isSure ? {} : { unsure: true }),
  }))
  const omitted = deviations.length - fields.length
  return { fields, ...(omitted === 0 ? {} : { omitted }) }
}

function redacted(object: JsonObject, kind: string, redactor: Redactor): JsonObject {
  const copy = parseJson(JSON.stringify(object)) as JsonObject
  if (kind === 'Secret') redactSecret(copy, redactor)
  redactor.redactResource({ id: '-', type: kind, provider: 'kubernetes', configuration: copy })
  return copy
}

/** The value in a redacted copy, found by the way that leads to it in the original. */
function valueAt(original: Json, copy: Json, path: readonly ApiStep[]): Json | undefined {
  let [at, value]: [Json | undefined, Json | undefined] = [original, copy]
  for (const step of path) {
    const place = placeOf(at, step)
    if (place === null) return undefined
    at = (at as Record<string, Json>)[place]
    value = (value as Record<string, Json> | undefined)?.[place]
  }
  return value
}

function placeOf(value: Json | undefined, step: ApiStep): string | number | null {
  if ('name' in step) return isObject(value ?? null) && Object.hasOwn(value as JsonObject, step.name) ? step.name : null
  if (!Array.isArray(value)) return null
  if ('member' in step) return orNull(value.indexOf(step.member))
  const { element, at, keys } = step
  if (keys.length === 0) return at < value.length ? at : null
  return orNull(
    value.findIndex(
      (one) =>
        isObject(one) &&
        isObject(element) &&
        keys.every((key) => element[key] === undefined || String(one[key]) === String(element[key])),
    ),
  )
}

const orNull = (place: number): number | null => (place < 0 ? null : place)

/** As changes write paths: `spec.template.spec.containers[name=web].image`. */
export const pathText = (path: readonly ApiStep[]): string => pathOf(stepsOf(path))

function stepsOf(path: readonly ApiStep[]): Step {
  let up: Step | null = null
  for (const step of path) {
    if ('name' in step) up = fieldStep(up, step.name)
    else if (up === null) continue
    else if ('member' in step) up = memberStep(up, step.member, 0)
    else if (step.keys.length === 0) up = positionStep(up, step.at)
    else up = keyedStep(up, step.element, step.keys, step.at, step.at)
  }
  return up ?? fieldStep(null, '')
}
