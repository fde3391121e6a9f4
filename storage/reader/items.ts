import type { Item } from '../../model/change.ts'
import type { Position } from '../../model/cursor.ts'
import { type Filter, matches, scopeMayMatch } from '../../model/filter.ts'
import { type Key, keyOf, type Scope, splitKey } from '../../model/scope.ts'
import { type ResourceAt, resourceAt } from './as-of.ts'
import { candidateScopes, type PrunedScope } from './candidate-scopes.ts'
import { asksForClass } from './class-filter.ts'
import { classWindow } from './class-window.ts'
import { isLabelled, type LabelledResource, labelledResources } from './labelled-resources.ts'
import { iso, parseResource } from './logged-change.ts'
import { type PartitionReader, pageRows, type ResourceRow } from './partition-reader.ts'
import { compareBytes, type ScopeAt, scopesInKeyOrder } from './scope-rows.ts'

interface Files {
  readonly readers: readonly PartitionReader[]
  readonly scopeOf: (scope: Scope) => ScopeAt | null
}

/**
 * Live items as of a position that pass, by key. Where the filter asks for a name, a tag or a text, and few enough have it, these are looked at;
 * else the scopes that hold something of the classes asked for, and in them the rows of these classes. The document decides in the end.
 * Yields null where others may run.
 *
 * @param looked is told of each key that was looked at, in their order
 */
export function* listItems(
  files: Files,
  at: Position,
  filter: Filter,
  after?: Key,
  looked: (key: Key) => void = () => {},
  crowded: () => void = () => {},
): Generator<Item | null> {
  const found = yield* labelledResources(files.readers, at, filter)
  if (found !== null) {
    yield* itemsOf(found, at, filter, after, looked)
    return
  }
  if (isLabelled(filter)) crowded()
  const start = after === undefined ? null : splitKey(after)
  const within = splitKey(filter.key ?? filter.key_prefix ?? '')?.scope
  for (const scopeAt of scopesFor(files, at, { ...filter, scope: filter.scope ?? within }, start?.scope ?? null)) {
    if (scopeAt === null) {
      yield null
      continue
    }
    const from = start?.scope === scopeAt.scope ? start.id : ''
    if (scopeMayMatch(filter, scopeAt.scope)) {
      yield* itemsOfScope(scopeAt, at[scopeAt.reader.partition] ?? 0, filter, from, looked)
    }
    // Others may run: there may be hundreds of thousands of scopes without a resource that passes.
    yield null
  }
}

/** A named scope alone; those that hold a class; else all from the one of a key on, which those before are no part of. */
function* scopesFor(
  { readers, scopeOf }: Files,
  at: Position,
  filter: Filter,
  from: Scope | null,
): Generator<Omit<PrunedScope, 'lastChangeAtMs'> | null> {
  const isAfter = (scope: Scope) => from === null || compareBytes(`${scope}/`, `${from}/`) >= 0
  if (asksForClass(filter)) {
    for (const scope of yield* candidateScopes(readers, at, filter)) if (isAfter(scope.scope)) yield scope
    return
  }
  if (filter.scope === undefined) {
    for (const scope of scopesInKeyOrder(readers, from, scopeOf)) yield { ...scope, classes: null }
    return
  }
  const found = scopeOf(filter.scope as Scope)
  if (found !== null && isAfter(found.scope)) yield { ...found, classes: null }
}

function* itemsOf(
  found: readonly LabelledResource[],
  at: Position,
  filter: Filter,
  after: Key | undefined,
  looked: (key: Key) => void,
): Generator<Item | null> {
  for (const { reader, scope, name } of found) {
    const key = keyOf(scope, name)
    if (after !== undefined && compareBytes(key, after) <= 0) continue
    const row = reader.resource(scope, name)
    if (row === null) continue
    const resource = yield* resourceAt(reader, row, at[reader.partition] ?? 0)
    looked(key)
    yield passing({ scope, confirmedAtMs: reader.confirmedAtMs(scope) }, row, resource, filter)
  }
}

/** Most who ask want a few items; the pages of those who go on grow. */
const firstPageRows = 16

function* itemsOfScope(
  scope: Omit<PrunedScope, 'lastChangeAtMs'>,
  offset: number,
  filter: Filter,
  afterName: string,
  looked: (key: Key) => void,
): Generator<Item | null> {
  let after = afterName
  for (let rows = firstPageRows; ; rows = Math.min(pageRows, rows * 4)) {
    const { page, end } =
      scope.classes === null
        ? wholePage(scope, after, rows)
        : classWindow(scope.reader, scope.id, scope.classes, offset, after, rows)
    for (const row of page) {
      const resource = yield* resourceAt(scope.reader, row, offset)
      looked(keyOf(scope.scope, row.name))
      yield passing(scope, row, resource, filter)
    }
    if (end === null) return
    after = end
    if (page.length === 0) yield null
  }
}

function wholePage({ reader, id }: ScopeAt, after: string, rows: number) {
  const page = reader.resources(id, after, rows)
  return { page, end: page.at(-1)?.name ?? null }
}

/** The item of a row as it was, where it was live and passes. */
export function passing(
  scope: Pick<ScopeAt, 'scope' | 'confirmedAtMs'>,
  row: ResourceRow,
  at: ResourceAt,
  filter: Filter,
): Item | null {
  if (at.document === null) return null
  const item = toItem(scope, row, at, at.document)
  return matches(filter, scope.scope, item.resource) ? item : null
}

const heldState = 2

export function toItem(
  { scope, confirmedAtMs }: Pick<ScopeAt, 'scope' | 'confirmedAtMs'>,
  row: ResourceRow,
  at: ResourceAt,
  document: string,
): Item {
  const confirmed = at.isCurrent && row.state !== heldState ? confirmedAtMs : 0
  return {
    key: keyOf(scope, row.name),
    version: at.version,
    scope,
    first_seen: iso(row.firstSeenMs),
    changed_at: iso(at.changedAtMs),
    observed_at: iso(Math.max(at.observedAtMs, confirmed)),
    resource: parseResource(document),
  }
}
