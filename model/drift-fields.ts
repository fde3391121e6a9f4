import { attributesOwner } from './canonical.ts'
import { compareArrays } from './drift-arrays.ts'
import { identities } from './drift-identity.ts'
import { ownerTexts } from './drift-owners.ts'
import { isIncomparable, isNothing, withoutType } from './drift-values.ts'
import { type Comparing, type DriftField, type Place, report, type Walk } from './drift-walk.ts'
import { diffResources } from './field-diff.ts'
import { fieldStep, pathOf } from './field-path.ts'
import { isObject, type JsonObject } from './json.ts'
import { documentIn } from './json-text.ts'
import type { Json, Resource } from './resource.ts'
import { sameScalar } from './scalar-hash.ts'

/** Names in a document that no schema has: Terraform's own bookkeeping. */
const bookkeeping: ReadonlySet<string> = new Set(['lifecycle', 'timeouts'])

/** What differs between what is wanted and what is there. Tags stand beside the attributes, as one map. */
export function differencesOf(before: Resource, after: Resource, comparing: Comparing): DriftField[] {
  const walk: Walk = { ...comparing, resource: after, fields: [] }
  const was = before.configuration ?? {}
  const is = after.configuration ?? {}
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort()
  for (const name of names) {
    // A reading has every attribute that its schema has, and a state every one that its own has, of an older provider perhaps: what one side
    // lacks it can't say anything of.
    if (!Object.hasOwn(is, name) || !Object.hasOwn(was, name)) continue
    if (identities.has(name) || bookkeeping.has(name)) continue
    const below = walk.schema.rules.volatile?.get(name)
    if (below === true) continue
    const step = fieldStep(null, name)
    const place = { name, owner: attributesOwner, path: name, step, volatile: below ?? null }
    const inner: Walk = { ...walk, fields: [] }
    compareMember(inner, place, was[name] ?? null, is[name] ?? null)
    if (inner.fields.length > 0 && isOwned(walk, name)) continue
    walk.fields.push(...inner.fields)
  }
  const tags = { name: 'tags', owner: attributesOwner, path: 'tags', step: fieldStep(null, 'tags'), volatile: null }
  compareObjects(walk, tags, before.tags ?? {}, after.tags ?? {})
  return walk.fields
}

/** Whether another managed instance sets what the provider shows here too: then it is that instance's drift. */
const isOwned = ({ schema, resource, isSibling }: Walk, name: string): boolean =>
  schema.mayBeFilledIn(name) && ownerTexts(resource, name).some(isSibling)

/** An attribute or a block, judged by its class. */
function compareMember(walk: Walk, place: Place, before: Json, after: Json): void {
  const { schema, against } = walk
  if (schema.isNotOurs(place.path)) return
  const was = withoutType(before)
  // The user may have written nothing there, and another resource owns it.
  if (against === 'state' && schema.mayBeFilledIn(place.path) && isNothing(was, true)) return
  compare(walk, place, was, withoutType(after))
}

function compare(walk: Walk, place: Place, before: Json, after: Json): void {
  if (before === after || isIncomparable(before, after)) return
  const zeroIsNothing = walk.against === 'state'
  if (isNothing(before, zeroIsNothing) && isNothing(after, zeroIsNothing)) return
  const was = Array.isArray(after) && !Array.isArray(before) && isNothing(before, zeroIsNothing) ? [] : before
  const is = Array.isArray(before) && !Array.isArray(after) && isNothing(after, zeroIsNothing) ? [] : after
  if (Array.isArray(was) && Array.isArray(is)) compareArrays(walk, place, was, is, compare)
  else if (isObject(was) && isObject(is)) compareObjects(walk, place, was, is)
  else if (typeof was === 'string' && typeof is === 'string') compareTexts(walk, place, was, is)
  else if (!sameScalar(was, is)) report(walk, place.step, before, after)
}

function compareObjects(walk: Walk, place: Place, before: JsonObject, after: JsonObject): void {
  for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    const below = place.volatile?.get(name)
    if (below === true) continue
    const member: Place = {
      name,
      owner: place.name,
      path: walk.schema.below(place.path, name),
      step: fieldStep(place.step, name),
      volatile: below ?? null,
    }
    compareMember(walk, member, before[name] ?? null, after[name] ?? null)
  }
}

/** By what they hold, where both hold JSON: the rules for policies and definitions are those of every comparison. */
function compareTexts(walk: Walk, { name, step }: Place, before: string, after: string): void {
  const was = documentIn(before)
  const is = was === null ? null : documentIn(after)
  if (was === null || is === null) {
    report(walk, step, before, after)
    return
  }
  const resource = (text: string): Resource => ({ ...walk.resource, tags: {}, configuration: { [name]: text } })
  const start = pathOf(fieldStep(fieldStep(null, 'configuration'), name)).length
  for (const field of diffResources(resource(before), resource(after))) {
    if (isIncomparable(field.before, field.after)) continue
    walk.fields.push({ path: pathOf(step) + field.path.slice(start), before: field.before, after: field.after })
  }
}
