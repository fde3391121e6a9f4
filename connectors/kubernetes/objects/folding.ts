import { isObject, type JsonObject } from '../../../model/json.ts'

/** Kinds that are watched, and whose objects are mostly made by the hundred by a controller: a Job for each run of a CronJob. */
const foldedKinds: ReadonlySet<string> = new Set(['batch.Job'])

/**
 * Which objects of a kind are left to their owner's changes: those that a controller has made. What `include` names without a `*` is watched
 * as a whole, like the kinds that are left out by default.
 * @param kind `GROUP.Kind`
 */
export function foldingOf(kind: string, include: readonly string[]): (object: JsonObject) => boolean {
  const isNamed = include.some((pattern) => pattern.toLowerCase() === kind.toLowerCase())
  return foldedKinds.has(kind) && !isNamed ? isControlled : () => false
}

export function isControlled({ metadata = null }: JsonObject): boolean {
  const owners = isObject(metadata) ? (metadata.ownerReferences ?? null) : null
  return Array.isArray(owners) && owners.some((one) => isObject(one) && one.controller === true)
}
