import { createRoute, z } from '@hono/zod-openapi'
import { VainoError } from '../../model/errors.ts'
import type { Filter } from '../../model/filter.ts'
import { headerOf } from '../../model/resource.ts'
import type { Key } from '../../model/scope.ts'
import type { RecentItem, RecentPlace } from '../../storage/state-reader.ts'
import type { ApiContext } from '../api-context.ts'
import { fillPage, inSlices } from '../list-page.ts'
import { matchingItems } from '../matching.ts'
import { decodePage, encodePage, type PageStart } from '../page-token.ts'
import { atParameter, filteredQuery, filterOf, minCursorParameter, pageParameter, wholeNumber } from '../parameters.ts'
import { asOfHeader, asOfHeaderDefinition, headPoint, type Point, readPoint } from '../position.ts'
import { type ApiHono, type Gatekeeper, jsonText, refusals, seenBy } from '../route.ts'
import * as schemas from '../schemas.ts'

const pageLimit = 100
/** A total as of an earlier position is counted back from now; over more entries of the log than this it is left to `/v1/facets`. */
const maxCountedBack = 50_000

const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
})

const query = filteredQuery({
  at: atParameter,
  sort: z.enum(['key', '-changed_at'], 'expected "key" or "-changed_at"').optional().meta({
    description:
      '`-changed_at`: those that changed last come first, as they are now; one that changes while pages are read moves to the front. Absent: by key.',
  }),
  fields: z.enum(['header'], 'expected "header"').optional().meta({
    description: 'Each `resource` is its header alone, without its documents.',
  }),
  limit: wholeNumber(
    `Maximum resources of a page, ${pageLimit} where absent; a page can hold fewer, or none, where they are large or few pass.`,
    1,
    1000,
  ),
  page: pageParameter,
  min_cursor: minCursorParameter,
})

type Query = z.infer<(typeof query)['request']['query']>

export function resourceRoutes(app: ApiHono, context: ApiContext, gate: Gatekeeper): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/resources',
      operationId: 'listResources',
      summary: 'Live resources by key',
      description:
        'All pages of one list by key show the same position, whatever changes meanwhile. A page may be empty before the end, because it ends after 80 ms of looking: go on until `page` is null.',
      tags: ['State'],
      ...gate('read', 'filtered'),
      ...query,
      responses: {
        200: { ...answer('A page.', schemas.resources), headers: asOfHeaderDefinition },
        ...refusals(400, 410, 429, 503),
      },
    }),
    async (c) => {
      const query = c.req.valid('query')
      const filter = filterOf(query, seenBy(c))
      if (query.sort === '-changed_at') return listRecent(context, query, filter, c.req.raw)
      return listByKey(context, query, filter, c.req.raw)
    },
  )
}

async function listByKey(
  { engine: { reader }, limits, minCursor }: ApiContext,
  query: Query,
  filter: Filter,
  request: Request,
) {
  const question = [filter, query.at ?? null]
  const start = query.page === undefined ? null : decodePage(query.page, question)
  await minCursor(query.min_cursor, request, [query.at, start?.cursor])
  const point = pointOf(reader, query.at, start)
  const { position, asOf } = point
  const cursor = reader.encode(position)
  const total = start === null ? await totalOf(reader, filter, position) : (start.total ?? null)
  let looked: Key | null = null
  const items = matchingItems(reader, position, filter, start?.after as Key | undefined, (key) => {
    looked = key
  })
  const { json, last, hasMore, stoppedAt } = await fillPage(items, {
    ...{ limit: query.limit ?? pageLimit, maxBytes: limits.pageBytes, signal: request.signal, textOf: textOf(query) },
    ...{ maxMs: limits.pageMs, reached: () => looked },
  })
  const after = stoppedAt ?? (hasMore && last !== null ? last.key : null)
  const page = after === null ? null : encodePage({ cursor, after, asOf, total }, question)
  return asPage(json, { total, page, cursor, asOf }, asOfHeader(point))
}

async function listRecent(
  { engine: { reader }, limits, minCursor }: ApiContext,
  query: Query,
  filter: Filter,
  request: Request,
) {
  if (query.at !== undefined)
    throw new VainoError('bad_request', 'sort=-changed_at shows what is now, at= what was', {
      hint: 'Leave one of them out; GET /v1/changes?order=desc shows what changed before a time.',
    })
  const question = [filter, query.sort]
  const start = query.page === undefined ? null : decodePage(query.page, question)
  await minCursor(query.min_cursor, request, [start?.cursor])
  const position = reader.head()
  const cursor = reader.encode(position)
  const total = start === null ? await totalOf(reader, filter, position) : (start.total ?? null)
  const { json, last, hasMore } = await fillPage<RecentItem>(
    reader.recentlyChanged(filter, start === null ? undefined : placeOf(start.after)),
    {
      limit: query.limit ?? pageLimit,
      maxBytes: limits.pageBytes,
      signal: request.signal,
      textOf: ({ item }) => textOf(query)(item),
    },
  )
  const page = hasMore && last !== null ? encodePage({ cursor, after: textOfPlace(last), total }, question) : null
  return asPage(json, { total, page, cursor, asOf: null }, {})
}

interface Ending {
  readonly total: number | null
  readonly page: string | null
  readonly cursor: string
  readonly asOf: string | null
}

function asPage(json: string, { total, page, cursor, asOf }: Ending, headers: Record<string, string>): Response {
  const end = `"total":${total},"page":${JSON.stringify(page)},"cursor":"${cursor}","as_of":${JSON.stringify(asOf)}`
  return jsonText(`{"resources":[${json}],${end}}`, headers)
}

type Reader = ApiContext['engine']['reader']

const pointOf = (reader: Reader, at: string | undefined, start: PageStart | null): Pick<Point, 'position' | 'asOf'> =>
  start !== null
    ? { position: reader.decode(start.cursor), asOf: start.asOf ?? null }
    : at === undefined
      ? headPoint(reader)
      : readPoint(reader, at, 'at')

/** How many pass, where counters know it and need not be counted back far. */
async function totalOf(reader: Reader, filter: Filter, position: readonly number[]): Promise<number | null> {
  if (!reader.counts.isCountable(filter)) return null
  const back = reader.head().reduce((sum, offset, partition) => sum + offset - (position[partition] ?? 0), 0)
  if (back > maxCountedBack) return null
  return (await inSlices(reader.counts.facets(filter, [], position))).total
}

const textOf =
  ({ fields }: Pick<Query, 'fields'>) =>
  (item: RecentItem['item']): string =>
    JSON.stringify(fields === 'header' ? { ...item, resource: headerOf(item.resource) } : item)

const textOfPlace = ({ changedAtMs, partition, resource }: RecentPlace): string =>
  [changedAtMs, partition, resource].join('.')

function placeOf(text: string): RecentPlace {
  const [changedAtMs = 0, partition = 0, resource = 0] = text.split('.').map(Number)
  return { changedAtMs, partition, resource }
}
