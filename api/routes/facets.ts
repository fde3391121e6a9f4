import { createRoute } from '@hono/zod-openapi'
import type { Item } from '../../model/change.ts'
import type { Position } from '../../model/cursor.ts'
import { type Filter, isEmptyFilter } from '../../model/filter.ts'
import { type Dimension, dimensions } from '../../model/resource-class.ts'
import { splitScope } from '../../model/scope.ts'
import type { FacetCounts } from '../../storage/state-counts.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import type { ApiContext } from '../api-context.ts'
import { nextTurn } from '../byte-source.ts'
import { someOf } from '../drift-query.ts'
import { sliceMs } from '../limits.ts'
import { inSlices } from '../list-page.ts'
import { matchingItems } from '../matching.ts'
import { atParameter, filteredQuery, filterOf, minCursorParameter, wholeNumber } from '../parameters.ts'
import { asOfHeader, asOfHeaderDefinition, readPoint } from '../position.ts'
import { type ApiHono, type Gatekeeper, json, refusals, seenBy } from '../route.ts'
import * as schemas from '../schemas-overview.ts'

const defaultValues = 1_000
/** Resources that are looked at for a filter that counters don't know. */
const maxLookedAt = 20_000

const query = filteredQuery({
  by: someOf(dimensions, 'By these, with commas between; absent: all but `scope`.'),
  at: atParameter,
  limit: wholeNumber(`Maximum values of a facet, the most frequent first; ${defaultValues} where absent.`, 1, 10_000),
  min_cursor: minCursorParameter,
})

export function facetRoutes(app: ApiHono, { engine: { reader }, minCursor }: ApiContext, gate: Gatekeeper): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/facets',
      operationId: 'countResources',
      summary: 'How many live resources there are, by provider, account, location, type and scope',
      description:
        'From counters that are kept with every change, so that a million resources take milliseconds. As of an earlier time or cursor: the counts of now, less what the log says came after. A resource with a region and a namespace counts for both locations.',
      tags: ['State'],
      ...gate('read', 'filtered'),
      ...query,
      responses: {
        200: {
          description: 'The counts.',
          headers: asOfHeaderDefinition,
          content: { 'application/json': { schema: schemas.facets } },
        },
        ...refusals(400, 410, 429, 503),
      },
    }),
    async (c) => {
      const { by, at, limit = defaultValues, min_cursor, ...filters } = c.req.valid('query')
      await minCursor(min_cursor, c.req.raw, [at])
      const wanted = (by?.split(',') ?? dimensions.filter((each) => each !== 'scope')) as Dimension[]
      const filter = filterOf(filters, seenBy(c))
      const point = at === undefined ? null : readPoint(reader, at, 'at')
      const found = reader.counts.isCountable(filter)
        ? await inSlices(reader.counts.facets(filter, wanted, point?.position ?? null))
        : await countEach(reader, filter, wanted, point?.position ?? reader.head(), c.req.raw.signal)
      const facets = [...(found.values ?? [])].map(([name, counts]) => [name, mostFrequent(counts, limit)])
      const distinct = [...(found.values ?? [])].map(([name, counts]) => [name, counts.size])
      const answer = {
        total: found.total,
        facets: Object.fromEntries(facets),
        distinct: Object.fromEntries(distinct),
        cursor: reader.encode(found.position),
        as_of: point?.asOf ?? null,
      }
      return json(answer, point === null ? {} : asOfHeader(point))
    },
  )
}

const mostFrequent = (counts: ReadonlyMap<string | null, number>, limit: number): [string | null, number][] =>
  [...counts].sort(([a, m], [b, n]) => n - m || ((a ?? '') < (b ?? '') ? -1 : 1)).slice(0, limit)

type Counted = Pick<FacetCounts, 'position'> & {
  readonly total: number | null
  readonly values: FacetCounts['values'] | null
}

/** Counts what passes one by one; `total` is null where too many would have to be looked at. */
async function countEach(
  reader: StateReader,
  filter: Filter,
  by: readonly Dimension[],
  position: Position,
  signal: AbortSignal,
): Promise<Counted> {
  const values = new Map(by.map((dimension) => [dimension, new Map<string | null, number>()]))
  let [total, lookedAt] = [0, 0]
  let untilMs = performance.now() + sliceMs
  const live = (await inSlices(reader.counts.facets({}, [], null))).total
  const { provider, account, location, type, key_prefix, within } = filter
  // All are looked at then, in the order of their keys: there is no end to be reached.
  const isEndless = live > maxLookedAt && isEmptyFilter({ provider, account, location, type, key_prefix, within })
  let isCrowded = false
  const crowded = () => {
    isCrowded = true
  }
  for (const item of matchingItems(reader, position, filter, undefined, undefined, crowded)) {
    if (++lookedAt > maxLookedAt || (isCrowded && isEndless) || signal.aborted)
      return { total: null, values: null, position }
    if (performance.now() > untilMs) {
      await nextTurn()
      untilMs = performance.now() + sliceMs
    }
    if (item === null) continue
    total++
    for (const [dimension, counts] of values)
      for (const value of valuesOf(dimension, item)) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return { total, values, position }
}

function valuesOf(dimension: Dimension, { scope, resource }: Item): readonly (string | null)[] {
  const { region = null, namespace = null } = resource
  switch (dimension) {
    case 'scope':
      return [scope]
    case 'account':
      return [resource.account ?? splitScope(scope).account]
    case 'location':
      return region !== null && namespace !== null && region !== namespace ? [region, namespace] : [region ?? namespace]
    default:
      return [resource[dimension]]
  }
}
