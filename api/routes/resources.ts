import { createRoute, z } from '@hono/zod-openapi'
import { VainoError } from '../../model/errors.ts'
import type { Key } from '../../model/scope.ts'
import type { ApiContext } from '../api-context.ts'
import { nextTurn } from '../byte-source.ts'
import { sliceMs } from '../limits.ts'
import { matchingItems } from '../matching.ts'
import { decodePage, encodePage } from '../page-token.ts'
import { atParameter, exactQuery, filteredQuery, filterOf, pageParameter, wholeNumber } from '../parameters.ts'
import { readPosition } from '../position.ts'
import { type ApiHono, type Gatekeeper, json, jsonText, refusals } from '../route.ts'
import * as schemas from '../schemas.ts'

const pageLimit = 100

const keyInPath = z.object({
  key: z.string().meta({ description: 'Percent-encoded as one segment.', example: 'aws%2F1%2Feu-west-1%2Fvpc%2Fv-1' }),
})
const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
})

export function resourceRoutes(app: ApiHono, { engine, limits }: ApiContext, gate: Gatekeeper): void {
  const { reader } = engine

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/resources',
      operationId: 'listResources',
      summary: 'Live resources by key',
      description: 'All pages of one list show the same position, whatever changes meanwhile.',
      tags: ['State'],
      ...gate('read'),
      ...filteredQuery({
        at: atParameter,
        limit: wholeNumber(
          `At most so many, ${pageLimit} where absent; a page can hold fewer where they are large.`,
          1,
          1000,
        ),
        page: pageParameter,
      }),
      responses: { 200: answer('A page.', schemas.resources), ...refusals(400, 410) },
    }),
    async (c) => {
      const query = c.req.valid('query')
      const filter = filterOf(query)
      const question = [filter, query.at ?? null]
      const limit = query.limit ?? pageLimit
      const start = query.page === undefined ? null : decodePage(query.page, question)
      const position = start
        ? reader.decode(start.cursor)
        : query.at === undefined
          ? reader.head()
          : readPosition(reader, query.at, 'at')
      const cursor = reader.encode(position)
      const texts: string[] = []
      let length = 0
      let last: Key | null = null
      let page: string | null = null
      let untilMs = performance.now() + sliceMs
      for (const item of matchingItems(reader, position, filter, start?.after)) {
        if (performance.now() > untilMs) {
          await nextTurn()
          if (c.req.raw.signal.aborted) break
          untilMs = performance.now() + sliceMs
        }
        if (item === null) continue
        if (last !== null && (texts.length >= limit || length >= limits.pageBytes)) {
          page = encodePage({ cursor, after: last }, question)
          break
        }
        const text = JSON.stringify(item)
        texts.push(text)
        length += text.length
        last = item.key
      }
      return jsonText(`{"resources":[${texts.join(',')}],"page":${JSON.stringify(page)},"cursor":"${cursor}"}`)
    },
  )

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/resources/{key}',
      operationId: 'getResource',
      summary: 'One resource',
      description: 'Answers 410 with `deleted_at` and the last `version` when it was deleted.',
      tags: ['State'],
      ...gate('read'),
      request: { params: keyInPath, query: exactQuery({ at: atParameter }) },
      responses: { 200: answer('It.', schemas.item), ...refusals(400, 404, 410) },
    }),
    (c) => {
      const key = c.req.valid('param').key as Key
      const { at } = c.req.valid('query')
      const found = reader.get(key, at === undefined ? reader.head() : readPosition(reader, at, 'at'))
      if (found.kind === 'live') return json(found.item)
      if (found.kind === 'deleted') {
        throw new VainoError('gone', `${key} was deleted at ${found.deletedAt}`, {
          hint: 'Its history is under /history; at= shows it as it was.',
          details: { deleted_at: found.deletedAt, version: found.version },
        })
      }
      throw neverSeen(key, at)
    },
  )

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/resources/{key}/history',
      operationId: 'getHistory',
      summary: "One resource's changes, newest first",
      tags: ['State'],
      ...gate('read'),
      request: {
        params: keyInPath,
        query: exactQuery({
          limit: wholeNumber(`At most so many, ${pageLimit} where absent.`, 1, 1000),
          page: pageParameter,
        }),
      },
      responses: { 200: answer('A page.', schemas.history), ...refusals(400, 404) },
    }),
    (c) => {
      const key = c.req.valid('param').key as Key
      const { limit = pageLimit, page } = c.req.valid('query')
      const found = reader.history(key, limit, page)
      if (found.entries.length === 0 && page === undefined && reader.get(key, reader.head()).kind === 'unknown')
        throw neverSeen(key, undefined)
      return json({ changes: found.entries, page: found.page })
    },
  )
}

const neverSeen = (key: string, at: string | undefined) =>
  new VainoError('not_found', `${key} ${at === undefined ? 'was never seen' : `was not there at ${at}`}`, {
    hint: 'GET /v1/resources lists the keys; a key is percent-encoded as one segment of the path.',
  })
