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
 * - A tag that stood among the attributes is among the tags now, or was there too, with the same value.
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
  return moved.length === 0 || areMovedTags(moved, after)
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

/** Attributes that hold a thing's tags, or repeat some of them: maps, and the lists of keys and values of `awscc`. */
const tagAttribute =
  /^configuration\.(?:settings\[0\]\.user_labels|tags|tags_all|labels|user_labels|resource_labels|terraform_labels|effective_labels)$/

/** Whether each tag that left the attributes is among the tags, with its value, and each one that came there had left them. */
function areMovedTags(fields: readonly FieldChange[], { tags }: Resource): boolean {
  const added = new Set<string>()
  const removed = new Set<string>()
  for (const { path, pointer, op, before, after } of fields) {
    const tag = /^\/tags\/([^/]+)$/.exec(pointer)?.[1]
    const key = /^configuration\.tag\[key=(.+)\]\.value$/.exec(path)?.[1]
    if (op === 'add' && tag !== undefined) added.add(pair(unescaped(tag), after))
    else if (op === 'remove' && key !== undefined) removed.add(pair(key, before))
    else if (op === 'remove' && tagAttribute.test(path)) for (const one of pairsIn(before)) removed.add(one)
    else return false
  }
  const known = new Set(pairsIn(tags ?? null))
  return [...removed].every((one) => known.has(one)) && [...added].every((one) => removed.has(one))
}

/** The tags in a map, or in a list of keys and values; of an element that is neither, something that no tag is. */
function pairsIn(value: Json): string[] {
  if (typeof value !== 'object' || value === null) return []
  if (!Array.isArray(value)) return Object.entries(value).map(([name, member]) => pair(name, member as Json))
  return value.map((element) => {
    const { key, value: text, ...others } = isObject(element) ? element : {}
    const isTag = typeof key === 'string' && text !== undefined && Object.keys(others).length === 0
    return isTag ? pair(key, text) : JSON.stringify(element)
  })
}

const isObject = (value: Json): value is { [name: string]: Json } => typeof value === 'object' && value !== null
const pair = (name: string, value: Json): string => JSON.stringify([name, value])
/** A name in a JSON pointer. */
const unescaped = (name: string): string => name.replaceAll('~1', '/').replaceAll('~0', '~')
