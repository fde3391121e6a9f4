import { isTerraformManager } from '../../../model/drift-apply.ts'
import { isObject } from '../../../model/json.ts'
import type { Resource } from '../../../model/resource.ts'

/** The managers that applied an object, as far as it says; null where nobody is known to have. `last-applied` is kubectl's annotation. */
function appliersOf({ metadata }: Resource): readonly string[] | null {
  const applied = metadata?.applied ?? null
  if (!isObject(applied)) return null
  const { by, appliers = null } = applied
  if (by === 'last-applied') return ['last-applied']
  return Array.isArray(appliers) ? appliers.filter(isObject).map(({ manager }) => String(manager)) : []
}

/** Whether somebody else than Terraform applied an object: then it is theirs, and compared with what they applied. */
export const isOfAnother = (object: Resource): boolean =>
  appliersOf(object)?.some((manager) => !isTerraformManager(manager)) ?? false

/** Whether Terraform applied an object, and nobody else. */
export function isOfTerraform(object: Resource): boolean {
  const appliers = appliersOf(object) ?? []
  return appliers.length > 0 && appliers.every(isTerraformManager)
}
