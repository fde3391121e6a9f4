import { createRoute } from '@hono/zod-openapi'
import { isAtLeast, type Position } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import type { Filter } from '../../model/filter.ts'
import { timeForms } from '../../pipeline/time-point.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import type { ApiContext } from '../api-context.ts'
import { matchingDifferences } from '../matching.ts'
import { filteredQuery, filterOf, minCursorParameter, positionParameter } from '../parameters.ts'
import { asOfHeader, asOfHeaderDefinition, headPoint, type Point, readPoint } from '../position.ts'
import { type ApiHono, connectionOf, type Gatekeeper, refusals, seenBy } from '../route.ts'
import * as schemas from '../schemas.ts'
import { textSource } from '../text-source.ts'

function* diffTexts(reader: StateReader, start: Point, end: Point, filter: Filter): Generator<string> {
  const { position: from } = start
  const { position: to } = end
  const times = `"from_as_of":${JSON.stringify(start.asOf)},"as_of":${JSON.stringify(end.asOf)}`
  yield `{"from":"${reader.encode(from)}","to":"${reader.encode(to)}",${times},"changes":[`
  let separator = ''
  for (const found of matchingDifferences(reader, from, to, filter, { fromFirstSight: true })) {
    if (found === null) {
      yield ''
      continue
    }
    const { op, key, resource, fields, before, after, firstSeen: first_seen } = found.entry
    yield separator + JSON.stringify({ op, key, resource, fields, before, after, first_seen })
    separator = ',\n'
  }
  yield ']}\n'
}

/**
 * Where the window ends. One that begins at a cursor may begin after the settled time in a partition; it holds nothing there.
 * @throws VainoError `bad_request` where `from` is after `to`
 */
function endOf(from: Position, to: Position, isEarlier: boolean): Position {
  if (isAtLeast(to, from)) return to
  if (isEarlier) return to.map((offset, partition) => Math.max(offset, from[partition] ?? 0))
  throw new VainoError('bad_request', 'from is after to', { hint: 'Swap them: from is the earlier one.' })
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
        'One entry a resource, whatever happened to it in between; what ended as it began is left out. Of what vaino saw for the first time in between, in a scope that it had never read whole, it is not known whether it was there before: it is compared with what was seen then, `first_seen` says when, and what has not changed since is of op `r`. Entries are in no order. A time that is not settled, because a change of that time may still be committed, is answered as of the settled time, which `as_of` names for `to` and `from_as_of` for `from`. To get each change in one window, begin the next window at the `to` or the `as_of` of the one before.',
      tags: ['Changes'],
      ...gate('read', 'filtered'),
      ...filteredQuery({
        from: positionParameter(`A time or a cursor. A time: ${timeForms}.`),
        to: positionParameter('The same; now where absent.').optional(),
        min_cursor: minCursorParameter,
      }),
      responses: {
        200: {
          description: 'The differences.',
          headers: asOfHeaderDefinition,
          content: { 'application/json': { schema: schemas.diff } },
        },
        ...refusals(400, 410, 429, 503),
      },
    }),
    async (c) => {
      const { from, to, min_cursor, ...filters } = c.req.valid('query')
      await minCursor(min_cursor, c.req.raw, [from, to])
      const start = readPoint(reader, from, 'from')
      const end = to === undefined ? headPoint(reader) : readPoint(reader, to, 'to')
      const until = { ...end, position: endOf(start.position, end.position, end.isEarlier) }
      const source = textSource(diffTexts(reader, start, until, filterOf(filters, seenBy(c))))
      return new Response(streams.body('diff', source, connectionOf(c)), {
        headers: { 'content-type': 'application/json', ...asOfHeader(end) },
      })
    },
  )
}
