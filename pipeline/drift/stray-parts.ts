import type { ThingPart } from '../../connectors/identity.ts'
import type { Position } from '../../model/cursor.ts'
import type { Resource } from '../../model/resource.ts'
import { splitScope } from '../../model/scope.ts'
import type { DriftInstance, DriftPair } from '../../storage/drift/drift-rows.ts'
import type { Cause } from './drift-item.ts'
import { partsOfSystem, wholeKey } from './identities.ts'
import { documentAt, type Judging } from './judging.ts'
import { changeThat, madeByIn } from './made-by.ts'
import { leave } from './say.ts'
import { sayStranger } from './say-stranger.ts'
import { instancesOf } from './wanted.ts'

/**
 * Judges the parts of one collected thing: those that no instance writes are unmanaged, where states write any of it. Runs in the store's
 * transaction.
 * @param id of the thing, or of one part, which is judged alone then
 * @param found its document, where it isn't the one as of the position
 * @param written what instances that came or went write: only that has changed
 */
export function judgeParts(
  judging: Judging,
  pair: DriftPair,
  id: string,
  at: Position,
  cause: Cause,
  found?: Resource | null,
  written?: readonly string[],
): void {
  const { store } = judging
  const key = wholeKey(pair.state, id)
  const wholeId = key.slice(pair.state.length + 1)
  const parts = partsOfSystem(splitScope(pair.state).provider)
  const thing = found === undefined ? documentAt(judging, pair.state, wholeId, at) : found
  const writers = thing === null ? 0 : instancesOf(judging, key).length
  // With the first one that comes, or the last one that goes, all of it begins or ceases to be anybody's.
  const moved = written === undefined || writers <= 1 ? null : new Set(written)
  const isMeant = ({ resource, writtenAs }: ThingPart): boolean =>
    (id === wholeId || resource.id === id) && (moved === null || writtenAs.some((text) => moved.has(text)))
  const there = thing === null || parts === undefined ? [] : parts.partsOf(thing)
  const isWritten = ({ writtenAs }: ThingPart): boolean =>
    writtenAs.some((text) => instancesOf(judging, key, text).length > 0)
  const strays = new Map<string, Resource>()
  for (const part of writers === 0 ? [] : there) {
    if (isMeant(part) && !isWritten(part)) strays.set(part.resource.id, part.resource)
  }
  const known = new Set(there.filter(isMeant).map(({ resource }) => resource.id))
  const rows =
    moved === null && id === wholeId
      ? rowsBelow(judging, pair, `${wholeId} `)
      : namedRows(judging, pair, id === wholeId ? known : [id])
  for (const row of rows) {
    if (!strays.has(row.address)) leave(judging, pair, row, cause, known.has(row.address) ? 'managed' : 'gone')
  }
  const idsOf = (document: Resource) => new Set(parts?.partsOf(document).map(({ resource }) => resource.id))
  const makerOf = (part: string) =>
    changeThat(judging.reader, key, at, (before) => !idsOf(before).has(part))?.madeBy ?? null
  for (const stray of strays.values()) {
    const row = store.instance(pair.id, stray.id)
    const madeBy = row === null ? makerOf(stray.id) : madeByIn(row.madeBy)
    sayStranger(judging, pair, { thing: stray, row, key, madeBy, holder: null, isHeld: false }, at, cause)
  }
}

const namedRows = (judging: Judging, pair: DriftPair, addresses: Iterable<string>): DriftInstance[] =>
  [...addresses].flatMap((address) => judging.store.instance(pair.id, address) ?? [])

/** Bounded by what was unmanaged in one thing: 1,500 members in a policy of Google Cloud. */
function rowsBelow({ store }: Judging, pair: DriftPair, prefix: string): DriftInstance[] {
  const rows: DriftInstance[] = []
  for (let after = prefix; ; ) {
    const page = store.addresses(pair.id, after)
    for (const address of page) {
      if (!address.startsWith(prefix)) return rows
      const row = store.instance(pair.id, address)
      if (row !== null) rows.push(row)
    }
    const last = page.at(-1)
    if (last === undefined) return rows
    after = last
  }
}
