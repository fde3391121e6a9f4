import { createRoute } from '@hono/zod-openapi'
import { isAtLeast, type Position } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import type { Filter } from '../../model/filter.ts'
import { timeForms } from '../../pipeline/time-point.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import type { ApiContext } from '../api-context.ts'
import { matchingDifferences } from '../matching.ts'
import { filteredQuery, filterOf, minCursorParameter, positionParameter } from '../parameters.ts'
import { readPosition } from '../position.ts'
import { type ApiHono, connectionOf, type Gatekeeper, refusals } from '../route.ts'
import * as schemas from '../schemas.ts'
import { textSource } from '../text-source.ts'

function* diffTexts(reader: StateReader, from: Position, to: Position, filter: Filter): Generator<string> {
  yield `{"from":"${reader.encode(from)}","to":"${reader.encode(to)}","changes":[`
  let separator = ''
  for (const found of matchingDifferences(reader, from, to, filter)) {
    if (found === null) {
      yield ''
      continue
    }
    const { op, key, resource, fields, before, after } = found.entry
    yield separator + JSON.stringify({ op, key, resource, fields, before, after })
    separator = ',\n'
  }
  yield ']}\n'
}

export function diffRoutes(app: ApiHono, { engine, minCursor, streams }: ApiContext, gate: Gatekeeper): void {
  const { reader } = engine

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/diff',
      operationId: 'diff',
      summary: 'What differs between two points',
      description:
        'One entry a resource, whatever happened to it in between; what ended as it began is left out. Entries are in no order.',
      tags: ['Changes'],
      ...gate('read'),
      ...filteredQuery({
        from: positionParameter(`A time or a cursor. A time: ${timeForms}.`),
        to: positionParameter('The same; now where absent.').optional(),
        min_cursor: minCursorParameter,
      }),
      responses: {
        200: { description: 'The differences.', content: { 'application/json': { schema: schemas.diff } } },
        ...refusals(400, 410, 429, 503),
      },
    }),
    async (c) => {
      const { from, to, min_cursor, ...filters } = c.req.valid('query')
      await minCursor(min_cursor, c.req.raw, [from, to])
      const start = readPosition(reader, from, 'from')
      const end = to === undefined ? reader.head() : readPosition(reader, to, 'to')
      if (!isAtLeast(end, start)) {
        throw new VainoError('bad_request', 'from is after to', { hint: 'Swap them: from is the earlier one.' })
      }
      const source = textSource(diffTexts(reader, start, end, filterOf(filters)))
      return new Response(streams.body('diff', source, connectionOf(c)), {
        headers: { 'content-type': 'application/json' },
      })
    },
  )
}
