import type { Json } from '../../model/resource.ts'
import type { JsonObject } from './parse-bytes.ts'

/** Deeper than any provider nests; deeper members keep their flat names. */
const maxNesting = 100

/**
 * Expands the flat attributes of formats before 4 into nested values:
 *
 * ```
 * "ingress.#": "1", "ingress.482.cidr_blocks.#": "1", "ingress.482.cidr_blocks.0": "10.0.0.0/8", "tags.%": "1", "tags.a.b": "c"
 * → {"ingress": [{"cidr_blocks": ["10.0.0.0/8"]}], "tags": {"a.b": "c"}}
 * ```
 * Values stay text, for the format has lost their types. `#` counts a list or a set, whose elements have positions or
 * hashes as names; `%` counts a map, which holds plain values only, so that the rest of a name with dots is one key.
 */
export function expandFlatmap(flat: JsonObject): JsonObject {
  return expandObject(Object.entries(flat), 0)
}

type Entry = readonly [name: string, value: Json]

/** Groups by the first part of the names; the part's own value, if there is one, stands under the empty rest. */
function groupByFirstPart(entries: readonly Entry[]): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>()
  for (const [name, value] of entries) {
    const dot = name.indexOf('.')
    const first = dot < 0 ? name : name.slice(0, dot)
    const group = groups.get(first) ?? []
    groups.set(first, group)
    group.push([dot < 0 ? '' : name.slice(dot + 1), value])
  }
  return groups
}

function expandObject(entries: readonly Entry[], nesting: number): JsonObject {
  const members: Entry[] = []
  for (const [name, group] of groupByFirstPart(entries)) {
    const value = expandValue(group, nesting)
    if (value !== undefined) members.push([name, value])
    else for (const [rest, flat] of group) members.push([rest === '' ? name : `${name}.${rest}`, flat])
  }
  // Unlike assignments, this makes `__proto__` a name like any other.
  return Object.fromEntries(members)
}

/** `undefined` where the names follow no known form. */
function expandValue(group: readonly Entry[], nesting: number): Json | undefined {
  if (nesting >= maxNesting) return undefined
  if (group.some(([rest]) => rest === '%')) {
    return Object.fromEntries(group.filter(([rest]) => rest !== '%' && rest !== ''))
  }
  if (group.some(([rest]) => rest === '#')) return expandList(group, nesting)
  const [only] = group
  return group.length === 1 && only?.[0] === '' ? only[1] : undefined
}

function expandList(group: readonly Entry[], nesting: number): Json[] {
  const elements = groupByFirstPart(group.filter(([rest]) => rest !== '#' && rest !== ''))
  // Positions in their order; the hashes of a set in theirs, so that the same set is always the same list.
  const names = [...elements.keys()].sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1))
  return names.map((name) => {
    const element = elements.get(name) ?? []
    return expandValue(element, nesting + 1) ?? expandObject(element, nesting + 1)
  })
}
