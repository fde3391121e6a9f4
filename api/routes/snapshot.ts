import { createRoute } from '@hono/zod-openapi'
import type { Position } from '../../model/cursor.ts'
import type { Filter } from '../../model/filter.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import type { ApiContext } from '../api-context.ts'
import { chooseEncoding, compress } from '../compression.ts'
import { matchingDifferences, matchingItems } from '../matching.ts'
import { digestOf } from '../page-token.ts'
import { filteredQuery, filterOf, minCursorParameter, sinceParameter } from '../parameters.ts'
import { asVainoError, problemOf } from '../problem.ts'
import { type ApiHono, connectionOf, type Gatekeeper, refusals, seenBy } from '../route.ts'
import * as schemas from '../schemas.ts'
import { textSource } from '../text-source.ts'

/**
 * The lines of a snapshot as of one position; `since` makes it incremental. A text is empty where a filter let nothing
 * through.
 * @param sent called when all of it was taken, with its resources and its bytes
 * @param prefix of the paths at the public address
 */
function* snapshotLines(
  reader: StateReader,
  since: Position | null,
  at: Position,
  filter: Filter,
  sent: (resources: number, bytes: number) => void,
  prefix: string,
): Generator<string> {
  let count = 0
  let bytes = 0
  try {
    const lines = since === null ? fullLines(reader, at, filter) : incrementalLines(reader, since, at, filter)
    for (const line of lines) {
      const text = line === null ? '' : `${JSON.stringify(line)}\n`
      if (line !== null) count++
      bytes += Buffer.byteLength(text)
      yield text
    }
    const end = `${JSON.stringify({ control: 'snapshot-end', cursor: reader.encode(at), count })}\n`
    yield end
    sent(count, bytes + end.length)
  } catch (error) {
    // The head is long sent. Without its last line the snapshot is not whole, and this one says why.
    yield `${JSON.stringify({ control: 'error', problem: problemOf(asVainoError(error), prefix) })}\n`
  }
}

function* fullLines(reader: StateReader, at: Position, filter: Filter): Generator<object | null> {
  for (const item of matchingItems(reader, at, filter)) yield item && { op: 'put', ...item }
}

function* incrementalLines(
  reader: StateReader,
  since: Position,
  at: Position,
  filter: Filter,
): Generator<object | null> {
  for (const found of matchingDifferences(reader, since, at, filter, { versionsToo: true })) {
    if (found === null) yield null
    else if (found.passes) yield { op: 'put', ...found.entry.item }
    else yield { op: 'delete', key: found.entry.key, version: found.entry.version }
  }
}

const isUnchanged = (ifNoneMatch: string | null, etag: string): boolean =>
  ifNoneMatch !== null &&
  (ifNoneMatch.trim() === '*' ||
    ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag.replace(/^W\//, '')))

export function snapshotRoutes(app: ApiHono, context: ApiContext, gate: Gatekeeper): void {
  const { engine, streams, emit, minCursor, site } = context
  const { reader } = engine

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/snapshot',
      operationId: 'getSnapshot',
      summary: 'Everything that is live, or what changed since a cursor',
      description:
        'NDJSON, a resource a line, all as of one position: the cursor in the last line. Follow `/v1/changes` from there and nothing is missed or repeated. Without that last line the snapshot is not whole. Compressed with zstd or gzip where `Accept-Encoding` allows it.',
      tags: ['State'],
      ...gate('read', 'filtered'),
      ...filteredQuery({ since: sinceParameter, min_cursor: minCursorParameter }),
      responses: {
        200: {
          description: 'The lines.',
          headers: {
            ETag: { description: 'For `If-None-Match`.', schema: { type: 'string' } },
            'Stream-Next-Offset': { description: 'The cursor of the last line.', schema: { type: 'string' } },
          },
          content: { 'application/x-ndjson': { schema: schemas.snapshotLine } },
        },
        304: { description: 'Nothing has changed since the snapshot with this `ETag`.' },
        ...refusals(400, 410, 429, 503),
      },
    }),
    async (c) => {
      const { since, min_cursor, ...filters } = c.req.valid('query')
      await minCursor(min_cursor, c.req.raw, [since])
      const filter = filterOf(filters, seenBy(c))
      const at = reader.head()
      const from = since === undefined ? null : reader.decode(since)
      const cursor = reader.encode(at)
      // Weak: a scan that finds nothing new moves `observed_at`, which is no difference.
      const etag = `W/"${digestOf([cursor, since ?? null, filter])}"`
      const headers = {
        etag,
        vary: 'Accept-Encoding',
        'stream-next-offset': cursor,
        'cache-control': 'private, no-cache',
      }
      const asked = c.req.raw.headers
      if (isUnchanged(asked.get('if-none-match'), etag)) return new Response(null, { status: 304, headers })
      const encoding = chooseEncoding(asked.get('accept-encoding'))
      const kind = from === null ? 'full' : 'incremental'
      const startedMs = performance.now()
      const sent = (resources: number, bytes: number) =>
        emit('snapshot_sent', { kind, resources, bytes, duration_ms: performance.now() - startedMs })
      const lines = snapshotLines(reader, from, at, filter, sent, site.prefix)
      const plain = textSource(lines)
      const source = encoding === null ? plain : compress(plain, encoding)
      return new Response(streams.body('snapshot', source, connectionOf(c)), {
        headers: {
          ...headers,
          'content-type': 'application/x-ndjson',
          ...(encoding === null ? {} : { 'content-encoding': encoding }),
        },
      })
    },
  )
}
