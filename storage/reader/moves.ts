import { VainoError } from '../../model/errors.ts'
import { parseJson } from '../../model/json.ts'
import type { Resource, ResourceHeader } from '../../model/resource.ts'
import { classOf, type ResourceClass, sameClass } from '../../model/resource-class.ts'
import { type Scope, splitScope } from '../../model/scope.ts'
import { type Row, text } from '../change-row.ts'
import { beginOf, blockAfter } from '../class-moves.ts'
import type { ClassFilter } from './class-filter.ts'
import type { PartitionReader } from './partition-reader.ts'

/** Resources came to a class, or left it. */
export interface Moved {
  readonly scope: Scope
  readonly class: ResourceClass
  /** How many more came than left; negative: how many more left. */
  readonly n: number
}

/** What came after an offset, but for the first part of it, which the log alone says. */
export interface LaterMoves {
  /** Up to here {@link movedSince} says what moved; at most the head. */
  readonly through: number
  /** What moved after that, of the classes that are asked for, by scope and class. */
  readonly moved: readonly Moved[]
}

const since = "SELECT CAST(value AS INTEGER) AS since FROM meta WHERE name = 'moves_since'"

/** The offset after which moves between classes, and former labels, are kept beside the log. */
export const movesSince = (reader: PartitionReader): number => Number(reader.prepared(since).get()?.since ?? 0)

const blocksFrom = (where: string): string =>
  `SELECT scopes.scope, provider, account, region, namespace, type, sum(n) AS n
   FROM class_moves JOIN classes ON classes.id = class_moves.class JOIN scopes ON scopes.id = class_moves.scope
   WHERE block >= ? ${where === '' ? '' : `AND ${where}`} GROUP BY class_moves.scope, class HAVING sum(n) <> 0`

/** Reads the blocks of moves after an offset; in one moment with the head and with the counts that they are taken from. */
export function movesAfter(
  reader: PartitionReader,
  offset: number,
  head: number,
  { where, parameters }: ClassFilter,
): LaterMoves {
  if (offset >= head) return { through: head, moved: [] }
  refuseDropped(reader, offset)
  const first = blockAfter(Math.max(offset, movesSince(reader)))
  const rows = reader.prepared(blocksFrom(where)).all(first, ...parameters)
  return { through: Math.min(head, beginOf(first)), moved: rows.map(toMoved) }
}

const toMoved = (row: Row): Moved => ({
  scope: String(row.scope) as Scope,
  class: {
    provider: String(row.provider),
    account: text(row.account),
    region: text(row.region),
    namespace: text(row.namespace),
    type: String(row.type),
  },
  n: Number(row.n),
})

/** @throws VainoError `cursor_expired` where entries after a position were dropped meanwhile */
export function refuseDropped(reader: PartitionReader, offset: number): void {
  if (reader.floor() <= offset) return
  throw new VainoError('cursor_expired', 'The history that these counts need has just been dropped by retention', {
    hint: 'Ask for a later time.',
  })
}

/** Entries of the log that are looked at between two turns of others. */
const entriesPerSlice = 2_000

/** An update changes the class where one of these fields changed; the documents of all others are not read. */
const classFields = ['provider', 'account', 'region', 'namespace', 'type']
  .map((name) => `instr(fields, '"path":"${name}"') > 0`)
  .join(' OR ')

const entriesAfter = `SELECT op, header, scopes.scope, CASE WHEN op = 'u' THEN before END AS before
  FROM changes JOIN resources ON resources.id = changes.resource JOIN scopes ON scopes.id = resources.scope
  WHERE offset > ? AND offset <= ? AND (op IN ('r', 'c', 'd') OR (op = 'u' AND (${classFields})))`

/** What the log's entries say after an offset of resources that came, went or changed their class; null where others may run. */
export function* movedSince(reader: PartitionReader, offset: number, through: number): Generator<Moved | null> {
  for (let after = offset; after < through; after += entriesPerSlice) {
    const rows = reader.prepared(entriesAfter).all(after, Math.min(after + entriesPerSlice, through))
    refuseDropped(reader, after)
    for (const row of rows) yield* movesOf(row)
    yield null
  }
}

function* movesOf(row: Row): Generator<Moved> {
  const scope = String(row.scope) as Scope
  const inScope = (resource: Resource | ResourceHeader): ResourceClass => {
    const named = classOf(resource)
    return { ...named, account: named.account ?? splitScope(scope).account }
  }
  const now = inScope(JSON.parse(String(row.header)) as ResourceHeader)
  if (row.op !== 'u') {
    yield { scope, class: now, n: row.op === 'd' ? -1 : 1 }
    return
  }
  const before = inScope(parseJson(String(row.before)) as unknown as Resource)
  if (sameClass(before, now)) return
  yield { scope, class: now, n: 1 }
  yield { scope, class: before, n: -1 }
}
