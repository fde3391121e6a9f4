import type { Position } from '../../model/cursor.ts'
import type { Filter } from '../../model/filter.ts'
import { tagLabel, wholeLabel } from '../../model/labels.ts'
import { keyOf, type Scope } from '../../model/scope.ts'
import type { Row } from '../change-row.ts'
import type { RecentPlace } from '../state-reader.ts'
import type { PartitionReader } from './partition-reader.ts'
import { compareBytes } from './scope-rows.ts'

/** A resource whose labels hold what a filter asks for. */
export interface LabelledResource extends RecentPlace {
  readonly reader: PartitionReader
  readonly scope: Scope
  readonly name: string
}

/** More than these are as quickly met in the order of their keys, as one in a hundred of a million passes. */
const maxFound = 10_000

/** All given texts stand in the labels; where labels are too long to be kept, the document decides. */
const labelled = (texts: number): string =>
  `SELECT scopes.scope, name, resources.id, changed_at FROM labels JOIN resources ON resources.id = labels.resource JOIN scopes ON scopes.id = resources.scope
   WHERE text IS NULL OR (${Array.from({ length: texts }, () => 'instr(text, ?) > 0').join(' AND ')}) LIMIT ?`

/** What changed since may have had other labels. */
const changedAfter = `SELECT DISTINCT scopes.scope, resources.name, resources.id, changed_at FROM changes JOIN resources ON resources.id = changes.resource
   JOIN scopes ON scopes.id = resources.scope WHERE changes.offset > ? AND op <> 'a' LIMIT ?`

/** What labels must hold: each is a part of the text that a resource which passes has. */
const textsOf = ({ q, name, tags }: Filter): string[] => [
  ...(q === undefined ? [] : [q.toLowerCase()]),
  ...(name === undefined ? [] : [wholeLabel(name)]),
  ...Object.entries(tags ?? {}).map(([tag, value]) => tagLabel(tag, value)),
]

/**
 * The resources that a filter by name, tag or text can let through as of a position, by key; null where it has no such part, names one scope, or
 * where they are more than ten thousand. Reads each partition's labels once (0.1 µs each), and yields null between two.
 */
export function* labelledResources(
  readers: readonly PartitionReader[],
  at: Position,
  filter: Filter,
): Generator<null, LabelledResource[] | null> {
  const texts = textsOf(filter)
  if (texts.length === 0 || filter.scope !== undefined) return null
  const found = new Map<string, LabelledResource>()
  for (const reader of readers) {
    const offset = at[reader.partition] ?? 0
    const left = () => maxFound + 1 - found.size
    const take = (rows: readonly Row[]) => {
      for (const row of rows) {
        const [scope, name] = [String(row.scope) as Scope, String(row.name)]
        const place = { changedAtMs: Number(row.changed_at), partition: reader.partition, resource: Number(row.id) }
        found.set(keyOf(scope, name), { reader, scope, name, ...place })
      }
    }
    reader.atOnce(() => {
      take(reader.prepared(labelled(texts.length)).all(...texts, left()))
      if (offset < reader.head() && left() > 0) take(reader.prepared(changedAfter).all(offset, left()))
    })
    if (left() <= 0) return null
    yield null
  }
  return [...found].sort(([a], [b]) => compareBytes(a, b)).map(([, resource]) => resource)
}
