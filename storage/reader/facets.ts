import { type Filter, scopeMayMatch } from '../../model/filter.ts'
import type { Dimension } from '../../model/resource-class.ts'
import type { FacetCounts } from '../state-counts.ts'
import { type ClassFilter, classFilter, passesByClass } from './class-filter.ts'
import { type Moved, movedSince, movesAfter } from './moves.ts'
import type { PartitionReader } from './partition-reader.ts'

const from = `FROM scope_classes JOIN classes ON classes.id = scope_classes.class JOIN scopes ON scopes.id = scope_classes.scope`

/** What each dimension's values are, in SQL. A region and a namespace are both a location. */
const valueColumn: Readonly<Record<Dimension, string>> = {
  provider: 'classes.provider',
  account: 'classes.account',
  type: 'classes.type',
  scope: 'scopes.scope',
  location: 'classes.region',
}

/** Live resources by scope and class, as they pass a filter, added up by a dimension. */
const grouped = (dimension: Dimension, where: string): string => {
  const condition = where === '' ? '' : `WHERE ${where}`
  if (dimension !== 'location')
    return `SELECT ${valueColumn[dimension]} AS value, sum(scope_classes.live) AS n ${from} ${condition} GROUP BY 1`
  const and = where === '' ? 'WHERE' : `WHERE ${where} AND`
  return `SELECT value, sum(n) AS n FROM (
    SELECT coalesce(region, namespace) AS value, sum(scope_classes.live) AS n ${from} ${condition} GROUP BY 1
    UNION ALL SELECT namespace, sum(scope_classes.live) ${from} ${and} region <> namespace GROUP BY 1) GROUP BY 1`
}

const totalOf = (where: string): string =>
  `SELECT coalesce(sum(scope_classes.live), 0) AS n ${from} ${where === '' ? '' : `WHERE ${where}`}`

/** The counts of one partition as of its head, and how they moved after an offset, read in one moment. @param at null: the head */
function currentCounts(reader: PartitionReader, filter: ClassFilter, by: readonly Dimension[], at: number | null) {
  const { where, parameters } = filter
  return reader.atOnce(() => ({
    ...laterMoves(reader, filter, at),
    total: Number(reader.prepared(totalOf(where)).get(...parameters)?.n),
    rows: by.map((dimension) => {
      const twice = dimension === 'location' ? [...parameters, ...parameters] : parameters
      return reader.prepared(grouped(dimension, where)).all(...twice)
    }),
  }))
}

function laterMoves(reader: PartitionReader, filter: ClassFilter, at: number | null) {
  const head = reader.head()
  const offset = Math.min(at ?? head, head)
  return { offset, later: movesAfter(reader, offset, head, filter) }
}

/**
 * How many live resources pass a filter that `isCountable` takes, in all and by the values of some dimensions. Yields null after each partition,
 * and after each few thousand entries of the log.
 * @param at null: now; else counts of now, less what came after
 */
export function* countFacets(
  readers: readonly PartitionReader[],
  filter: Filter,
  by: readonly Dimension[],
  at: readonly number[] | null,
): Generator<null, FacetCounts> {
  const asked = classFilter(filter)
  const values = by.map(() => new Map<string | null, number>())
  let total = 0
  const position: number[] = []
  const undo = (moved: Moved) => {
    total -= moved.n
    by.forEach((dimension, index) => {
      for (const value of valuesOf(dimension, moved)) add(values[index], value, -moved.n)
    })
  }
  for (const reader of readers) {
    const current = currentCounts(reader, asked, by, at === null ? null : (at[reader.partition] ?? null))
    total += current.total
    current.rows.forEach((rows, index) => {
      for (const { value, n } of rows) add(values[index], value == null ? null : String(value), Number(n))
    })
    current.later.moved.forEach(undo)
    for (const moved of movedSince(reader, current.offset, current.later.through)) {
      if (moved === null) yield null
      else if (scopeMayMatch(filter, moved.scope) && passesByClass(filter, moved.class)) undo(moved)
    }
    position.push(current.offset)
    yield null
  }
  return { total, position, values: new Map(by.map((dimension, index) => [dimension, nonZero(values[index])])) }
}

const add = (counts: Map<string | null, number> | undefined, value: string | null, n: number): void =>
  void counts?.set(value, (counts.get(value) ?? 0) + n)

const nonZero = (counts: ReadonlyMap<string | null, number> | undefined) =>
  new Map([...(counts ?? [])].filter(([, n]) => n !== 0))

function valuesOf(
  dimension: Dimension,
  { scope, class: { provider, account, region, namespace, type } }: Moved,
): (string | null)[] {
  switch (dimension) {
    case 'provider':
      return [provider]
    case 'account':
      return [account]
    case 'type':
      return [type]
    case 'scope':
      return [scope]
    case 'location':
      return region !== null && namespace !== null && region !== namespace ? [region, namespace] : [region ?? namespace]
  }
}
