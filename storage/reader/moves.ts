import { VainoError } from '../../model/errors.ts'
import { parseJson } from '../../model/json.ts'
import type { Resource, ResourceHeader } from '../../model/resource.ts'
import { classOf, type ResourceClass, sameClass } from '../../model/resource-class.ts'
import { type Scope, splitScope } from '../../model/scope.ts'
import type { Row } from '../change-row.ts'
import type { PartitionReader } from './partition-reader.ts'

/** A resource came to a class, or left it. */
export interface Moved {
  readonly scope: Scope
  readonly class: ResourceClass
  /** 1 where the resource came to the class, -1 where it left. */
  readonly n: 1 | -1
}

/** Entries of the log that are looked at between two turns of others. */
const entriesPerSlice = 2_000

/** An update changes the class where one of these fields changed; the documents of all others are not read. */
const classFields = ['provider', 'account', 'region', 'namespace', 'type']
  .map((name) => `instr(fields, '"path":"${name}"') > 0`)
  .join(' OR ')

const movesAfter = `SELECT op, header, scopes.scope, CASE WHEN op = 'u' THEN before END AS before
  FROM changes JOIN resources ON resources.id = changes.resource JOIN scopes ON scopes.id = resources.scope
  WHERE offset > ? AND offset <= ? AND (op IN ('r', 'c', 'd') OR (op = 'u' AND (${classFields})))`

/** What the log says after an offset of resources that came, went or changed their class; null where others may run. */
export function* movedSince(reader: PartitionReader, offset: number, head: number): Generator<Moved | null> {
  for (let after = offset; after < head; after += entriesPerSlice) {
    const rows = reader.prepared(movesAfter).all(after, Math.min(after + entriesPerSlice, head))
    if (reader.floor() > after)
      throw new VainoError('cursor_expired', 'The history that these counts need has just been dropped by retention', {
        hint: 'Ask for a later time.',
      })
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
