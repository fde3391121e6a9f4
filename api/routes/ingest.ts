import { createRoute, z } from '@hono/zod-openapi'
import { VainoError } from '../../model/errors.ts'
import type { ApiContext } from '../api-context.ts'
import { decompress } from '../compression.ts'
import { boundedBody, contentLengthOf, producerOf, refuseLargeBody, refuseUseless } from '../ingest-body.ts'
import { isJson, jsonLines } from '../json-lines.ts'
import { exactQuery } from '../parameters.ts'
import { problemResponse } from '../problem.ts'
import { type ApiHono, connectionOf, type Gatekeeper, json, refusals } from '../route.ts'
import * as schemas from '../schemas.ts'

/** Seconds without traffic, because the client sends nothing or the commit takes long, after which the request ends. */
const idleSeconds = 240

const recordReference = { $ref: '#/components/schemas/InputRecord' }

async function* noBytes(): AsyncGenerator<Uint8Array> {}

export function ingestRoutes(app: ApiHono, { engine, limits, emit, site }: ApiContext, gate: Gatekeeper): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/v1/ingest',
      operationId: 'ingest',
      summary: 'Send input records',
      description:
        'NDJSON, a record a line; or, with `Content-Type: application/json`, one record or an array of them. The answer comes when all their effects are committed and on disk; a line that cannot be used becomes a dead letter and stops nothing; where none can be used the answer is 400 `bad_input` with the counts. The three `Producer-` headers make a request idempotent: sequence numbers begin at 0 and grow by one within an epoch, and a repeated one is answered 204; nodes of a Kafka deployment refuse them. There the answer comes when the processors, whichever nodes they are on, have committed the records and this node has what came of them; 503 `not_ready` with `records_safe: true` says that it takes longer: the records are in Kafka and will be processed, sending them again is not needed. A body may be compressed with gzip or zstd.',
      tags: ['Input'],
      ...gate('ingest'),
      request: {
        query: exactQuery({}),
        headers: z.object({
          'producer-id': z.string().optional().meta({ description: 'Who sends.' }),
          'producer-epoch': z.string().optional().meta({ description: 'Grows when the producer starts anew.' }),
          'producer-seq': z.string().optional().meta({ description: 'Grows by one a request.' }),
        }),
        body: {
          required: true,
          content: {
            'application/x-ndjson': { schema: schemas.inputRecord },
            // No zod schema: the library would read the whole body to check it.
            'application/json': { schema: { anyOf: [recordReference, { type: 'array', items: recordReference }] } },
          },
        },
      },
      responses: {
        200: {
          description: 'Committed; the cursor contains it.',
          content: { 'application/json': { schema: schemas.ingested } },
        },
        204: { description: 'This sequence number was committed before; nothing was applied.' },
        ...refusals(400, 409, 413, 415, 429, 503, 507),
      },
    }),
    async (c) => {
      const { headers, body } = c.req.raw
      const producer = producerOf(headers)
      const sentBytes = contentLengthOf(headers)
      refuseLargeBody(sentBytes, limits.ingestBytes)
      connectionOf(c).setIdleTimeout(idleSeconds)
      const plainBytes = headers.has('content-encoding') ? undefined : (sentBytes ?? undefined)
      const plain = decompress(body ?? noBytes(), headers.get('content-encoding'))
      const startedMs = performance.now()
      const ended = (outcome: string, records: number) =>
        emit('ingest_ended', { outcome, records, duration_ms: performance.now() - startedMs })
      try {
        const lines = isJson(headers.get('content-type')) ? jsonLines(plain) : plain
        const bounded = boundedBody(lines, limits)
        const result = await engine.ingest(bounded, 'ingest', producer, plainBytes)
        refuseUseless(result, isJson(headers.get('content-type')) ? 'element' : 'line')
        ended(result.outcome, result.records)
        if (result.outcome === 'duplicate')
          return new Response(null, { status: 204, headers: { 'stream-next-offset': result.cursor } })
        const { records, changes, deadLetters, cursor } = result
        return json({ records, changes, dead_letters: deadLetters, cursor })
      } catch (error) {
        ended(error instanceof VainoError ? error.code : 'failed', 0)
        if (error instanceof VainoError && error.code === 'producer_gap' && producer)
          return gapResponse(error, producer.seq, site.prefix)
        throw error
      }
    },
  )
}

/** The numbers of a gap stand in headers too, where a producer looks for them. */
function gapResponse(error: VainoError, seq: number, prefix: string): Response {
  const expected = error.details.expected_seq
  const headers = {
    'producer-received-seq': String(seq),
    ...(typeof expected === 'number' ? { 'producer-expected-seq': String(expected) } : {}),
  }
  return problemResponse(error, headers, prefix)
}
