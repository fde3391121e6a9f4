import type { Position } from '../../model/cursor.ts'
import type { Filter } from '../../model/filter.ts'
import { searchedTexts } from '../../model/labels.ts'
import { keyOf, type Scope } from '../../model/scope.ts'
import type { Row } from '../change-row.ts'
import { areMarked, bitsOfPieces, resourcesOfBlock } from '../label-marks.ts'
import type { RecentPlace } from '../state-reader.ts'
import { movesSince, refuseDropped } from './moves.ts'
import type { PartitionReader } from './partition-reader.ts'
import { quickGlob } from './quick-glob.ts'
import { compareBytes } from './scope-rows.ts'

/** A resource whose labels hold what a filter asks for. */
export interface LabelledResource extends RecentPlace {
  readonly reader: PartitionReader
  readonly scope: Scope
  readonly name: string
}

/** More than these are as quickly met in the order of their keys, as one in a hundred of a million passes. */
const maxFound = 10_000

/** Each of some texts stands in the labels, given as its pattern and itself. Where labels are not kept, the document decides. */
const holdsAll = (texts: number): string =>
  `(text IS NULL OR (${Array.from({ length: texts }, () => 'text GLOB ? AND instr(text, ?) > 0').join(' AND ')}))`

const columns = 'scopes.scope, name, resources.id, changed_at'
const labelled = (texts: number): string =>
  `SELECT ${columns} FROM labels JOIN resources ON resources.id = labels.resource JOIN scopes ON scopes.id = resources.scope
   WHERE ${holdsAll(texts)} LIMIT ?`

/** As {@link labelled}, of some blocks. A cross join keeps its order. */
const labelledIn = (texts: number): string =>
  `SELECT ${columns} FROM json_each(?) AS block
   CROSS JOIN labels ON labels.resource >= block.value * ${resourcesOfBlock} AND labels.resource < (block.value + 1) * ${resourcesOfBlock}
   JOIN resources ON resources.id = labels.resource JOIN scopes ON scopes.id = resources.scope WHERE ${holdsAll(texts)} LIMIT ?`

const marked = 'SELECT block, marks FROM label_marks'
/** Blocks that are looked at before it is decided: where most of them may hold the text, reading all labels is faster. */
const tried = 256

/** The blocks whose labels may hold texts with these pieces; null: most may. */
function blocksWith(reader: PartitionReader, bits: readonly number[]): number[] | null {
  if (bits.length === 0) return null
  const found: number[] = []
  let seen = 0
  for (const { block, marks } of reader.prepared(marked).iterate()) {
    if (marks instanceof Uint8Array && areMarked(marks, bits)) found.push(Number(block))
    if (++seen === tried && found.length > tried / 2) return null
  }
  return found
}

/** What is asked of the labels of each partition. */
interface Search {
  readonly texts: number
  /** Each text's pattern and itself, as {@link holdsAll} takes them. */
  readonly asked: readonly string[]
  /** Those of the texts' pieces. */
  readonly bits: readonly number[]
}

function labelledNow(reader: PartitionReader, { texts, asked, bits }: Search, limit: number): Row[] {
  const blocks = blocksWith(reader, bits)
  if (blocks === null) return reader.prepared(labelled(texts)).all(...asked, limit)
  return reader.prepared(labelledIn(texts)).all(JSON.stringify(blocks), ...asked, limit)
}

/** An update changes labels where one of these paths, or what begins so, is among its fields. */
const labelFields = ['name"', 'tags', 'configuration"', 'configuration.arn"']
  .map((path) => `instr(fields, '"path":"${path}') > 0`)
  .join(' OR ')

/** What had other labels before: what was deleted, and what was updated in what is a label. What came only later isn't looked for. */
const changedIn = `SELECT DISTINCT scopes.scope, resources.name, resources.id, changed_at FROM changes JOIN resources ON resources.id = changes.resource
   JOIN scopes ON scopes.id = resources.scope WHERE changes.offset > ? AND changes.offset <= ? AND (op = 'd' OR (op = 'u' AND (${labelFields}))) LIMIT ?`

/** As {@link labelled}, of what stood in the labels until an entry of the log. */
const formerlyLabelled = (texts: number): string =>
  `SELECT DISTINCT scopes.scope, name, resources.id, changed_at FROM former_labels JOIN resources ON resources.id = former_labels.resource
   JOIN scopes ON scopes.id = resources.scope
   WHERE former_labels.offset > ? AND former_labels.offset <= ? AND ${holdsAll(texts)} LIMIT ?`

/** Entries of the log that are looked at between two turns of others: all of them, and those that changed labels. */
const [entriesPerSlice, formerPerSlice] = [4_000, 64_000]

/** Whether a filter is looked for in labels. */
export const isLabelled = (filter: Filter): boolean => filter.scope === undefined && searchedTexts(filter).length > 0

/**
 * The resources that a filter by name, tag or text can let through as of a position, by key; null where it has no such part, names one scope, or
 * where they are more than ten thousand. Reads each partition's labels once (0.1 µs each) and those that changed after the position, and yields null in between.
 */
export function* labelledResources(
  readers: readonly PartitionReader[],
  at: Position,
  filter: Filter,
): Generator<null, LabelledResource[] | null> {
  if (!isLabelled(filter)) return null
  const texts = searchedTexts(filter)
  const asked = texts.flatMap((text) => [quickGlob(text), text])
  const search: Search = { texts: texts.length, asked, bits: texts.flatMap(bitsOfPieces) }
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
    const { head, since } = reader.atOnce(() => {
      take(labelledNow(reader, search, left()))
      return { head: reader.head(), since: Math.max(offset, Math.min(movesSince(reader), reader.head())) }
    })
    for (let after = offset; after < since && left() > 0; after += entriesPerSlice) {
      yield null
      take(reader.prepared(changedIn).all(after, Math.min(after + entriesPerSlice, since), left()))
      refuseDropped(reader, offset)
    }
    for (let after = since; after < head && left() > 0; after += formerPerSlice) {
      yield null
      const through = Math.min(after + formerPerSlice, head)
      take(reader.prepared(formerlyLabelled(texts.length)).all(after, through, ...asked, left()))
      refuseDropped(reader, offset)
    }
    if (left() <= 0) return null
    yield null
  }
  return [...found].sort(([a], [b]) => compareBytes(a, b)).map(([, resource]) => resource)
}
