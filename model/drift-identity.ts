import { isIncomparable } from './drift-values.ts'
import type { DriftField } from './drift-walk.ts'
import { isObject, type JsonObject } from './json.ts'
import type { Resource } from './resource.ts'

/** Attributes that name the thing itself. */
export const identities: ReadonlySet<string> = new Set(['id', 'arn', 'uid', 'unique_id', 'self_link'])

/** The identities that are known on both sides and differ: then another thing stands there. */
export function replacedBy(before: Resource, after: Resource): DriftField[] {
  const places: [string, JsonObject | null, JsonObject | null][] = [
    ['', before.configuration ?? null, after.configuration ?? null],
    ['metadata[0].', firstBlock(before), firstBlock(after)],
  ]
  const fields: DriftField[] = []
  for (const [prefix, was, is] of places) {
    for (const name of identities) {
      const [old, now] = [was?.[name], is?.[name]]
      if (typeof old !== 'string' || typeof now !== 'string' || old === '' || now === '') continue
      if (old === now || isIncomparable(old, now)) continue
      fields.push({ path: prefix + name, before: old, after: now })
    }
  }
  return fields
}

/** Kubernetes' `metadata` block, which holds its objects' uid. */
function firstBlock({ configuration }: Resource): JsonObject | null {
  const block = configuration?.metadata
  const first = Array.isArray(block) ? (block[0] ?? null) : (block ?? null)
  return isObject(first) ? first : null
}
