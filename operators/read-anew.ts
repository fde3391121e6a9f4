import { isFromState } from '../model/array-identity.ts'
import type { FieldChange } from '../model/change.ts'
import type { Redactor } from '../model/redaction.ts'
import type { Json, Resource } from '../model/resource.ts'
import { placeholder } from '../model/secret-text.ts'

/**
 * Whether all differences come from vaino, which now reads the same state differently, and none from what is watched:
 *
 * - A state doesn't say where a resource is: vaino derives it from attributes, tags and the provider's identity, in which a real
 *   move shows too.
 * - A tag that stood among the attributes is among the tags now, with the same value.
 * - A value that was kept in clear is replaced by its placeholder now, or the other way round.
 *
 * One difference of another kind makes all of them a change: what is recorded is then the difference of both documents.
 */
export function isReadAnew(
  before: Resource,
  after: Resource,
  fields: readonly FieldChange[],
  redactor: Redactor,
): boolean {
  const others = fields.filter((field) => !isSameBehindPlaceholder(field, redactor))
  if (others.length === 0) return true
  if (!isFromState(before) || !isFromState(after)) return false
  const moved = others.filter(({ path }) => !derived.has(path))
  if (moved.length < others.length && !sameIdentity(before, after)) return false
  return moved.length === 0 || areMovedTags(moved)
}

const derived: ReadonlySet<string> = new Set(['name', 'account', 'region', 'namespace'])

/** The identity is not compared, so a move that only it states would otherwise be lost. */
const sameIdentity = (before: Resource, after: Resource): boolean =>
  JSON.stringify(before.metadata?.identity ?? null) === JSON.stringify(after.metadata?.identity ?? null)

/** Placeholders are keyed hashes of their values, so two that are equal stand for the same value. */
const isSameBehindPlaceholder = ({ op, before, after }: FieldChange, redactor: Redactor): boolean =>
  op === 'replace' &&
  ((isPlaceholder(after) && redactor.redactValue(before) === after) ||
    (isPlaceholder(before) && redactor.redactValue(after) === before))

const isPlaceholder = (value: Json): boolean => typeof value === 'string' && placeholder.test(value)

function areMovedTags(fields: readonly FieldChange[]): boolean {
  const added = new Set<string>()
  const removed = new Set<string>()
  for (const { path, op, before, after } of fields) {
    const tag = /^tags\.(.+)$/.exec(path)?.[1]
    const key = /^configuration\.tag\[key=(.+)\]\.value$/.exec(path)?.[1]
    if (op === 'add' && tag !== undefined) added.add(pair(tag, after))
    else if (op === 'remove' && key !== undefined) removed.add(pair(key, before))
    else return false
  }
  return added.size === removed.size && [...added].every((one) => removed.has(one))
}

const pair = (name: string, value: Json): string => JSON.stringify([name, value])
