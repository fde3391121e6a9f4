/** One field that differs. Absent values are null. */
export interface Field {
  readonly path: string
  readonly op: 'add' | 'remove' | 'replace'
  readonly before: unknown
  readonly after: unknown
}

/** Fields below a common path: a leaf has `field`. */
export interface FieldNode {
  /** The part of the path that this node adds: `ingress[from_port=22]`. */
  readonly label: string
  readonly field: Field | null
  readonly children: readonly FieldNode[]
}

/** `a.b[name=x.y].c` → a, b, [name=x.y], c */
const partsOf = (path: string): string[] => path.match(/\[[^\]]*\]|[^.[\]]+/g) ?? [path]

const joined = (parts: readonly string[]): string =>
  parts.reduce((text, part) => (text === '' || part.startsWith('[') ? text + part : `${text}.${part}`), '')

/** `cidr_blocks[=0.0.0.0/0]` names an element of a set by its value, which stands beside it anyway. */
export const withoutElement = (label: string): string => label.replace(/(?<=.)\[=[^\]]*\]$/, '')

interface Placed {
  readonly parts: readonly string[]
  readonly field: Field
}

/** Groups neighbours by their next part; what only one field has, or all have, is one label. */
function nodesOf(placed: readonly Placed[], depth: number): FieldNode[] {
  const groups = new Map<string, Placed[]>()
  for (const one of placed) {
    const part = one.parts[depth] ?? ''
    groups.set(part, [...(groups.get(part) ?? []), one])
  }
  return [...groups.values()].map((group) => {
    const [first] = group
    if (first === undefined) return { label: '', field: null, children: [] }
    if (group.length === 1) return { label: joined(first.parts.slice(depth)), field: first.field, children: [] }
    let end = depth + 1
    while (
      end < first.parts.length - 1 &&
      group.every(({ parts }) => parts.length > end + 1 && parts[end] === first.parts[end])
    )
      end++
    // A path that is given twice, or that another one goes on from, would never part.
    if (group.some(({ parts }) => parts.length <= end))
      return {
        label: joined(first.parts.slice(depth, end)),
        field: null,
        children: group.map((one) => leafOf(one, end)),
      }
    return { label: joined(first.parts.slice(depth, end)), field: null, children: nodesOf(group, end) }
  })
}

const leafOf = ({ parts, field }: Placed, depth: number): FieldNode => ({
  label: joined(parts.slice(depth)) || '·',
  field,
  children: [],
})

/** Fields as a tree by their paths, in their order. */
export const fieldTree = (fields: readonly Field[]): readonly FieldNode[] =>
  nodesOf(
    fields.flatMap(unfolded).map((field) => ({ parts: partsOf(field.path), field })),
    0,
  )

const parsed = (value: unknown): object | null => {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return null
  try {
    const found: unknown = JSON.parse(value)
    return typeof found === 'object' ? found : null
  } catch {
    // Text that only begins like JSON stays text.
    return null
  }
}

/** Fields that a text of JSON unfolds to; more stay one text. */
const maxUnfolded = 60

/** A policy is JSON in a text: two versions of it differ in fields. */
function unfolded(field: Field): Field[] {
  const [before, after] = [parsed(field.before), parsed(field.after)]
  if (before === null || after === null) return [field]
  const found = differences(before, after, field.path)
  return found.length === 0 || found.length > maxUnfolded ? [field] : found
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function differences(before: unknown, after: unknown, path: string): Field[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  if (isObject(before) && isObject(after))
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
      differences(before[name], after[name], `${path}.${name}`),
    )
  if (Array.isArray(before) && Array.isArray(after))
    return Array.from({ length: Math.max(before.length, after.length) }, (_, at) =>
      differences(before[at], after[at], `${path}[${at}]`),
    ).flat()
  const op = before === undefined ? 'add' : after === undefined ? 'remove' : 'replace'
  return [{ path, op, before: before ?? null, after: after ?? null }]
}

const isWord = (character: string | undefined): boolean => character !== undefined && /[\w.]/.test(character)

/** Where two texts part and meet again: the characters that begin both, and those that end both, in whole words. */
export function sharedEnds(before: string, after: string): { start: number; end: number } {
  const most = Math.min(before.length, after.length)
  let start = 0
  while (start < most && before[start] === after[start]) start++
  let end = 0
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++
  while (start > 0 && isWord(before[start - 1])) start--
  while (end > 0 && isWord(before[before.length - end])) end--
  return { start, end }
}
