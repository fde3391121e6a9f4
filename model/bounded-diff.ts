import { canonicalHash } from './canonical.ts'
import type { FieldChange } from './change.ts'
import { diffResources } from './field-diff.ts'
import { comparedFields, type Json, type Resource } from './resource.ts'

/**
 * Nodes (values, members and elements) that the two versions of a resource may have together to be compared field by field.
 * Each may become a change of about 500 bytes: 100 MB at this bound. The largest real documents, security groups with a
 * thousand rules, have 10,000.
 */
const maxComparedNodes = 200_000

/** A node takes two characters of JSON at least (`1,`), so documents shorter than this needn't be counted. */
const minCountedLength = 2 * maxComparedNodes

export interface BoundedDiff {
  readonly fields: FieldChange[]
  /** Top-level fields that had too many nodes: `fields` has one `replace` of the whole value for each that differs. */
  readonly whole: readonly string[]
}

/**
 * What differs between two versions of a resource, as {@link diffResources} finds it, with a bound on time and memory: a
 * top-level field with too many nodes is compared by its hash, and replaced as a whole.
 * @param length characters of both documents
 */
export function boundedDiff(before: Resource, after: Resource, length: number): BoundedDiff {
  if (length < minCountedLength) return { fields: diffResources(before, after), whole: [] }
  const sizes = comparedFields.map((name) => ({
    name,
    nodes: nodesIn(before[name] ?? null, maxComparedNodes) + nodesIn(after[name] ?? null, maxComparedNodes),
  }))
  if (sizes.reduce((sum, { nodes }) => sum + nodes, 0) <= maxComparedNodes) {
    return { fields: diffResources(before, after), whole: [] }
  }
  const share = maxComparedNodes / comparedFields.length
  const whole = sizes.filter(({ nodes }) => nodes > share).map(({ name }) => name)
  const without = Object.fromEntries(whole.map((name) => [name, null]))
  const fields = diffResources({ ...before, ...without }, { ...after, ...without })
  for (const name of whole) {
    const [was = null, is = null] = [before[name], after[name]]
    if (hashOf(name, was, after) === hashOf(name, is, after)) continue
    const op = was === null ? 'add' : is === null ? 'remove' : 'replace'
    fields.push({ path: name, pointer: `/${name}`, op, before: was, after: is })
  }
  return { fields, whole }
}

/** Of one field alone, by the rules of a resource's type. */
function hashOf(name: string, value: Json, { id, type, provider }: Resource): string {
  const hash = new Uint32Array(2)
  canonicalHash({ id, type, provider, [name]: value } as Resource, hash)
  return hash.join()
}

/** Counts up to a bound; without recursion, since a document may be deep. */
function nodesIn(value: Json, most: number): number {
  const open: Json[] = [value]
  let nodes = 0
  for (let next = open.pop(); next !== undefined && nodes <= most; next = open.pop()) {
    nodes++
    if (typeof next !== 'object' || next === null) continue
    if (Array.isArray(next)) {
      nodes += next.length
      for (const element of next) if (typeof element === 'object' && element !== null) open.push(element)
    } else {
      for (const member in next) {
        nodes++
        const inner = (next as { [name: string]: Json })[member] as Json
        if (typeof inner === 'object' && inner !== null) open.push(inner)
      }
    }
  }
  return nodes
}
